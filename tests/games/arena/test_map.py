"""Maps: fair, connected, and as large as the seats ask for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from game_server.games.arena.constants import TILE
from game_server.games.arena.map import MAX_TILES, ArenaMap, size_for, walls_of
from game_server.games.arena.tables import COORDINATE_MAX
from game_server.simulation import SplitMix64

maps = st.builds(
    lambda players, seed: ArenaMap.make(players, SplitMix64(seed)), st.integers(1, 60), st.integers(0, 2**32)
)


def reachable(walls: Any) -> Any:
    """The open tiles that the first open tile is connected with."""
    reached = np.zeros_like(walls)
    reached[tuple(np.argwhere(~walls)[0])] = True
    while True:
        grown = reached.copy()
        grown[1:] |= reached[:-1]
        grown[:-1] |= reached[1:]
        grown[:, 1:] |= reached[:, :-1]
        grown[:, :-1] |= reached[:, 1:]
        grown &= ~walls
        if (grown == reached).all():
            return reached
        reached = grown


def check(arena_map: ArenaMap) -> None:
    walls = arena_map.walls
    assert walls[0].all(), "the rim is wall"
    assert walls[-1].all()
    assert walls[:, 0].all()
    assert walls[:, -1].all()
    assert (walls == walls[::-1, ::-1]).all(), "half a turn changes nothing"
    assert (reachable(walls) == ~walls).all(), "every open tile can be reached"
    corner = walls[:-1, :-1] & walls[1:, 1:] & ~walls[1:, :-1] & ~walls[:-1, 1:]
    other_corner = walls[1:, :-1] & walls[:-1, 1:] & ~walls[:-1, :-1] & ~walls[1:, 1:]
    assert not corner.any(), "no walls touch at a corner only"
    assert not other_corner.any()
    for points in (arena_map.spawns, arena_map.pickups):
        columns, rows = (points // TILE).astype(int).T
        assert not walls[rows, columns].any(), "spawns and pick-ups are in the open"
        turned = {(arena_map.width * TILE - x, arena_map.height * TILE - y) for x, y in points.tolist()}
        assert turned == {(x, y) for x, y in points.tolist()}, "they too look the same after half a turn"


@settings(max_examples=60)
@given(maps)
def test_small_maps_are_fair_and_connected(arena_map: ArenaMap) -> None:
    check(arena_map)


@pytest.mark.parametrize("players", [300, 1000, 3000])
def test_large_maps_are_fair_and_connected(players: int) -> None:
    check(ArenaMap.make(players, SplitMix64(players)))


@settings(max_examples=40)
@given(maps)
def test_opposite_pickups_are_of_the_same_kind(arena_map: ArenaMap) -> None:
    kinds = {
        (x, y): kind for (x, y), kind in zip(arena_map.pickups.tolist(), arena_map.pickup_kinds.tolist(), strict=True)
    }
    assert all(kinds[arena_map.width * TILE - x, arena_map.height * TILE - y] == kind for (x, y), kind in kinds.items())


@settings(max_examples=40)
@given(st.integers(1, 120), st.integers(0, 2**32))
def test_there_is_a_spawn_place_for_every_seat(players: int, seed: int) -> None:
    assert len(ArenaMap.make(players, SplitMix64(seed)).spawns) >= players


@given(st.integers(1, 65535))
def test_every_place_has_coordinates_that_fit_the_wire(players: int) -> None:
    width, height = size_for(players)
    assert 20 <= width <= MAX_TILES
    assert 13 <= height <= MAX_TILES
    assert max(width, height) * TILE <= COORDINATE_MAX


def test_sixteen_players_meet_on_thirty_by_twenty_two_tiles() -> None:
    assert size_for(16) == (30, 22)


def test_room_grows_with_the_seats() -> None:
    sizes = [size_for(players) for players in (2, 16, 100, 300, 1000, 2000)]
    areas = [width * height for width, height in sizes]
    assert areas == sorted(areas)
    assert 8 < areas[-2] / areas[2] < 10


@settings(max_examples=30)
@given(st.integers(2, 40), st.integers(0, 2**32))
def test_the_first_spawn_places_are_far_from_each_other(players: int, seed: int) -> None:
    places = ArenaMap.make(players, SplitMix64(seed)).spawns[:players]
    apart = ((places[:, None] - places[None]) ** 2).sum(axis=2)[~np.eye(players, dtype=bool)]
    assert apart.min() >= (3 * TILE) ** 2


def test_the_same_chance_gives_the_same_map_and_another_another() -> None:
    first, second, third = (ArenaMap.make(16, SplitMix64(seed)) for seed in (5, 5, 6))
    assert (first.walls == second.walls).all()
    assert (first.pickups == second.pickups).all()
    assert not np.array_equal(first.walls, third.walls)


@given(maps)
@settings(max_examples=20)
def test_clients_can_read_the_walls_from_the_setup(arena_map: ArenaMap) -> None:
    setup = arena_map.setup()
    assert (walls_of(setup) == arena_map.walls).all()
    tile = 3 * arena_map.width + 5
    assert bool(setup["walls"][tile // 8] >> tile % 8 & 1) == bool(arena_map.walls[3, 5])
