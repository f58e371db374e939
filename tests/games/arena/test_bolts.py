"""Bolts: how they fly, what stops them, and that nothing slips through."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from game_server.games.arena.bolts import HIT_DISTANCE, RANGE, Flights, touch_times
from game_server.games.arena.constants import BOLT_SPEED, DASH, DOWN, FIRE, TILE
from game_server.games.arena.directions import DIRECTION_X, DIRECTION_Y
from game_server.games.arena.events import Hit
from game_server.games.arena.geometry import all_pairs, near_pairs, reach_of
from game_server.games.arena.map import ArenaMap
from game_server.simulation import Segments, SplitMix64
from tests.games.arena.playground import Playground, middle

CORRIDOR = "\n".join(["#" * 20, *["#" + "." * 18 + "#"] * 4, "#" + "." * 9 + "#" + "." * 8 + "#", "#" * 20])
"""A field with one wall, at column 10 of row 5."""


def duel(distance: float, *, tick_rate: int = 30) -> Playground:
    """Two ships side by side; the first aims at the second."""
    ground = Playground(2, tick_rate=tick_rate, playing=True)
    ground.put(0, 200, 400)
    ground.put(1, 200 + distance, 400)
    return ground


def test_a_bolt_starts_at_the_ship_and_flies_straight_at_its_speed() -> None:
    ground = Playground(1)
    ground.put(0, 200, 400)
    ground.hold(0, FIRE, aim=512)
    ground.run(1)
    ground.hold(0, 0)
    bolts = ground.arena.bolts.table.rows
    assert (bolts.at_x[0], bolts.at_y[0]) == (200, 400)
    ground.run(6)
    flown = BOLT_SPEED * 6 / 30
    assert bolts.at_x[0] == pytest.approx(200 + flown * DIRECTION_X[512])
    assert bolts.at_y[0] == pytest.approx(400 + flown * DIRECTION_Y[512])


def test_what_the_wire_says_of_a_bolt_never_changes() -> None:
    ground = Playground(1)
    ground.put(0, 200, 400)
    ground.hold(0, FIRE, aim=100)
    ground.run(1)
    ground.hold(0, 0)
    table = ground.arena.bolts.table
    said = [(spec.name, table.column(spec.name)[0]) for spec in table.specs if spec.wire]
    ground.run(10)
    assert [(spec.name, table.column(spec.name)[0]) for spec in table.specs if spec.wire] == said


def test_a_bolt_ends_after_a_second_in_the_open() -> None:
    ground = Playground(1)
    ground.put(0, 100, 400)
    ground.hold(0, FIRE)
    ground.run(1)
    ground.hold(0, 0)
    ground.run(29)
    assert len(ground.arena.bolts.table) == 1
    ground.run(1)
    assert len(ground.arena.bolts.table) == 0


def test_a_bolt_ends_at_a_wall_before_it_reaches_a_ship_behind() -> None:
    ground = Playground(2, drawing=CORRIDOR, playing=True)
    ground.put(0, middle(8), middle(5))
    ground.put(1, middle(12), middle(5))
    ground.hold(0, FIRE)
    assert not [event for event in ground.run(40) if isinstance(event, Hit)]


def test_a_bolt_hits_the_ship_that_it_is_aimed_at() -> None:
    ground = duel(300)
    ground.hold(0, FIRE)
    ground.run(1)
    ground.hold(0, 0)
    hits = [event for event in ground.run(15) if isinstance(event, Hit)]
    assert hits == [Hit(attacker=0, victim=1, damage=20, x=500 - HIT_DISTANCE, y=400)]
    assert len(ground.arena.bolts.table) == 0


def test_a_bolt_never_hits_its_owner() -> None:
    ground = Playground(1)
    ground.put(0, 200, 400)
    ground.hold(0, FIRE | 8, aim=0)
    assert not [event for event in ground.run(60) if isinstance(event, Hit)]


def test_point_blank_hits() -> None:
    ground = duel(0)
    ground.hold(0, FIRE, aim=777)
    assert [event for event in ground.run(2) if isinstance(event, Hit)]


@pytest.mark.parametrize("tick_rate", [1, 5, 10, 30, 240])
def test_a_fast_bolt_does_not_jump_over_a_ship(tick_rate: int) -> None:
    ground = duel(333, tick_rate=tick_rate)
    ground.hold(0, FIRE)
    ground.run(1)
    ground.hold(0, 0)
    assert [event for event in ground.run(tick_rate) if isinstance(event, Hit)]


def test_a_dash_through_the_path_of_a_bolt_is_hit_where_the_ways_cross() -> None:
    """Between ticks both move 30 units: only their motion against each other shows the hit."""
    ground = Playground(2, playing=True)
    ground.put(0, 200, 400)
    ground.hold(0, FIRE)
    ground.run(1)
    ground.hold(0, 0)
    ground.put(1, 200 + 4.5 * 30, 400 - 4.5 * 30)
    ground.hold(1, DOWN | DASH)
    assert [event for event in ground.run(6) if isinstance(event, Hit)]


def test_a_bolt_hits_the_first_of_two_ships_in_a_row() -> None:
    ground = Playground(3, playing=True)
    ground.put(0, 200, 400)
    ground.put(2, 300, 400)
    ground.put(1, 310, 400)
    ground.hold(0, FIRE)
    ground.run(1)
    ground.hold(0, 0)
    assert [event.victim for event in ground.run(10) if isinstance(event, Hit)] == [2]


def test_the_dead_stop_no_bolts() -> None:
    ground = Playground(3, playing=True)
    ground.put(0, 200, 400)
    ground.put(1, 300, 400)
    ground.put(2, 400, 400)
    ground.ships.alive[1], ground.ships.respawn_wait[1] = 0, 60
    ground.hold(0, FIRE)
    ground.run(1)
    ground.hold(0, 0)
    assert [event.victim for event in ground.run(10) if isinstance(event, Hit)] == [2]


def test_a_bolt_flies_on_when_the_count_of_ticks_on_the_wire_wraps() -> None:
    ground = duel(300)
    ground.world.tick = 65532
    ground.arena.rounds.round.ends = 100_000
    ground.hold(0, FIRE)
    ground.run(1)
    ground.hold(0, 0)
    assert [event for event in ground.run(15) if isinstance(event, Hit)]


def test_bolts_go_when_their_owner_leaves() -> None:
    ground = duel(600)
    ground.hold(0, FIRE)
    ground.hold(1, FIRE)
    ground.run(2)
    ground.arena.leave(0)
    bolts = ground.arena.bolts.table
    assert set(bolts.rows.owner[bolts.live].tolist()) == {1}


def test_there_is_room_for_every_bolt_that_everybody_can_have_in_the_air() -> None:
    for tick_rate in (1, 7, 30, 240):
        ground = Playground(3, tick_rate=tick_rate, drawing=None, playing=True)
        for player in range(3):
            ground.hold(player, FIRE)
        for _ in range(2 * tick_rate):
            ground.ships.rapid_left[:] = 100
            ground.run(1)
            assert len(ground.arena.bolts.table) < ground.arena.bolts.table.capacity


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(0, 4095), st.integers(0, 10**6))
def test_the_reach_of_a_bolt_ends_exactly_at_the_first_wall(seed: int, aim: int, pick: int) -> None:
    chance = random.Random(seed)
    arena_map = ArenaMap.make(16, SplitMix64(seed))
    open_tiles = np.argwhere(~arena_map.walls)
    row, column = open_tiles[pick % len(open_tiles)].tolist()
    x, y = (column + chance.random()) * TILE, (row + chance.random()) * TILE
    reach = float(reach_of(arena_map.walls, np.array([x]), np.array([y]), np.array([aim]), RANGE)[0])

    def wall_at(distance: float) -> bool:
        at_x, at_y = x + DIRECTION_X[aim] * distance, y + DIRECTION_Y[aim] * distance
        return bool(arena_map.walls[int(at_y // TILE), int(at_x // TILE)])

    assert 0 <= reach <= RANGE
    assert not any(wall_at(distance) for distance in np.arange(0, reach - 1e-6, 0.5))
    if reach < RANGE:
        assert wall_at(reach + 1e-6)


@pytest.mark.parametrize("aim", [2048, 3072], ids=["left", "up"])
def test_a_bolt_from_the_edge_of_a_wall_into_it_goes_nowhere(aim: int) -> None:
    walls = np.pad(np.zeros((3, 3), bool), 1, constant_values=True)
    edge, middle = np.array([float(TILE)]), np.array([2.5 * TILE])
    at = (edge, middle) if aim == 2048 else (middle, edge)
    assert reach_of(walls, *at, np.array([aim]), RANGE) == 0


@given(st.integers(0, 2**32), st.integers(0, 60), st.integers(0, 60), st.floats(10, 200))
def test_nearby_pairs_hold_every_pair_within_a_cell(seed: int, left: int, right: int, cell: float) -> None:
    chance = np.random.default_rng(seed)
    a, b = chance.random((2, left)) * 1000, chance.random((2, right)) * 1000
    found = set(zip(*(side.tolist() for side in near_pairs((a[0], a[1]), (b[0], b[1]), cell)), strict=True))
    every = zip(*(side.tolist() for side in all_pairs(left, right)), strict=True)
    assert {(i, j) for i, j in every if np.hypot(a[0, i] - b[0, j], a[1, i] - b[1, j]) <= cell} <= found


@given(st.integers(0, 2**32))
def test_a_pair_is_found_once(seed: int) -> None:
    chance = np.random.default_rng(seed)
    a, b = chance.random((2, 40)) * 300, chance.random((2, 40)) * 300
    found = list(zip(*(side.tolist() for side in near_pairs((a[0], a[1]), (b[0], b[1]), 64.0)), strict=True))
    assert len(found) == len(set(found))


@given(st.tuples(*[st.floats(-60, 60)] * 8))
def test_two_ways_touch_when_a_fine_comb_says_so(ends: tuple[float, ...]) -> None:
    columns = [np.array([end]) for end in ends]
    bolt, ship = Flights(*columns[:4]), Segments(*columns[4:8], known=np.ones(1, np.bool_))  # type: ignore[misc]
    when = float(touch_times(bolt, ship)[0])
    t = np.linspace(0, 1, 2001)
    dx = (ends[0] - ends[4]) + ((ends[2] - ends[6]) - (ends[0] - ends[4])) * t
    dy = (ends[1] - ends[5]) + ((ends[3] - ends[7]) - (ends[1] - ends[5])) * t
    touching = np.flatnonzero(np.hypot(dx, dy) <= HIT_DISTANCE)
    if len(touching):
        assert when == pytest.approx(t[touching[0]], abs=6e-4)
    elif when <= 1:
        assert np.hypot(dx, dy).min() == pytest.approx(HIT_DISTANCE, abs=1e-2)
