"""Lines of sight and ways."""

from __future__ import annotations

import math
import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from game_server.games.arena.bots.navigation import NavigationMap, navigation_map
from game_server.games.arena.constants import SHIP_RADIUS, TILE
from game_server.games.arena.map import ArenaMap
from game_server.simulation import SplitMix64
from tests.games.arena.playground import map_from, middle

WALLED = """
############
#..........#
#..........#
#....#.....#
#....#.....#
#....####..#
#..........#
#..........#
############
"""


def chart_from(drawing: str) -> NavigationMap:
    return navigation_map(map_from(drawing).setup())


def open_point(arena_map: ArenaMap, chance: random.Random) -> tuple[float, float]:
    open_tiles = np.argwhere(~arena_map.walls)
    row, column = open_tiles[chance.randrange(len(open_tiles))].tolist()
    return middle(column), middle(row)


def test_a_wall_is_in_the_way_of_sight_and_open_ground_is_not() -> None:
    chart = chart_from(WALLED)
    assert not chart.sees(middle(2), middle(4), middle(8), middle(4))
    assert chart.sees(middle(2), middle(2), middle(8), middle(2))
    assert chart.sees(middle(2), middle(1), middle(2), middle(7))


def test_sight_over_the_edge_of_a_tile_by_less_than_a_unit_goes_that_way() -> None:
    chart = chart_from(WALLED)
    x, y = middle(1), middle(1)
    right, down = x + TILE / 2, y + TILE / 2
    assert chart.sees(right - 0.3, y, right + 0.3, y)
    assert chart.sees(x, down - 0.3, x, down + 0.3)


@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_sight_is_what_a_fine_comb_says(seed: int) -> None:
    chance = random.Random(seed)
    arena_map = ArenaMap.make(8, SplitMix64(seed))
    chart = navigation_map(arena_map.setup())
    (x0, y0), (x1, y1) = open_point(arena_map, chance), open_point(arena_map, chance)
    x0, y0 = x0 + chance.uniform(-20, 20), y0 + chance.uniform(-20, 20)
    walls = [chart.is_wall(x0 + (x1 - x0) * t, y0 + (y1 - y0) * t) for t in np.linspace(0, 1, 4001).tolist()]
    if any(walls):
        # A graze of a corner between two teeth of the comb may be missed by it, not the other way round.
        assert not chart.sees(x0, y0, x1, y1)
    elif chart.sees(x0, y0, x1, y1) is False:
        assert not chart.lets_pass(x0, y0, x1, y1)


@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_a_way_leads_to_the_goal_and_a_ship_fits_through(seed: int) -> None:
    chance = random.Random(seed)
    arena_map = ArenaMap.make(8, SplitMix64(seed))
    chart = navigation_map(arena_map.setup())
    start, goal = open_point(arena_map, chance), open_point(arena_map, chance)
    way = chart.way(*start, *goal)
    assert way[0] == goal
    at = start
    for point in reversed(way):
        away = math.dist(at, point)
        for t in np.linspace(0, 1, int(away / 4) + 2).tolist():
            x, y = at[0] + (point[0] - at[0]) * t, at[1] + (point[1] - at[1]) * t
            for dx in (-SHIP_RADIUS / 2, SHIP_RADIUS / 2):
                assert not chart.is_wall(x + dx, y)
                assert not chart.is_wall(x, y + dx)
        at = point


def test_a_way_to_far_off_comes_nearer() -> None:
    arena_map = ArenaMap.make(1000, SplitMix64(1))
    chart = navigation_map(arena_map.setup())
    start = (middle(1), middle(1))
    goal = (middle(arena_map.width - 2), middle(arena_map.height - 2))
    assert math.dist(chart.way(*start, *goal)[0], goal) < math.dist(start, goal) - 5 * TILE


def test_bots_on_one_map_share_its_chart() -> None:
    setup = ArenaMap.make(8, SplitMix64(1)).setup()
    assert navigation_map(setup) is navigation_map(dict(setup))


def test_off_the_map_is_wall() -> None:
    chart = chart_from(WALLED)
    assert chart.is_wall(-1, 100)
    assert chart.is_wall(100, 10000)
