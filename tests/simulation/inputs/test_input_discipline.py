"""What clients can and cannot do to a match with the inputs that they send."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from game_server.games.arena import Arena
from game_server.games.arena.constants import RIGHT
from game_server.protocol import INPUT_WINDOW, MAX_BEHIND, MAX_TICK, Input
from game_server.simulation import Match, World, tick_alone
from game_server.simulation.world.history import MAX_REWIND
from tests.games.arena.playground import FIELD, map_from
from tests.simulation.fake_outlet import FakeOutlet

TICKS = 60
RATE = 30

Player = Callable[[int], Iterable[Input]]
"""What a client sends between the tick that is given and the next."""


def play(player: Player, *, ticks: int = TICKS, round_trip: float = 0.0) -> tuple[Match, list[float], list[int]]:
    """The match, how far the ship flew in each tick (world units), and the `behind` that the rules were given."""
    world = World(seed=1, max_players=2, tick_rate=RATE)
    arena = Arena(world, arena_map=map_from(FIELD))
    match = Match(arena, on_message=lambda _number, _message: None)
    outlet = FakeOutlet()
    outlet.round_trip = round_trip
    match.seat(outlet=outlet)
    ships = arena.ships.rows
    ships.x[0], ships.y[0] = 100, 400
    flown, behind = [], []
    step = arena.step

    def spy(inputs: object) -> None:
        behind.append(int(match.inputs.used.behind[0]))
        step(match.inputs.used)
        assert inputs is match.inputs.used

    arena.step = spy  # type: ignore[method-assign]
    for tick in range(ticks):
        outlet.say(*player(tick))
        before = float(ships.x[0])
        tick_alone(match)
        flown.append(float(ships.x[0]) - before)
        outlet.heard()
    assert outlet.closed is None
    return match, flown, behind


def honest(tick: int) -> list[Input]:
    return [Input(tick + 1, RIGHT, 0)]


HONEST = play(honest)[1]


def test_two_inputs_for_each_tick_are_no_faster_than_one() -> None:
    _, flown, _ = play(lambda tick: [Input(tick + 1, RIGHT, 0)] * 2)
    assert flown == HONEST


def test_inputs_at_twice_the_tick_rate_are_no_faster() -> None:
    """Two ticks' inputs in each tick: the client runs ahead until the window is full, and then into the void."""
    match, flown, _ = play(lambda tick: [Input(2 * tick + 1, RIGHT, 0), Input(2 * tick + 2, RIGHT, 0)])
    assert flown == HONEST
    assert match.inputs.depth[0] <= INPUT_WINDOW
    assert match.inputs.counts(0).early > 0


def test_a_thousand_inputs_in_a_tick_are_one_input() -> None:
    _, flown, _ = play(lambda tick: [Input(tick + 1, RIGHT, 0)] * 1_000, ticks=10)
    assert flown == HONEST[:10]


@pytest.mark.parametrize(
    "lie",
    [
        pytest.param(lambda tick: Input(tick + 10_000, RIGHT, 0), id="far ahead"),
        pytest.param(lambda tick: Input(MAX_TICK - tick, RIGHT, 0), id="at the end of time"),
        pytest.param(lambda tick: Input(tick, RIGHT, 0), id="of the tick that is over"),
        pytest.param(lambda tick: Input(max(0, 1000 - tick), RIGHT, 0), id="backwards"),
        pytest.param(lambda _tick: Input(0, RIGHT, 0), id="always the same"),
    ],
)
def test_an_input_for_a_tick_that_cannot_be_moves_nothing(lie: Callable[[int], Input]) -> None:
    match, flown, _ = play(lambda tick: [lie(tick)])
    assert sum(flown) == 0
    counts = match.inputs.counts(0)
    assert counts.used == 0
    assert counts.late + counts.early == TICKS


def test_a_tick_repeated_after_its_time_changes_nothing() -> None:
    _, flown, _ = play(lambda tick: [Input(tick + 1, RIGHT, 0), Input(tick, 0, 0), Input(max(0, tick - 5), 0, 0)])
    assert flown == HONEST


def test_a_clock_that_jumps_ahead_and_back_finds_its_way_again() -> None:
    def jumping(tick: int) -> list[Input]:
        return [Input(tick + 1 + (500 if 10 <= tick < 20 else 0), RIGHT, 0)]

    match, flown, _ = play(jumping)
    assert flown == HONEST  # the last input is repeated while the clock is astray
    assert match.inputs.counts(0).early == 10
    assert match.inputs.ack[0] == TICKS


def test_a_clock_that_jumps_back_loses_only_the_ticks_that_were_over() -> None:
    match, flown, _ = play(lambda tick: [Input(max(0, tick + 1 - (30 if 20 <= tick < 30 else 0)), RIGHT, 0)])
    assert flown == HONEST
    assert match.inputs.counts(0).late == 10


def test_inputs_held_back_and_sent_in_a_burst_are_no_faster() -> None:
    def in_bursts(tick: int) -> list[Input]:
        return [Input(tick + 1 + n, RIGHT, 0) for n in range(20)] if tick % 20 == 0 else []

    assert play(in_bursts)[1] == HONEST


@settings(max_examples=40)
@given(st.integers(0, 2**32))
def test_no_stream_of_inputs_is_faster_than_the_honest_one(seed: int) -> None:
    chance = random.Random(seed)

    def anything(tick: int) -> list[Input]:
        return [
            Input(max(0, tick + chance.randint(-40, 80)), RIGHT, chance.randrange(4096), chance.randrange(4096))
            for _ in range(chance.randrange(6))
        ]

    _, flown, _ = play(anything)
    assert sum(flown) <= sum(HONEST)


# Claims about what was on the screen


def test_an_impossible_delay_is_believed_only_as_far_as_a_measured_round_trip_allows() -> None:
    given_to_rules = {
        round_trip: max(play(lambda tick: [Input(tick + 1, RIGHT, 0, MAX_BEHIND)], round_trip=round_trip)[2])
        for round_trip in (0.001, 0.05, 3.0)
    }
    # The round trip, a tick in the buffer, and a tenth of a second of interpolation.
    assert given_to_rules[0.001] / 16 / RATE == pytest.approx(0.101 + 1 / RATE, abs=0.003)
    assert given_to_rules[0.05] / 16 / RATE == pytest.approx(0.15 + 1 / RATE, abs=0.003)
    assert given_to_rules[3.0] / 16 / RATE == pytest.approx(MAX_REWIND)


def test_an_honest_delay_reaches_the_rules_as_it_was_sent() -> None:
    _, _, behind = play(lambda tick: [Input(tick + 2, RIGHT, 0, 64 + tick % 8)], round_trip=0.09)
    assert behind[1:] == [64 + tick % 8 for tick in range(TICKS - 1)]


def test_a_repeated_input_repeats_its_delay() -> None:
    _, _, behind = play(lambda tick: [Input(tick + 1, RIGHT, 0, 50)] if tick < 10 else [])
    assert behind == [50] * TICKS
