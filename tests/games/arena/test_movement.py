"""Movement: thrust, friction, walls, dashes and the gun's rhythm."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from game_server.games.arena.constants import (
    DASH,
    DASH_SPEED,
    DOWN,
    FIRE,
    LEFT,
    RIGHT,
    SHIP_RADIUS,
    TILE,
    TOP_SPEED,
    UP,
)
from game_server.games.arena.map import ArenaMap
from game_server.games.arena.movement import Mover
from game_server.games.arena.tables import Ship
from game_server.simulation import SplitMix64
from game_server.simulation.world.columns import allocate
from tests.games.arena.playground import FIELD, map_from

RATES = st.sampled_from((1, 5, 10, 20, 30, 60, 144, 240))


def ships_at(*places: tuple[float, float]) -> Ship:
    ships: Ship = allocate(Ship, len(places))[0]
    ships.x[:] = [x for x, _ in places]
    ships.y[:] = [y for _, y in places]
    ships.alive[:] = 1
    return ships


def press(mover: Mover, ships: Ship, buttons: int, aim: int = 0, ticks: int = 1) -> list[int]:
    """Everybody holds the same; how many ticks after the first the first ship fired."""
    count = len(ships.x)
    fired = []
    for tick in range(ticks):
        who = mover.step(ships, np.full(count, buttons, np.uint16), np.full(count, aim, np.uint16))
        if 0 in who:
            fired.append(tick)
    return fired


@pytest.fixture
def field() -> Mover:
    return Mover(map_from(FIELD).walls, 30)


def speed_of(ships: Ship) -> Any:
    return np.hypot(ships.vx, ships.vy)


@pytest.mark.parametrize(("button", "axis", "sign"), [(UP, "y", -1), (DOWN, "y", 1), (LEFT, "x", -1), (RIGHT, "x", 1)])
def test_a_button_moves_the_ship_its_way(field: Mover, button: int, axis: str, sign: int) -> None:
    ships = ships_at((600.0, 400.0))
    press(field, ships, button, ticks=5)
    assert (getattr(ships, axis)[0] - {"x": 600, "y": 400}[axis]) * sign > 20
    other = "y" if axis == "x" else "x"
    assert getattr(ships, other)[0] == {"x": 600, "y": 400}[other]


def test_opposite_buttons_cancel_out(field: Mover) -> None:
    ships = ships_at((600.0, 400.0))
    press(field, ships, UP | DOWN | LEFT | RIGHT, ticks=10)
    assert (ships.x[0], ships.y[0]) == (600, 400)


def test_thrust_reaches_nearly_top_speed_in_half_a_second_and_never_exceeds_it(field: Mover) -> None:
    ships = ships_at((100.0, 400.0))
    press(field, ships, RIGHT, ticks=15)
    assert 0.95 * TOP_SPEED < ships.vx[0] <= TOP_SPEED


def test_diagonals_are_no_faster(field: Mover) -> None:
    ships = ships_at((100.0, 100.0))
    press(field, ships, RIGHT | DOWN, ticks=30)
    assert speed_of(ships)[0] <= TOP_SPEED * (1 + 1e-12)


def test_a_ship_left_alone_comes_to_a_full_stop_within_a_second(field: Mover) -> None:
    ships = ships_at((100.0, 400.0))
    press(field, ships, RIGHT, ticks=30)
    press(field, ships, 0, ticks=30)
    assert (ships.vx[0], ships.vy[0]) == (0, 0)


def test_top_speed_does_not_depend_on_the_tick_rate() -> None:
    reached = []
    for rate in (10, 30, 120):
        ships = ships_at((100.0, 400.0))
        press(Mover(map_from(FIELD).walls, rate), ships, RIGHT, ticks=2 * rate)
        reached.append(ships.vx[0])
    assert reached == pytest.approx([TOP_SPEED] * 3, rel=1e-3)


def test_a_wall_stops_the_hull_at_its_face_and_lets_it_slide(field: Mover) -> None:
    ships = ships_at((100.0, 400.0))
    press(field, ships, LEFT | DOWN, ticks=20)
    assert ships.x[0] == TILE + SHIP_RADIUS
    assert ships.vx[0] == 0
    assert ships.vy[0] > 150


def test_a_dash_covers_its_way_and_leaves_the_ship_at_top_speed(field: Mover) -> None:
    ships = ships_at((300.0, 400.0))
    press(field, ships, RIGHT | DASH)
    assert ships.vx[0] == DASH_SPEED
    press(field, ships, RIGHT, ticks=4)
    assert ships.x[0] == pytest.approx(300 + 5 * DASH_SPEED / 30)
    assert ships.vx[0] == TOP_SPEED
    assert ships.dash_left[0] == 0


def test_a_dash_goes_where_the_ship_is_steered_whatever_it_aims_at(field: Mover) -> None:
    ships = ships_at((600.0, 400.0))
    press(field, ships, UP | DASH, aim=0)
    assert (ships.vx[0], ships.vy[0]) == (0, -DASH_SPEED)


def test_a_dash_without_steering_goes_where_the_ship_aims(field: Mover) -> None:
    ships = ships_at((600.0, 400.0))
    press(field, ships, DASH, aim=1024)
    assert (ships.vx[0], ships.vy[0]) == (0, DASH_SPEED)


def test_a_dash_keeps_its_direction(field: Mover) -> None:
    ships = ships_at((600.0, 400.0))
    press(field, ships, RIGHT | DASH)
    press(field, ships, LEFT | DASH, ticks=3)
    assert ships.vx[0] == DASH_SPEED


def test_the_next_dash_is_two_seconds_after_the_last(field: Mover) -> None:
    ships = ships_at((300.0, 400.0))
    press(field, ships, DASH)
    press(field, ships, DASH, ticks=59)
    assert ships.dash_left[0] == 0
    press(field, ships, DASH)
    assert ships.dash_left[0] > 0


def test_holding_fire_fires_every_fifth_of_a_second(field: Mover) -> None:
    assert press(field, ships_at((300.0, 400.0)), FIRE, ticks=20) == [0, 6, 12, 18]


def test_rapid_fire_halves_the_interval_until_it_runs_out(field: Mover) -> None:
    ships = ships_at((300.0, 400.0))
    ships.rapid_left[0] = 10
    assert press(field, ships, FIRE, ticks=20) == [0, 3, 6, 9, 15]


def test_the_dead_neither_move_nor_fire_nor_dash(field: Mover) -> None:
    ships = ships_at((300.0, 400.0))
    ships.alive[0] = 0
    assert press(field, ships, RIGHT | FIRE | DASH, ticks=10) == []
    assert (ships.x[0], ships.y[0], ships.dash_wait[0]) == (300, 400, 0)


@st.composite
def journeys(draw: st.DrawFn) -> tuple[ArenaMap, int, list[tuple[int, int, int]], int]:
    seed = draw(st.integers(0, 2**32))
    inputs = draw(st.lists(st.tuples(st.integers(1, 20), st.integers(0, 63), st.integers(0, 4095)), max_size=12))
    return (
        ArenaMap.make(draw(st.integers(1, 20)), SplitMix64(seed)),
        draw(RATES),
        inputs,
        draw(st.integers(0, 10**6)),
    )


@settings(max_examples=40)
@given(journeys())
def test_no_hull_is_ever_in_a_wall_nor_faster_than_a_dash(journey: tuple[Any, ...]) -> None:
    arena_map, rate, inputs, pick = journey
    open_tiles = np.argwhere(~arena_map.walls)
    row, column = open_tiles[pick % len(open_tiles)]
    ships = ships_at(((column + 0.5) * TILE, (row + 0.5) * TILE))
    mover = Mover(arena_map.walls, rate)
    for ticks, buttons, aim in inputs:
        for _ in range(ticks):
            press(mover, ships, buttons, aim)
            assert speed_of(ships)[0] <= DASH_SPEED * (1 + 1e-12)
            left, top = ships.x[0] - SHIP_RADIUS, ships.y[0] - SHIP_RADIUS
            right, bottom = ships.x[0] + SHIP_RADIUS, ships.y[0] + SHIP_RADIUS
            covered = np.s_[
                int(top // TILE) : int(np.ceil(bottom / TILE)), int(left // TILE) : int(np.ceil(right / TILE))
            ]
            assert not arena_map.walls[covered].any()


@settings(max_examples=40)
@given(journeys())
def test_no_step_passes_over_a_wall(journey: tuple[Any, ...]) -> None:
    """However far it goes in a tick, all tiles between are open along each axis in turn."""
    arena_map, rate, inputs, pick = journey
    open_tiles = np.argwhere(~arena_map.walls)
    row, column = open_tiles[pick % len(open_tiles)]
    ships = ships_at(((column + 0.5) * TILE, (row + 0.5) * TILE))
    mover = Mover(arena_map.walls, rate)
    for _, buttons, aim in inputs:
        before = (ships.x[0], ships.y[0])
        press(mover, ships, buttons & ~(UP | DOWN) | DASH, aim & 2048)
        if ships.y[0] == before[1]:
            between = sorted((int(before[0] // TILE), int(ships.x[0] // TILE)))
            assert not arena_map.walls[int(before[1] // TILE), between[0] : between[1] + 1].any()


@settings(max_examples=15)
@given(journeys(), st.integers(0, 2**32))
def test_movement_never_depends_on_other_players(journey: tuple[Any, ...], others: int) -> None:
    arena_map, rate, inputs, pick = journey
    chance = random.Random(others)
    open_tiles = np.argwhere(~arena_map.walls)
    place = ((open_tiles[pick % len(open_tiles)][::-1] + 0.5) * TILE).tolist()
    alone, among = ships_at(tuple(place)), ships_at(*[tuple(place)] * 5)
    mover = Mover(arena_map.walls, rate)
    for ticks, buttons, aim in inputs:
        for _ in range(ticks):
            press(mover, alone, buttons, aim)
            theirs = np.array([buttons, *[chance.randrange(64) for _ in range(4)]], np.uint16)
            aims = np.array([aim, *[chance.randrange(4096) for _ in range(4)]], np.uint16)
            mover.step(among, theirs, aims)
            assert among.x[0] == alone.x[0]
            assert among.y[0] == alone.y[0]
            assert among.vx[0] == alone.vx[0]
            assert among.fire_wait[0] == alone.fire_wait[0]
