"""``game-server host --workers``: processes that are killed, hang or are stopped, as the host sees it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.conftest import OpenPage
from tests.e2e.processes import GAME_SERVER, START_DEADLINE, STOP_DEADLINE, Host, run, start_host, wait_until

pytestmark = pytest.mark.e2e

BACK = 10.0
"""Seconds for a worker to be started again."""

NOTE_STATES = """window.states = [];
const look = () => {
  const state = window.gameServer?.state;
  if (state && window.states.at(-1) !== state) window.states.push(state);
  requestAnimationFrame(look);
};
look();"""
"""Every state that a page shows, in `window.states`."""

Start = Callable[..., Host]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    hosts: list[Host] = []

    def start(*arguments: str, **environment: str) -> Host:
        chosen = ("--workers", "2", "--data", str(tmp_path / "data"), *arguments)
        hosts.append(start_host(chosen, tmp_path, (GAME_SERVER,), **environment))
        return hosts[-1]

    yield start
    for host in hosts:
        host.process.kill()
        host.process.wait()


def workers(host: Host) -> list[int]:
    """The processes of the workers."""
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(host.process.pid)], capture_output=True, text=True, check=False
    )
    return sorted(map(int, listed.stdout.split()))


def pid_of(host: Host, node: str) -> int:
    """The process of a worker."""
    [pid] = re.findall(rf"{node} is process (\d+)", host.stderr.read_text())
    return int(pid)


def is_there(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_all_workers_in_order(start: Start, by: signal.Signals) -> None:
    host = start()
    pids = workers(host)
    assert len(pids) == 2
    assert host.stop(by) == 0
    assert not any(map(is_there, pids))
    assert "Traceback" not in host.stderr.read_text()


def test_a_signal_stops_workers_that_are_still_starting(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with out.open("wb") as stdout:
        command = [GAME_SERVER, "host", "--workers", "2", "--no-data", "--port", "0"]
        host = Host(subprocess.Popen(command, stdout=stdout, stderr=subprocess.DEVNULL), out, out)
    try:
        wait_until(lambda: len(workers(host)) == 2, START_DEADLINE)
        held, _ = pids = workers(host)
        os.kill(held, signal.SIGSTOP)  # the start does not end by itself
        host.process.send_signal(signal.SIGINT)
        wait_until(lambda: pids[1] not in workers(host), STOP_DEADLINE)
        with suppress(ProcessLookupError):  # one that handles no signals yet has ended
            os.kill(held, signal.SIGCONT)
        assert host.process.wait(STOP_DEADLINE) == 0
    finally:
        host.process.kill()
    assert "Listening" not in out.read_text()


def test_a_second_ctrl_c_stops_all_workers_at_once(start: Start) -> None:
    host = start()
    pids = workers(host)
    os.kill(pids[0], signal.SIGSTOP)  # it cannot stop in order
    host.process.send_signal(signal.SIGINT)
    wait_until(lambda: "SIGINT: notifying everybody" in host.stderr.read_text(), STOP_DEADLINE)
    assert host.stop(signal.SIGINT) == 0
    assert not any(map(is_there, pids))


def test_no_worker_outlives_a_killed_supervisor(start: Start) -> None:
    host = start()
    pids = workers(host)
    os.kill(pids[1], signal.SIGSTOP)  # it notices nothing by itself
    host.process.kill()
    host.process.wait()
    wait_until(lambda: not any(map(is_there, pids)), STOP_DEADLINE)


def test_a_worker_that_is_killed_is_started_again_and_the_log_says_why(start: Start) -> None:
    host = start()
    killed, other = workers(host)
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: len(workers(host)) == 2 and killed not in workers(host), BACK)
    assert other in workers(host)
    wait_until(lambda: "was ended by SIGKILL; it is started again in 0.1 s" in host.stderr.read_text(), BACK)
    assert host.stop() == 0


def test_a_worker_that_hangs_is_killed_and_started_again(start: Start) -> None:
    host = start()
    hung, _ = workers(host)
    os.kill(hung, signal.SIGSTOP)
    wait_until(lambda: hung not in workers(host), BACK)
    assert "has not answered for 5 s; it is started again" in host.stderr.read_text()
    assert host.stop() == 0


def test_a_file_beside_the_host_is_not_taken_for_a_module_of_python(start: Start, tmp_path: Path) -> None:
    (tmp_path / "random.py").write_text("raise SystemExit")
    assert len(workers(start())) == 2


def test_what_workers_cannot_do_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"game-server: cannot use nowhere.pem for TLS"):
        start_host(("--workers", "2", "--no-data", "--tls-cert", "nowhere.pem"), tmp_path)


def test_a_page_finds_matches_of_another_worker_and_is_back_after_a_kill(
    start: Start, page: OpenPage, tmp_path: Path
) -> None:
    (tmp_path / "matches.toml").write_text('[[match]]\nname = "One"\n\n[[match]]\nname = "Two"\n')
    host = start("--matches", str(tmp_path / "matches.toml"))
    where = {match["name"]: match["node"] for match in host.get("/api/matches")}
    assert sorted(where.values()) == ["worker-0", "worker-1"]
    players = [page(), page()]
    for player, match in zip(players, ("One", "Two"), strict=True):
        player.page.add_init_script(NOTE_STATES)
        player.enter(host.url, f"Ada {match}")
        player.wait_for_state("lobby")
        row = player.page.locator("#matches tr", has_text=match)
        row.get_by_role("button", name="Join").click()
        player.wait_until_playing()
        assert player.page.evaluate("window.states").count("connecting") <= 1
    wait_until(lambda: [match["people"] for match in host.get("/api/matches")] == [1, 1], BACK)
    ticks = [player.get("tick") for player in players]
    os.kill(pid_of(host, where["Two"]), signal.SIGKILL)
    players[1].wait_until("server.state !== 'playing'")
    for player, tick in zip(players, ticks, strict=True):
        player.wait_until("server.state === 'playing' && server.tick > tick", patience=BACK * 1000, tick=tick)
    for player in players:
        player.close()
        player.errors.clear()  # a browser logs each connection that breaks
    assert host.stop() == 0


def test_moved_matches_of_the_host_have_no_twins_after_a_crash_of_all_workers(start: Start, tmp_path: Path) -> None:
    (tmp_path / "matches.toml").write_text('[[match]]\nname = "One"\n\n[[match]]\nname = "Two"\n')
    host = start("--matches", str(tmp_path / "matches.toml"))
    [token] = re.findall(r"Admin token: (\S+)", host.stdout.read_text())
    codes = {match["name"]: match["id"] for match in host.get("/api/matches")}
    assert run("move", host.url, codes["One"], "--to", "worker-1", "--token", token).returncode == 0
    expected = {codes["One"]: "worker-1", codes["Two"]: "worker-1"}

    def are_there() -> bool:
        try:
            return {match["id"]: match["node"] for match in host.get("/api/matches")} == expected
        except OSError:
            return False

    wait_until(are_there, BACK)
    before = workers(host)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: len(workers(host)) == 2 and not set(before) & set(workers(host)), BACK)
    wait_until(lambda: status(host, "/readyz") == 200 and are_there(), BACK)
    assert host.stop() == 0


def test_all_workers_are_replaced_while_pages_play_on(start: Start, page: OpenPage, tmp_path: Path) -> None:
    (tmp_path / "matches.toml").write_text('[[match]]\nname = "One"\n\n[[match]]\nname = "Two"\n')
    host = start("--matches", str(tmp_path / "matches.toml"))
    players = {match["name"]: page() for match in host.get("/api/matches")}
    for match in host.get("/api/matches"):
        player = players[match["name"]]
        player.page.add_init_script(NOTE_STATES)
        player.enter(f"{host.url}/?match={match['id']}", f"Ada {match['name']}")
        player.wait_until_playing()
    before, ticks = workers(host), {name: player.get("tick") for name, player in players.items()}
    host.process.send_signal(signal.SIGUSR2)
    wait_until(lambda: host.stderr.read_text().count("was replaced") == 2, 3 * BACK)
    assert not set(before) & set(workers(host))
    for name, player in players.items():
        player.wait_until("server.state === 'playing' && server.tick > tick", tick=ticks[name] + 30)
        states = player.page.evaluate("window.states")
        assert not {"lost", "stopped", "lobby", "connecting"} & set(states[states.index("playing") :]), states
    assert sorted(match["name"] for match in host.get("/api/matches")) == ["One", "Two"]
    wait_until(lambda: {match["node"] for match in host.get("/api/matches")} == {"worker-0", "worker-1"}, BACK)
    assert [match["people"] for match in host.get("/api/matches")] == [1, 1]
    for player in players.values():
        player.close()  # it would log that the host is gone
    assert host.stop() == 0


RULES = """
from game_server.author import Entity, Game, Inputs, Rounds, Stick, place


