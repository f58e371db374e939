"""``game-server host --redis``: two servers on different ports and one Redis, as two machines see it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import trio

from game_server.loadtest.report.results import TESTER_WAS_THE_LIMIT
from tests.cluster.redis_server import RedisServer, redis_server
from tests.e2e.conftest import OpenPage
from tests.e2e.processes import Host, run, start_host, wait_until

pytestmark = pytest.mark.e2e


@pytest.fixture
async def redis() -> AsyncIterator[RedisServer]:
    async with redis_server() as server:
        yield server


@pytest.fixture
def machines(redis: RedisServer, tmp_path: Path) -> Iterator[list[Host]]:
    """Two servers."""
    (tmp_path / "secret").write_bytes(os.urandom(32))
    hosts = []
    for name in ("berlin", "paris"):
        arguments = ("--redis", redis.url, "--cluster-key", str(tmp_path / "secret"), "--node-name", name)
        (tmp_path / name).mkdir()
        hosts.append(start_host((*arguments, "--data", str(tmp_path / name / "data")), tmp_path / name))
    yield hosts
    for host in hosts:
        host.process.send_signal(signal.SIGCONT)
        host.process.kill()
        host.process.wait()


def bots(url: str, count: int, seconds: float) -> subprocess.Popen[str]:
    """Players at ``url``."""
    command = [sys.executable, "-m", "game_server", "bots", url, "--count", str(count), "--duration", str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


async def have_played(playing: subprocess.Popen[str]) -> None:
    """Wait until the players have stayed to the end, on whatever machine."""
    out, _ = await trio.to_thread.run_sync(playing.communicate)
    assert playing.returncode in (0, TESTER_WAS_THE_LIMIT), out


def own(host: Host) -> str:
    """The code of the only match of ``host``."""
    [match] = host.get("/api/matches")
    return str(match["id"])


async def test_who_asks_one_machine_for_a_match_of_another_plays_there(machines: list[Host]) -> None:
    berlin, paris = machines
    playing = bots(f"{paris.url}/?match={own(berlin)}", 3, 3)
    await trio.to_thread.run_sync(
        wait_until, lambda: [match["people"] for match in berlin.get("/api/matches")] == [3], 20
    )
    await have_played(playing)


async def test_without_redis_those_who_play_play_on(machines: list[Host], redis: RedisServer) -> None:
    berlin, _ = machines
    playing = bots(berlin.url, 3, 6)
    await trio.to_thread.run_sync(
        wait_until, lambda: [match["people"] for match in berlin.get("/api/matches")] == [3], 20
    )
    redis.kill()
    await have_played(playing)
    assert "the directory is gone: matches go on" in berlin.stderr.read_text()
    await redis.start()
    await trio.to_thread.run_sync(wait_until, lambda: "the directory is there again" in berlin.stderr.read_text(), 10)


async def test_a_drained_machine_sends_its_match_and_people_on_until_the_drain_ends(machines: list[Host]) -> None:
    berlin, paris = machines
    code, playing = own(berlin), bots(berlin.url, 3, 8)
    await trio.to_thread.run_sync(
        wait_until, lambda: [match["people"] for match in berlin.get("/api/matches")] == [3], 20
    )
    [token] = re.findall(r"Admin token: (\S+)", berlin.stdout.read_text())
    answer = await trio.to_thread.run_sync(run, "drain", berlin.url, "--token", token)
    assert (answer.returncode, answer.stdout) == (0, "berlin-0 drains: 1 match to move\n")
    await trio.to_thread.run_sync(
        wait_until,
        lambda: {code: 3}.items() <= {it["id"]: it["people"] for it in paris.get("/api/matches")}.items(),
        10,
    )
    assert berlin.get("/api/matches") == []
    answer = await trio.to_thread.run_sync(run, "drain", berlin.url, "--off", "--token", token)
    assert (answer.returncode, answer.stdout) == (0, "berlin-0 takes newcomers again\n")
    await trio.to_thread.run_sync(wait_until, lambda: len(berlin.get("/api/matches")) == 1, 10)
    assert own(berlin) != code  # it is opened again, and what has moved stays where it is
    await have_played(playing)


@pytest.mark.parametrize("out", [RedisServer.kill, RedisServer.freeze])
async def test_without_redis_the_workers_of_a_machine_still_answer_for_one_another(
    redis: RedisServer, tmp_path: Path, out: Callable[[RedisServer], None]
) -> None:
    host = start_host(("--workers", "2", "--redis", redis.url, "--node-name", "berlin", "--no-data"), tmp_path)
    try:
        out(redis)
        await trio.sleep(2)
        health = host.get("/healthz")
        assert (sorted(health["nodes"]), health["silent"]) == (["berlin-0", "berlin-1"], [])
        assert [match["node"] for match in host.get("/api/matches")] == ["berlin-0"]
    finally:
        host.process.kill()
        host.process.wait()


async def test_a_page_of_one_machine_plays_at_the_other(machines: list[Host], page: OpenPage) -> None:
    berlin, paris = machines
    code = own(paris)
    ada = page()
    ada.enter(f"{berlin.url}/?match={code}", "Ada")
    ada.wait_until_playing()
    wait_until(lambda: people_in(paris, code) == 1, 5)


def people_in(host: Host, code: str) -> int:
    """People in the match with ``code``, as ``host`` says."""
    return sum(match["people"] for match in host.get("/api/matches") if match["id"] == code)
