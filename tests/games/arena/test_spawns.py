"""Where ships appear."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from game_server.games.arena import Arena, spawns
from game_server.games.arena.constants import MAX_HEALTH, SPAWN_CLEARANCE
from game_server.simulation import Newcomer, World
from tests.games.arena.playground import Playground, middle

CORNERS = """
############################
#s........................s#
#..........................#
#..........................#
#s........................s#
############################
"""


def kill(ground: Playground, player: int) -> None:
    ground.ships.alive[player] = 0
    ground.ships.respawn_wait[player] = 1


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.integers(2, 16), st.integers(0, 4000))
def test_a_respawn_keeps_clear_of_enemies_as_far_as_the_map_allows(seed: int, players: int, pick: int) -> None:
    ground = Playground(players, drawing=None, seed=seed)
    chance = np.random.default_rng(pick)
    places = ground.arena.map.spawns
    for player in range(players):
        ground.put(player, *places[chance.integers(len(places))])
    kill(ground, 0)
    ground.run(1)
    enemies = np.stack((ground.ships.x[1:], ground.ships.y[1:]), axis=1)
    clearance = np.sqrt(((places[:, None] - enemies[None]) ** 2).sum(axis=2).min(axis=1))
    own = np.hypot(*(enemies - [ground.ships.x[0], ground.ships.y[0]]).T).min()
    assert own >= min(SPAWN_CLEARANCE, clearance.max()) - 1e-9


def test_a_respawn_is_in_the_only_corner_that_is_free() -> None:
    ground = Playground(4, drawing=CORNERS)
    for player, (column, row) in enumerate([(5, 2), (1, 1), (1, 4), (26, 1)]):
        ground.put(player, middle(column), middle(row))
    kill(ground, 0)
    ground.run(1)
    assert (ground.ships.x[0], ground.ships.y[0]) == (middle(26), middle(4))


def test_two_who_come_back_in_one_tick_do_not_get_one_place() -> None:
    ground = Playground(2, drawing=CORNERS)
    kill(ground, 0)
    kill(ground, 1)
    ground.run(1)
    assert len({(x, y) for x, y in zip(ground.ships.x.tolist(), ground.ships.y.tolist(), strict=True)}) == 2


def test_a_newcomer_appears_whole_protected_and_at_rest() -> None:
    ground = Playground(1)
    assert ground.ships.alive[0]
    assert ground.ships.health[0] == MAX_HEALTH
    assert ground.ships.protected_left[0] > 0
    assert (ground.ships.vx[0], ground.ships.vy[0]) == (0, 0)


def test_a_round_begins_with_everybody_on_a_place_of_their_own() -> None:
    ground = Playground(16, drawing=None)
    ground.play()
    taken = {(x, y) for x, y in zip(ground.ships.x.tolist(), ground.ships.y.tolist(), strict=True)}
    assert len(taken) == 16
    assert taken == {(x, y) for x, y in ground.arena.map.spawns[:16].tolist()}


@pytest.mark.parametrize("team", [0, 1])
def test_only_ships_that_are_near_a_place_are_looked_at_and_nothing_is_missed(
    monkeypatch: pytest.MonkeyPatch, team: int
) -> None:
    arena = Arena(World(seed=3, max_players=300, tick_rate=30))
    for player in range(300):
        arena.join(player, Newcomer())
    arena.ships.rows.team[:300] = np.arange(300) % 3
    appeared = []
    for most in (0, 10**9):
        monkeypatch.setattr(spawns, "_MANY_PAIRS", most)
        arena.world.random.state = 8
        arena.ships.rows.team[7], arena.ships.rows.alive[7] = team, 0
        arena.spawns.appear([7], 0)
        appeared.append((arena.ships.rows.x[7], arena.ships.rows.y[7]))
    assert appeared[0] == appeared[1]
