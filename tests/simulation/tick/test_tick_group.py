from __future__ import annotations

from collections.abc import Sequence

import pytest
import trio
import trio.testing

from game_server.protocol import Ids, Received, Snapshots
from game_server.simulation import DirectWire, Inputs, Match, World
from tests.simulation.driven import drive
from tests.simulation.fake_outlet import FakeOutlet
from tests.simulation.toy_game import Toy


class Slow(Toy):
    """Takes ``seconds[tick]`` for a step, by pushing the clock."""

    seconds: dict[int, float]
    clock: trio.testing.MockClock
    began: list[float]
    """When each step did."""

    def step(self, inputs: Inputs) -> None:
        self.began.append(trio.current_time())
        super().step(inputs)
        self.clock.jump(self.seconds.get(self.world.tick, 0.0))


def slow_match(clock: trio.testing.MockClock, seconds: dict[int, float]) -> Match:
    game = Slow(World(seed=1, max_players=2, tick_rate=10))
    game.seconds, game.clock, game.began = seconds, clock, []
    return Match(game, on_message=lambda _number, _message: None)


async def run(match: Match, seconds: float) -> None:
    with trio.move_on_after(seconds):
        await drive(match)


async def test_a_match_ticks_at_its_rate_and_on_time(autojump_clock: trio.testing.MockClock) -> None:
    match = slow_match(autojump_clock, {})
    await run(match, 10.05)
    assert match.world.tick == 100
    assert match.profile.ticks == 100
    assert match.profile.lateness.max < 1e-3


async def test_a_slow_tick_is_recorded_and_made_up_for(autojump_clock: trio.testing.MockClock) -> None:
    match = slow_match(autojump_clock, {5: 0.35})
    await run(match, 2.05)
    assert match.world.tick == 20
    assert match.profile.duration.max == pytest.approx(350)
    assert match.profile.lateness.max == pytest.approx(250)
    assert match.profile.dropped == 0


async def test_the_time_of_a_tick_is_recorded_by_phase(autojump_clock: trio.testing.MockClock) -> None:
    class SlowWire(DirectWire):
        def receive(self) -> Received:
            autojump_clock.jump(0.001)
            return super().receive()

        def write(self, players: Ids, events: Sequence[bytes], snapshots: Snapshots, /) -> None:
            autojump_clock.jump(0.004)
            super().write(players, events, snapshots)

        def flush(self) -> None:
            autojump_clock.jump(0.01)

    def slow_to_show() -> bool:
        autojump_clock.jump(0.003)
        return True

    match = slow_match(autojump_clock, {1: 0.002})
    match.seat(outlet=FakeOutlet())
    match.shown = slow_to_show
    with trio.move_on_after(0.15):
        await drive(match, SlowWire())
    spent = {phase: spent.max for phase, spent in match.profile.phase_durations.items()}
    assert spent == pytest.approx({"drain": 1, "rules": 2, "encode": 3, "write": 14})
    assert match.profile.duration.max == pytest.approx(20)


async def test_what_cannot_be_made_up_for_is_dropped_and_counted(autojump_clock: trio.testing.MockClock) -> None:
    match = slow_match(autojump_clock, {5: 3.05})
    await run(match, 4.95)
    # Due at 0.1 s a tick until 4.95 s: 49. The backlog at 3.55 s was 30 ticks, of which 6 were made up for.
    assert match.profile.dropped == 24
    assert match.world.tick == 49 - 24


async def test_match_time_follows_the_clock_that_drives(autojump_clock: trio.testing.MockClock) -> None:
    match = slow_match(autojump_clock, {})
    await run(match, 1.05)
    assert match.match_time() == pytest.approx(10.5)


@pytest.mark.parametrize("pause", [0.0, 0.35, 3.05])
async def test_from_tick_zero_it_follows_when_ticks_are_due_whatever_was_dropped(
    autojump_clock: trio.testing.MockClock, pause: float
) -> None:
    match = slow_match(autojump_clock, {5: pause})
    async with trio.open_nursery() as nursery:
        nursery.start_soon(run, match, 6)
        await trio.sleep(5.95)
        assert match.tick_zero
        assert isinstance(match.game, Slow)
        due = [match.tick_zero() + tick / 10 for tick in range(30, match.world.tick + 1)]
    assert match.game.began[29 : 29 + len(due)] == pytest.approx(due, abs=1e-3)
    assert match.profile.dropped == {0.0: 0, 0.35: 0, 3.05: 24}[pause]


async def test_a_match_that_nobody_drives_has_no_tick_zero(autojump_clock: trio.testing.MockClock) -> None:
    match = slow_match(autojump_clock, {})
    assert match.tick_zero is None
    await run(match, 1)
    assert match.tick_zero is None


async def test_what_the_rules_raise_comes_out_of_the_drive(autojump_clock: trio.testing.MockClock) -> None:
    class Broken(Slow):
        def step(self, inputs: Inputs) -> None:
            raise ZeroDivisionError(inputs)

    match = Match(Broken(World(seed=1, max_players=2, tick_rate=10)), on_message=lambda _number, _message: None)
    with pytest.raises(ZeroDivisionError):
        await drive(match)
    assert autojump_clock.current_time() < 1


async def test_a_tick_that_holds_everybody_up_is_logged_with_the_name_of_its_match(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    match = slow_match(autojump_clock, {5: 4.0, 20: 0.5})
    match.name = "K7RW2P"
    await run(match, 9)
    assert [record.getMessage() for record in caplog.records] == [
        "match K7RW2P held everybody up for 4.0 s with tick 5"
    ]


async def test_a_match_that_never_catches_up_still_lets_others_run(autojump_clock: trio.testing.MockClock) -> None:
    match = slow_match(autojump_clock, dict.fromkeys(range(1, 1_000), 0.2))
    turns = 0
    async with trio.open_nursery() as nursery:
        nursery.start_soon(run, match, 20)
        while match.world.tick < 50:
            await trio.sleep(0.001)
            turns += 1
        nursery.cancel_scope.cancel()
    assert turns >= 50
