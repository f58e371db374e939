from __future__ import annotations

import trio
import trio.testing

from game_server.protocol import Received
from game_server.simulation import DirectWire, Match, World
from tests.simulation.driven import drive
from tests.simulation.toy_game import Restless

RATE = 30


class Log(DirectWire):
    """A wire and an outlet that note what is done to them."""

    round_trip = 0.0

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.times: list[float] = []

    def receive(self) -> Received:
        self.calls.append("receive")
        self.times.append(trio.current_time())
        return super().receive()

    def flush(self) -> None:
        self.calls.append("flush")

    def drain(self) -> list[bytes]:
        self.calls.append("drain")
        return []

    def send(self, _message: bytes, /) -> None:
        self.calls.append("send")

    def try_send(self, _message: bytes, /) -> bool:
        return True

    def offer(self, _snapshot: bytes, /) -> bool:
        self.calls.append("offer")
        return True

    def close(self, code: int, reason: str) -> None:
        raise AssertionError((code, reason))


def match() -> Match:
    return Match(Restless(World(seed=1, max_players=4, tick_rate=RATE)), on_message=lambda _player, _message: None)


async def test_a_tick_receives_first_and_flushes_last(autojump_clock: trio.testing.MockClock) -> None:
    played, log = match(), Log()
    played.seat(outlet=log)
    with trio.move_on_after(1.5 / RATE):
        await drive(played, log)
    assert autojump_clock.current_time() > 0
    assert [log.calls[0], log.calls[1], log.calls[-2], log.calls[-1]] == ["receive", "drain", "offer", "flush"]


async def test_late_ticks_each_bring_out_their_snapshot(autojump_clock: trio.testing.MockClock) -> None:
    played, log = match(), Log()
    played.seat(outlet=log)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(drive, played, log)
        await trio.testing.wait_all_tasks_blocked()
        autojump_clock.jump(4.5 / RATE)
        await trio.sleep(0.1 / RATE)
        nursery.cancel_scope.cancel()
    assert [call for call in log.calls if call in ("offer", "flush")] == ["offer", "flush"] * 4


async def test_matches_tick_in_their_phases(autojump_clock: trio.testing.MockClock) -> None:
    logs, began = {phase: Log() for phase in (0.0, 0.25, 0.9)}, autojump_clock.current_time()
    async with trio.open_nursery() as nursery:
        for phase, log in logs.items():
            nursery.start_soon(lambda log=log, phase=phase: drive(match(), log, phase=phase))  # type: ignore[misc]
        await trio.sleep(2.5 / RATE)
        nursery.cancel_scope.cancel()
    for phase, log in logs.items():
        assert abs(log.times[0] - began - (1 + phase) / RATE) < 1e-9
