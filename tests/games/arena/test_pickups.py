"""Things to take."""

from __future__ import annotations

import pytest

from game_server.games.arena.constants import (
    HEALTH_PACK_POINTS,
    MAX_HEALTH,
    PICKUP_REACH,
    PICKUP_SECONDS,
    RAPID_SECONDS,
    SHIELD_SECONDS,
)
from game_server.games.arena.events import PickupTaken
from game_server.games.arena.tables import HEALTH_PACK, RAPID, RAPID_FIRE, SHIELD, SHIELDED
from tests.games.arena.playground import Playground, middle

SPOTS = """
####################
#..................#
#..0....1....2.....#
#..................#
#................s.#
####################
"""
HEALTH_X, RAPID_X, SHIELD_X, Y = middle(3), middle(8), middle(13), middle(2)


@pytest.fixture
def ground() -> Playground:
    return Playground(2, drawing=SPOTS, playing=True)


def test_every_spot_has_its_thing_from_the_start(ground: Playground) -> None:
    table = ground.arena.pickups.table
    assert sorted(table.rows.kind[table.live].tolist()) == [HEALTH_PACK, RAPID_FIRE, SHIELD]


def test_a_health_pack_gives_hit_points(ground: Playground) -> None:
    ground.wound(0, 20)
    ground.put(0, HEALTH_X, Y)
    assert ground.run(1) == [PickupTaken(0, HEALTH_PACK)]
    assert ground.ships.health[0] == 20 + HEALTH_PACK_POINTS


def test_a_health_pack_fills_up_to_the_top_and_no_more(ground: Playground) -> None:
    ground.wound(0, 90)
    ground.put(0, HEALTH_X, Y)
    ground.run(1)
    assert ground.ships.health[0] == MAX_HEALTH


def test_a_whole_ship_leaves_a_health_pack_where_it_is(ground: Playground) -> None:
    ground.put(0, HEALTH_X, Y)
    assert ground.run(5) == []


def test_rapid_fire_lasts_its_seconds_and_shows(ground: Playground) -> None:
    ground.put(0, RAPID_X, Y)
    ground.run(1)
    assert ground.ships.rapid_left[0] == RAPID_SECONDS * 30
    assert ground.ships.flags[0] & RAPID
    ground.run(RAPID_SECONDS * 30)
    assert ground.ships.rapid_left[0] == 0
    assert not ground.ships.flags[0] & RAPID


def test_a_shield_lasts_its_seconds_and_shows(ground: Playground) -> None:
    ground.put(0, SHIELD_X, Y)
    ground.run(1)
    assert ground.ships.shield_left[0] == SHIELD_SECONDS * 30
    assert ground.ships.flags[0] & SHIELDED


def test_what_was_taken_is_gone_and_comes_back_on_its_spot(ground: Playground) -> None:
    ground.put(0, SHIELD_X, Y)
    ground.run(1)
    ground.put(0, middle(17), middle(4))
    table = ground.arena.pickups.table
    assert len(table) == 2
    ground.run(PICKUP_SECONDS * 30 - 1)
    assert len(table) == 2
    ground.run(1)
    assert len(table) == 3
    assert {(row["x"], row["kind"]) for row in map(table.row, table.live.tolist())} == {
        (HEALTH_X, HEALTH_PACK),
        (RAPID_X, RAPID_FIRE),
        (SHIELD_X, SHIELD),
    }


def test_the_rules_are_due_when_what_was_taken_comes_back(ground: Playground) -> None:
    ground.put(0, RAPID_X, Y)
    ground.run(1)
    taken = ground.world.tick
    ground.put(0, SHIELD_X, Y)
    ground.run(60)
    assert ground.arena.due == taken + PICKUP_SECONDS * 30


def test_a_new_round_finds_everything_back_on_its_spot(ground: Playground) -> None:
    ground.put(0, SHIELD_X, Y)
    ground.run(1)
    assert len(ground.arena.pickups.table) == 2
    ground.arena.start_afresh()
    assert len(ground.arena.pickups.table) == 3


def test_a_thing_is_taken_from_within_reach_and_not_from_beyond(ground: Playground) -> None:
    ground.put(0, SHIELD_X + PICKUP_REACH + 1, Y)
    assert ground.run(1) == []
    ground.put(0, SHIELD_X + PICKUP_REACH, Y)
    assert ground.run(1) == [PickupTaken(0, SHIELD)]


def test_the_nearer_of_two_ships_gets_it(ground: Playground) -> None:
    ground.put(0, SHIELD_X + 20, Y)
    ground.put(1, SHIELD_X - 10, Y)
    assert ground.run(1) == [PickupTaken(1, SHIELD)]


def test_the_dead_take_nothing(ground: Playground) -> None:
    ground.put(0, SHIELD_X, Y)
    ground.ships.alive[0], ground.ships.respawn_wait[0] = 0, 20
    assert ground.run(1) == []