class Stroll(Game):
    title, seats, size, camera = "Stroll", (1, 8), (640, 360), "whole"
    inputs = Inputs(move=Stick())
    rounds = Rounds(countdown=0.5, play=4, results=1)
    pace = 100

    class Player(Entity):
        x = place(0, 640)
        y = place(0, 360)

    def predicted(me, input, dt):
        me.x = min(max(me.x + input.move_x * 100 * dt, 0), 640)
"""


def test_matches_begin_again_after_their_round_by_the_rules_that_a_restart_brings(start: Start, tmp_path: Path) -> None:
    (tmp_path / "stroll.py").write_text(RULES)
    game = ("--game", "stroll:Stroll")
    host = start(*game, PYTHONPATH=str(tmp_path))
    people = [GAME_SERVER, "bots", own(host), "--count", "3", "--duration", "60", *game]
    with subprocess.Popen(people, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(tmp_path)}) as bots:
        wait_until(lambda: (host.match()["people"], host.match()["phase"]) == (3, "playing"), 3 * BACK)
        (tmp_path / "stroll.py").write_text(RULES.replace("pace = 100", "pace = 120"))
        host.process.send_signal(signal.SIGUSR2)
        wait_until(lambda: host.stderr.read_text().count("was replaced") == 2, 4 * BACK)
        # After the second move at least: one who was still on the way after the first comes back once.
        wait_until(lambda: host.stderr.read_text().count("is back as player") >= 3, BACK)
        assert "begins again at worker-0, by other rules" in host.stderr.read_text()
        assert host.match()["people"] == 3
        bots.kill()
    assert host.stop() == 0


def own(host: Host) -> str:
    """The link to the only match: in the first second the other worker may not know of it, and would open another."""
    return f"{host.url}/?match={host.match()['id']}"


def status(host: Host, path: str) -> int:
    """The status of the answer to ``path``."""
    try:
        with urllib.request.urlopen(host.url + path, timeout=5) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_a_restart_during_a_drain_is_refused_and_the_drain_ends_with_its_rounds(start: Start, tmp_path: Path) -> None:
    (tmp_path / "stroll.py").write_text(RULES.replace("play=4", "play=10"))
    game = ("--game", "stroll:Stroll")
    host = start("--drain-timeout", "60", *game, PYTHONPATH=str(tmp_path))
    [token] = re.findall(r"Admin token: (\S+)", host.stdout.read_text())
    people = [GAME_SERVER, "bots", own(host), "--count", "2", "--duration", "40", *game]
    with subprocess.Popen(people, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(tmp_path)}) as bots:
        wait_until(lambda: host.match()["phase"] == "playing", 3 * BACK)
        host.process.send_signal(signal.SIGTERM)
        wait_until(lambda: status(host, "/readyz") == 503, 2)
        host.process.send_signal(signal.SIGUSR2)
        assert "the server drains" in run("restart", host.url, "--token", token).stderr
        assert host.process.wait(40) == 0
        bots.kill()
    assert "are not replaced: this server drains" in host.stderr.read_text()
    assert "was not replaced" not in host.stderr.read_text()


def test_a_drain_before_the_stop_is_seen_at_once_and_a_second_signal_ends_it(start: Start) -> None:
    host = start("--drain-timeout", "60")
    people = [GAME_SERVER, "bots", own(host), "--count", "2", "--duration", "30"]
    with subprocess.Popen(people, stdout=subprocess.PIPE) as bots:
        wait_until(lambda: host.match()["phase"] == "playing", 3 * BACK)
        host.process.send_signal(signal.SIGTERM)
        wait_until(lambda: status(host, "/readyz") == 503, 2)
        assert status(host, "/healthz") == 200
        assert host.match()["people"] == 2
        pids = workers(host)
        assert host.stop(signal.SIGTERM) == 0
        assert not any(map(is_there, pids))
        bots.kill()


def test_a_server_in_which_nobody_plays_stops_soon_whatever_time_it_has(start: Start) -> None:
    assert start("--drain-timeout", "600").stop(signal.SIGTERM) == 0
