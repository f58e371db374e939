from __future__ import annotations

import time
from io import StringIO

import pytest
import trio
from rich.console import Console

from game_server.cli.loadtest_live import picture, show_live
from game_server.client import Target
from game_server.loadtest.coordinator import LoadTest
from game_server.loadtest.metrics.meter import Meter
from game_server.loadtest.metrics.recording import Recording
from game_server.loadtest.plan import Plan
from game_server.loadtest.scenario.scenario import built_in
from tests.loadtest.report.test_json import recording


def running(made: Recording) -> LoadTest:
    plan = Plan("swarm", Target("127.0.0.1", 8000, False), ("",), built_in("hold", 2, 30.0, 50.0))
    return LoadTest([plan], recording=made, started=time.monotonic() - 10)


async def shown(test: LoadTest, *, terminal: bool) -> str:
    out = StringIO()
    with trio.move_on_after(0.2):
        await show_live(test, Console(file=out, force_terminal=terminal, width=140, color_system=None))
    return out.getvalue()


async def test_a_terminal_shows_how_far_it_is_percentiles_and_troubles_by_kind() -> None:
    made, meter = recording(desyncs=3, cpu=0.95), Meter()
    meter.count_kind("failures", "connection lost", 7)
    made.add("players 1", meter.cut(4))
    look = await shown(running(made), terminal=True)
    for part in ("10 of 30 s", "2 players", "input ack ms", "50.0", "3 desyncs", "7 x connection lost", "95% of a"):
        assert part in look


async def test_at_the_very_beginning_there_is_nothing_to_show_but_that() -> None:
    assert "0 of 30 s" in await shown(LoadTest(running(Recording()).plans), terminal=True)


async def test_where_nobody_looks_nothing_is_written() -> None:
    assert await shown(running(recording()), terminal=False) == ""


def test_each_look_at_how_far_it_is_makes_no_new_timeline(monkeypatch: pytest.MonkeyPatch) -> None:
    test = running(Recording())
    monkeypatch.setattr(Plan, "whole", lambda _: pytest.fail("once more"))
    assert test.end == 30


def test_percentiles_kinds_of_failures_and_the_busiest_process_are_in_the_picture() -> None:
    made, meter = Recording(), Meter()
    for number in range(1000):
        meter.record("input_ack_ms", 1.0 if number < 900 else 20.0 if number < 995 else 300.0)
    for place, times in enumerate((9, 8, 7, 6, 5)):
        meter.count_kind("failures", f"failure {place}", times)
    made.add("players 1", meter.cut(4))
    made.cpu |= {"players 1": [0.2, 0.5], "swarm 1": [0.9, 0.1], "swarm 2": []}
    out = StringIO()
    Console(file=out, width=140, color_system=None).print(picture(running(made)))
    lines = out.getvalue().splitlines()
    [acks] = [line.split() for line in lines if line.startswith("input ack ms")]
    assert [float(value) for value in acks[3:]] == pytest.approx([1, 20, 300, 300], rel=0.2)
    assert [line for line in lines if " x failure" in line] == [f"{9 - place} x failure {place}" for place in range(4)]
    assert lines[-1] == "tester: 50% of a core"
