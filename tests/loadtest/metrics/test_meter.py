"""Reports of a process about its seconds, on a clock that stands still."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import attrs
import numpy as np
import pytest
import trio
import trio.testing

from game_server.loadtest.metrics import meter as seconds
from game_server.loadtest.metrics.meter import Meter, Second, SecondCutter


@attrs.define
class Clock:
    now: float = 100.0
    cpu: float = 0.0

    def monotonic(self) -> float:
        return self.now

    def process_time(self) -> float:
        return self.cpu


@attrs.define
class Process:
    """One of the tester's, in which 30 clients are."""

    clock: Clock
    meter: Meter = attrs.Factory(Meter)
    told: list[Second] = attrs.Factory(list)
    seconds: SecondCutter = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.seconds = SecondCutter(self.meter, self.told.append, self.clock.now)

    def measure(self, snapshots: int, at: float) -> None:
        self.clock.now = 100.0 + at
        self.meter.level("swarm", 30)
        self.meter.count("snapshots", snapshots)

    def rows(self) -> list[tuple[int, Any, int]]:
        return [(told.number, told.levels.get("swarm"), told.counts["snapshots"]) for told in self.told]


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> Process:
    clock = Clock()
    monkeypatch.setattr(seconds, "time", clock)
    return Process(clock)


def test_each_cut_reports_the_second_that_has_ended(process: Process) -> None:
    for second in (1, 2, 3):
        process.measure(900, second + 0.02)
        process.seconds.cut()
    assert process.rows() == [(0, 30, 900), (1, 30, 900), (2, 30, 900)]


def test_a_process_that_stood_still_reports_every_second_once(process: Process) -> None:
    process.measure(900, 1.0)
    process.seconds.cut()
    process.measure(3000, 4.2)
    for _ in range(3):  # As a loop does that is behind: one cut for each second that it has missed.
        process.seconds.cut()
    process.measure(800, 5.0)
    process.seconds.cut()
    assert process.rows() == [(0, 30, 900), (1, 30, 0), (2, 30, 0), (3, 30, 3000), (4, 30, 800)]


def test_what_comes_after_the_last_cut_has_a_row_of_its_own(process: Process) -> None:
    process.measure(900, 1.0)
    process.seconds.cut()
    process.measure(49, 1.04)
    process.seconds.end()
    assert process.rows() == [(0, 30, 900), (1, 30, 49)]


def test_cpu_is_the_share_of_the_time_since_the_last_cut_and_unknown_for_a_moment(process: Process) -> None:
    process.clock.cpu = 0.25
    process.measure(0, 1.0)
    process.seconds.cut()
    process.clock.cpu = 1.25
    process.measure(0, 3.0)
    process.seconds.cut()
    process.measure(0, 3.1)
    process.seconds.end()
    assert [told.levels.get("cpu") for told in process.told] == [0.25, None, 0.5, None]


async def test_the_lateness_of_the_tester_is_measured_fifty_times_a_second(
    autojump_clock: trio.testing.MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SimpleNamespace(monotonic=autojump_clock.current_time, process_time=lambda: 0.0)
    monkeypatch.setattr(seconds, "time", clock)
    told: list[Second] = []
    cutter = SecondCutter(Meter(), told.append, trio.current_time() + 2)
    with trio.move_on_after(4.01):
        await cutter.run()
    assert [(second.number, second.spreads["tester_lag_ms"].count) for second in told] == [(0, 150), (1, 50)]
    assert {second.spreads["tester_lag_ms"].max for second in told} == {0}


def test_a_process_is_measured_over_more_than_half_a_second(process: Process) -> None:
    for at, cpu in ((0.5, 0.25), (0.75, 0.6)):
        process.clock.cpu = cpu
        process.measure(0, at)
        process.seconds.end()
    assert [told.levels.get("cpu") for told in process.told] == [None, pytest.approx(0.8)]


def test_missed_seconds_have_the_levels_from_before_but_for_the_cpu(
    process: Process,
) -> None:
    process.clock.cpu = 0.5
    process.measure(1, 1.0)
    process.seconds.cut()
    process.measure(1, 3.0)
    process.seconds.cut()
    assert [told.levels for told in process.told] == [{"swarm": 30, "cpu": 0.5}, {"swarm": 30}, {"swarm": 30, "cpu": 0}]


def test_a_second_travels_as_json() -> None:
    meter = Meter()
    meter.level("cpu", 0.5)
    meter.count("failed")
    meter.count("failed", 2)
    meter.count_kind("closes", "1006")
    meter.count_kind("closes", "1006", 2)
    meter.record("join_ms", 5.0)
    meter.record_many("input_depth", np.array([1.0, 2.0]))
    meter.record_many("connect_ms", np.array([]))
    second = meter.cut(3)
    assert (second.counts, second.kinds) == ({"failed": 3}, {"closes": {"1006": 3}})
    assert {name: (spread.unit, spread.count) for name, spread in second.spreads.items()} == {
        "join_ms": (0.001, 1), "input_depth": (1, 2),
    }  # fmt: skip
    back = Second.from_json(json.loads(json.dumps(second.to_json())))
    assert back.to_json() == second.to_json()
    assert (meter.cut(4).to_json()) == Second(4).to_json()
