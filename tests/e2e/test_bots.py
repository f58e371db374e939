"""`game-server bots` as the person who types it meets it, against a real host."""

from __future__ import annotations

import json
import math
import signal
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio

from game_server.client import Client, Target
from game_server.loadtest.players.player import Outcome, play
from game_server.loadtest.report.results import TESTER_WAS_THE_LIMIT
from game_server.protocol import Command, View
from tests.e2e.conftest import StartHost
from tests.e2e.processes import GAME_SERVER, Host, run, start_host, unless_busy, wait_until

pytestmark = pytest.mark.e2e

SHIP_LENGTHS = 100.0
"""World units."""
END_DEADLINE = 20.0
"""Seconds from the end of a run to the end of its process."""
KEYS = {
    "clients",
    "connected",
    "failed",
    "disconnects",
    "snapshots_per_second",
    "input_ack_ms",
    "snapshot_gap_ms",
    "bytes_per_second_per_client",
    "desyncs",
}


@attrs.define
class Run:
    """A `game-server bots` that runs."""

    process: subprocess.Popen[str]

    def end(self) -> tuple[int, dict[str, Any]]:
        """Wait, and return the exit code and the figures; the table must show them, and no traceback."""
        out, err = self.process.communicate(timeout=END_DEADLINE)
        assert "Traceback" not in err
        assert "snapshots per second" in err
        figures = json.loads(out)
        assert figures.keys() >= KEYS
        return self.process.returncode, figures


@attrs.define
class Watcher:
    """A brain that presses nothing and remembers where ships were."""

    tracks: dict[int, list[tuple[float, float]]] = attrs.Factory(lambda: defaultdict(list))

    def decide(self, view: View) -> Command:
        for number, ship in view.tables["ship"].items():
            if number != view.player:
                self.tracks[number].append((ship["x"], ship["y"]))
        return Command(0, 0)

    def flown(self) -> dict[int, float]:
        """How far each ship has flown, in world units; leaps to a place of respawn do not count."""
        steps = {number: list(map(math.dist, track, track[1:])) for number, track in self.tracks.items()}
        return {number: sum(step for step in taken if step < SHIP_LENGTHS) for number, taken in steps.items()}


def watch(server: Host, seconds: float) -> Watcher:
    """Take a seat for a while."""
    watcher = Watcher()
    outcome = Outcome(Client("Watcher", "", lambda _welcome: watcher))

    async def look_on() -> None:
        await play(Target.from_url(server.url), outcome, trio.current_time() + seconds)

    trio.run(look_on)
    assert outcome.failure is None
    return watcher


@pytest.fixture
def server(host: StartHost) -> Host:
    return host("--check-hash", "--bots", "0", "--seed", "7")


@pytest.fixture
def bots() -> Iterator[Any]:
    """Start bots against a server: ``run = bots(server, 8, duration=6)``."""
    runs: list[Run] = []

    def start(server: Host, count: int, duration: float) -> Run:
        options = ("--count", str(count), "--duration", str(duration), "--json", "-")
        command = [GAME_SERVER, "bots", server.url, *options]
        runs.append(Run(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)))
        return runs[-1]

    yield start
    for one in runs:
        if one.process.poll() is None:
            one.process.kill()
            one.process.communicate()


def test_eight_bots_play_for_six_seconds_without_a_disconnect_or_a_desync(server: Host, bots: Any) -> None:
    swarm = bots(server, 8, duration=6)
    wait_until(lambda: bool(server.match()["people"] == 8), 10)
    watched = watch(server, seconds=4)
    code, figures = swarm.end()
    assert code == unless_busy(0, figures)
    assert figures["failures"] == {}
    assert (figures["clients"], figures["connected"]) == (8, 8)
    assert (figures["failed"], figures["disconnects"], figures["desyncs"]) == (0, 0, 0)
    assert figures["snapshots_per_second"]["p50"] <= 31
    assert figures["missed_ticks"] < 8 * 180 * 0.1
    assert figures["input_ack_ms"]["p99"] > 0
    assert sum(distance > SHIP_LENGTHS for distance in watched.flown().values()) >= 6
    wait_until(lambda: bool(server.match()["people"] == 0), 5)


def play_for_a_second(server: Host, people: int) -> None:
    wait_until(lambda: bool(server.match()["people"] == people), 10)
    before = server.match()["tick"]
    wait_until(lambda: bool(server.match()["tick"] > before + 30), 10)


def test_bots_whose_server_is_killed_report_what_they_measured_and_exit_with_1(tmp_path: Path, bots: Any) -> None:
    server = start_host(("--bots", "0"), tmp_path)
    try:
        swarm = bots(server, 4, duration=60)
        play_for_a_second(server, 4)
    finally:
        server.process.kill()
        server.process.wait()
    code, figures = swarm.end()
    assert code == 1
    assert (figures["connected"], figures["disconnects"], figures["failures"]) == (4, 4, {"connection lost": 4})
    assert figures["snapshots_per_second"]["p50"] > 10
    assert figures["desyncs"] == 0


def test_bots_whose_server_stops_say_so_and_exit_with_1(server: Host, bots: Any) -> None:
    swarm = bots(server, 2, duration=60)
    wait_until(lambda: bool(server.match()["people"] == 2), 10)
    assert server.stop() == 0
    code, figures = swarm.end()
    assert code == 1
    assert figures["failures"] == {"closed with 1001 the server is stopping": 2}


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_a_run_early_with_its_figures(server: Host, bots: Any, by: signal.Signals) -> None:
    swarm = bots(server, 4, duration=60)
    play_for_a_second(server, 4)
    swarm.process.send_signal(by)
    code, figures = swarm.end()
    assert code == unless_busy(0, figures)
    assert (figures["connected"], figures["failures"]) == (4, {})
    assert figures["snapshots_per_second"]["p50"] > 10
    wait_until(lambda: bool(server.match()["people"] == 0), 5)


def test_bots_that_find_no_seat_exit_with_1_and_say_why(host: StartHost) -> None:
    full = host("--bots", "0", "--max-players", "1")
    match = f"{full.url}?match={full.match()['id']}"
    done = run("bots", match, "--count", "2", "--duration", "1", "--json", "-")
    figures = json.loads(done.stdout)
    assert done.returncode == unless_busy(1, figures)
    assert (figures["connected"], figures["failed"]) == (1, 1)
    [failure] = figures["failures"]
    assert failure.startswith("refused: ")
    assert figures["refused"] == {"match_full": 1}


def test_bots_without_a_server_exit_with_1_and_say_why() -> None:
    done = run("bots", "http://127.0.0.1:9", "--count", "1", "--duration", "1")
    assert done.returncode in (1, TESTER_WAS_THE_LIMIT)
    assert "refused" in done.stdout
    assert done.stderr == ""


def test_the_figures_go_to_the_file_that_was_named(host: StartHost, tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    done = run("bots", host("--bots", "0").url, "--count", "1", "--duration", "1", "--json", str(file))
    figures = json.loads(file.read_text())
    assert done.returncode == unless_busy(0, figures)
    assert figures.keys() >= KEYS
    assert "snapshots per second" in done.stdout
