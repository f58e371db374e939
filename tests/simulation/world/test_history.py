from __future__ import annotations

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.errors import RulesError
from game_server.simulation import Column, Table, World, quantised
from game_server.simulation.world.history import ASSUMED_ROUND_TRIP, INTERPOLATION, MAX_REWIND, RewindLimits

RATE = 30


@attrs.define
class Thing:
    x: Column = quantised(0, 1000, step=0.25)
    y: Column = quantised(0, 1000, step=0.25)


def things(*, history: float = 1.0) -> tuple[World, Table[Thing]]:
    world = World(seed=1, max_players=4, tick_rate=RATE)
    table = world.table(1, "thing", Thing, 4, ("x", "y"), history=history)
    table.add_many(4)
    return world, table


def way(table: Table[Thing], row: int, back: float) -> tuple[float, float, bool]:
    """Where ``row`` was on the x axis one tick before ``back``, and then; whether that is known."""
    assert table.history
    ways = table.history.segments(np.array([row]), np.array([back]))
    return float(ways.x0[0]), float(ways.x1[0]), bool(ways.known[0])


def walk(world: World, table: Table[Thing], ticks: int) -> None:
    """Let row 0 be at 10 times the tick, and row 1 at its square."""
    for _ in range(ticks):
        world.advance()
        table.rows.x[0] = 10 * world.tick
        table.rows.x[1] = world.tick**2
        table.rows.y[:] = 7


def test_the_way_of_now_is_from_the_tick_before_to_this_one() -> None:
    world, table = things()
    walk(world, table, 20)
    assert way(table, 0, 0) == (190, 200, True)


@given(st.integers(0, 30 * 16))
def test_between_ticks_places_are_interpolated(sixteenths: int) -> None:
    world, table = things()
    walk(world, table, 50)
    back = sixteenths / 16
    ticks = np.arange(51)
    expected = [float(np.interp(50 - back - ago, ticks, ticks**2)) for ago in (1, 0)]
    x0, x1, known = way(table, 1, back)
    assert [x0, x1] == pytest.approx(expected)
    assert known


def test_what_is_older_than_the_history_is_as_old_as_the_history() -> None:
    world, table = things()
    walk(world, table, 100)
    assert way(table, 0, 1000) == way(table, 0, 30) == (1000 - 310, 1000 - 300, True)


def test_a_row_is_unknown_before_it_was_there_and_before_it_jumped() -> None:
    world, table = things()
    walk(world, table, 20)
    table.remove(0)
    table.add_at(0, x=500)
    walk(world, table, 3)
    assert [way(table, 0, back)[2] for back in (0, 1, 2, 2.0625, 3)] == [True, True, True, False, False]
    table.restart_history(0)
    walk(world, table, 3)
    assert [way(table, 0, back)[2] for back in (0, 1, 2, 2.0625, 3)] == [True, True, True, False, False]
    assert way(table, 1, 10)[2]


def test_a_jump_within_a_step_hides_the_tick_in_which_it_happened() -> None:
    world, table = things()
    walk(world, table, 20)
    table.rows.x[0] = 900
    table.restart_history(0)
    assert not way(table, 0, 0)[2]
    walk(world, table, 1)
    assert way(table, 0, 0) == (900, 210, True)


def test_each_row_is_taken_back_by_its_own_time() -> None:
    world, table = things()
    walk(world, table, 20)
    assert table.history
    ways = table.history.segments(np.array([0, 0, 1]), np.array([0.0, 2.5, 10.0]))
    assert ways.x1.tolist() == [200, 175, 100]
    assert ways.y1.tolist() == [7, 7, 7]


def test_a_table_without_places_has_no_history() -> None:
    world = World(seed=1, max_players=4, tick_rate=RATE)
    with pytest.raises(RulesError, match="a history is one of places"):
        world.table(1, "thing", Thing, 4, history=1.0)
    assert world.table(1, "thing", Thing, 4, ("x", "y")).history is None


# What is believed of a client


def steps(seconds: float) -> int:
    return int(seconds * RATE * 16)


def limits(players: int) -> RewindLimits:
    return RewindLimits(np.zeros(players, np.int64), RATE)


def test_an_honest_claim_is_believed() -> None:
    limit = limits(2)
    limit.measured(1, 0.05)
    # Half the round trip each way, one tick in the buffer, two snapshots of interpolation.
    behind = steps(0.05) + 16 + 32
    assert limit.clamp(1, behind, ahead=2) == behind


def test_nothing_is_believed_beyond_a_quarter_of_a_second() -> None:
    limit = limits(2)
    limit.measured(1, 3.0)
    assert limit.clamp(1, 4095, ahead=32) == steps(MAX_REWIND) == 120


def test_on_a_short_round_trip_a_long_delay_is_not_believed() -> None:
    limit = limits(2)
    limit.measured(1, 0.001)
    assert limit.clamp(1, 4095, ahead=1) == steps(0.001 + INTERPOLATION) + 16


def test_an_unmeasured_connection_is_taken_for_a_fair_one() -> None:
    limit = limits(2)
    limit.measured(1, 0.0)
    assert limit.clamp(1, 4095, ahead=1) == min(steps(MAX_REWIND), steps(ASSUMED_ROUND_TRIP + INTERPOLATION) + 16)


@given(st.integers(0, 4095), st.integers(1, 32), st.floats(0, 10))
def test_no_claim_is_raised_and_none_is_negative(behind: int, ahead: int, round_trip: float) -> None:
    limit = limits(2)
    limit.measured(1, round_trip)
    assert 0 <= limit.clamp(1, behind, ahead) <= behind


@given(st.lists(st.tuples(st.integers(0, 4095), st.integers(1, 32), st.floats(0, 10)), max_size=8))
def test_many_claims_are_judged_like_one(claims: list[tuple[int, int, float]]) -> None:
    limit = limits(8)
    for player, (_, _, round_trip) in enumerate(claims):
        limit.measured(player, round_trip)
    behinds, aheads = (np.array([claim[i] for claim in claims], np.int64) for i in (0, 1))
    believed = limit.clamp_all(np.arange(len(claims)), behinds, aheads)
    assert believed.tolist() == [limit.clamp(n, behind, ahead) for n, (behind, ahead, _) in enumerate(claims)]
