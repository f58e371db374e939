from __future__ import annotations

import pytest
import trio
import trio.testing

from game_server.bots.recording import Recording
from game_server.bots.server_metrics import Scrape
from game_server.bots.server_side import ServerSide
from game_server.bots.target import Target
from game_server.bots.tick_zeros import Told
from game_server.telemetry import metrics
from game_server.telemetry.exposition import FRESH_FOR, Writer
from game_server.telemetry.metrics import Reading

HERE, THERE = Target("127.0.0.1", 8000, tls=False), Target("192.0.2.1", 8000, tls=False)


async def told_by(target: Target, monkeypatch: pytest.MonkeyPatch, zeros: dict[str, float]) -> list[Told]:
    """In three seconds of a server that takes a second to answer."""

    async def answer(_self: ServerSide) -> Scrape:
        await trio.sleep(0.9)
        reading: Reading = {
            metrics.TICK_ZERO: {(match,): zero for match, zero in zeros.items()},
            metrics.BROWSING: {(): 0.0},
        }
        return Scrape.read(Writer().write(reading).decode())

    monkeypatch.setattr(ServerSide, "_ask", answer)
    monkeypatch.setattr("game_server.bots.server_side.monotonic", lambda: trio.current_time() + 1_000)
    told: list[Told] = []
    with trio.move_on_after(3):
        await ServerSide(target, tell=told.append).run(Recording(), trio.current_time())
    return told


async def test_when_ticks_are_due_is_told_as_of_when_the_server_was_asked(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: trio.testing.MockClock
) -> None:
    began = autojump_clock.current_time() + 1_000
    told = await told_by(HERE, monkeypatch, {"A": 1234.5678901234, "B": 0.5})
    assert [one.zeros for one in told] == [{"A": 1234.5678901234, "B": 0.5}] * 3
    assert [one.as_of for one in told] == pytest.approx([began + second - FRESH_FOR for second in range(3)])


async def test_the_clock_of_another_machine_is_not_told(
    monkeypatch: pytest.MonkeyPatch,
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001
) -> None:
    assert await told_by(THERE, monkeypatch, {"A": 1.0}) == []
