"""When the swarm writes, and how late it was."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from game_server.loadtest.metrics.meter import Meter
from game_server.loadtest.swarm import swarm as module
from game_server.loadtest.swarm.client_columns import SLICES
from game_server.loadtest.swarm.connecting import ServerAddress
from game_server.loadtest.swarm.input_generator import FIRE
from game_server.loadtest.swarm.protocol_adapter import GameServerAdapter
from game_server.loadtest.swarm.slice import Slice
from game_server.loadtest.swarm.swarm import Swarm


class Clock:
    """Stands still until it is moved."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time of the swarm."""
    monkeypatch.setattr(module, "time", clock := Clock())
    return clock


@pytest.fixture
def swarm(clock: Clock) -> Iterator[Swarm]:
    """Nobody yet."""
    del clock
    address = ServerAddress(socket.AF_INET, ("127.0.0.1", 9), "localhost")
    swarm = Swarm(GameServerAdapter(), address, ("",), [], 1, Meter(), 100.0)
    yield swarm
    swarm.close()


def test_nobody_fires_unless_that_is_asked_for(swarm: Swarm) -> None:
    assert not any((generator.buttons & FIRE).any() for generator in (slice_._generator for slice_ in swarm._slices))


@pytest.mark.parametrize(("late", "too_late"), [(0.0, 0), (0.2, 0), (0.3, 1)])
def test_the_lateness_of_each_turn_is_recorded_and_turns_far_too_late_are_counted(
    swarm: Swarm, clock: Clock, late: float, too_late: int
) -> None:
    clock.now += late
    turns = int(late * 30 * SLICES) + 1
    swarm._write(clock.now)
    told = swarm._meter.cut(0)
    assert told.spreads["tester_lag_ms"].count == turns
    assert told.spreads["tester_lag_ms"].max == pytest.approx(1000 * late)
    assert (told.counts["late_turns"] > 0) == too_late


@pytest.mark.parametrize(("late", "sending"), [(0.24, True), (0.26, False)])
def test_a_turn_that_is_a_quarter_of_a_second_late_sends_nothing(
    swarm: Swarm, clock: Clock, monkeypatch: pytest.MonkeyPatch, late: float, sending: bool
) -> None:
    written: list[tuple[int, float, bool]] = []
    monkeypatch.setattr(
        Slice,
        "write",
        lambda slice_, due, _meter, now, *, sending: written.append((slice_._number, round(now - due, 6), sending)),
    )
    clock.now += late
    swarm._write(clock.now)
    assert written[0] == (0, late, sending)
    assert [number for number, _, _ in written[:10]] == [0, 1, 2, 3, 4, 5, 6, 7, 0, 1]
    assert all(sent == (behind < 0.25) for _, behind, sent in written)
    assert written[-1][2] is True
    assert swarm._turn_due == pytest.approx(100 + len(written) / 240)
