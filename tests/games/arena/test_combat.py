"""Hits, shields, protection, death and score."""

from __future__ import annotations

import numpy as np

from game_server.games.arena.bolts import Hits
from game_server.games.arena.constants import BOLT_DAMAGE, FIRE, MAX_HEALTH, SHIELDED_DAMAGE
from game_server.games.arena.events import Hit, Kill, Respawn
from tests.games.arena.playground import Playground


def strike(ground: Playground, attacker: int, victim: int, times: int = 1, *, scored: bool = True) -> None:
    """Let hits fall without anybody aiming."""
    at = np.zeros(times)
    hits = Hits(np.full(times, attacker, np.int32), np.full(times, victim), at, at)
    ground.arena.combat.apply(hits, scored=scored)


def unprotected() -> Playground:
    ground = Playground(2, playing=True)
    ground.ships.protected_left[:] = 0
    return ground


def test_a_hit_takes_a_fifth_of_the_hit_points() -> None:
    ground = unprotected()
    strike(ground, 0, 1)
    assert ground.ships.health[1] == MAX_HEALTH - BOLT_DAMAGE == 80


def test_a_shield_takes_most_of_a_hit() -> None:
    ground = unprotected()
    ground.ships.shield_left[1] = 10
    strike(ground, 0, 1)
    assert ground.ships.health[1] == MAX_HEALTH - SHIELDED_DAMAGE


def test_nothing_hurts_a_ship_under_protection() -> None:
    ground = Playground(2)
    strike(ground, 0, 1)
    assert ground.ships.health[1] == MAX_HEALTH
    assert ground.world.events == [Hit(0, 1, 0, 0, 0)]


def test_protection_ends_after_a_second_and_a_half() -> None:
    ground = Playground(2)
    ground.run(44)
    assert ground.ships.protected_left[0] == 1
    ground.run(1)
    assert ground.ships.protected_left[0] == 0


def test_firing_ends_protection_at_once() -> None:
    ground = Playground(1)
    ground.hold(0, FIRE)
    ground.run(1)
    assert ground.ships.protected_left[0] == 0


def test_the_fifth_hit_kills() -> None:
    ground = unprotected()
    strike(ground, 0, 1, times=4)
    assert ground.ships.alive[1]
    strike(ground, 0, 1)
    assert not ground.ships.alive[1]
    assert ground.world.events[-1] == Kill(0, 1)


def test_hits_on_a_wreck_do_nothing() -> None:
    ground = unprotected()
    strike(ground, 0, 1, times=9)
    assert [type(event) for event in ground.world.events] == [Hit] * 5 + [Kill]
    assert ground.ships.health[1] == 0


def test_a_kill_counts_for_the_killer_and_a_death_for_the_victim() -> None:
    ground = unprotected()
    strike(ground, 0, 1, times=5)
    scores = ground.arena.scores.rows
    assert scores.kills.tolist() == [1, 0]
    assert scores.deaths.tolist() == [0, 1]


def test_kills_outside_a_round_do_not_count() -> None:
    ground = unprotected()
    strike(ground, 0, 1, times=5, scored=False)
    assert ground.arena.scores.rows.kills.tolist() == [0, 0]


def test_the_dead_lose_what_they_carried_and_stand_still() -> None:
    ground = unprotected()
    ships = ground.ships
    ships.rapid_left[1], ships.shield_left[1], ships.vx[1], ships.dash_left[1] = 50, 0, 200, 3
    strike(ground, 0, 1, times=5)
    assert (ships.rapid_left[1], ships.vx[1], ships.dash_left[1]) == (0, 0, 0)


def test_the_dead_come_back_after_two_seconds_whole_and_protected() -> None:
    ground = unprotected()
    strike(ground, 0, 1, times=5)
    before = ground.run(59)
    assert not ground.ships.alive[1]
    assert Respawn(1) not in before
    assert Respawn(1) in ground.run(1)
    assert ground.ships.alive[1]
    assert ground.ships.health[1] == MAX_HEALTH
    assert ground.ships.protected_left[1] > 0


def test_two_ships_can_kill_each_other_in_one_tick() -> None:
    ground = unprotected()
    ground.put(0, 300, 400)
    ground.put(1, 500, 400)
    ground.wound(0, 1)
    ground.wound(1, 1)
    ground.hold(0, FIRE, aim=0)
    ground.hold(1, FIRE, aim=2048)
    ground.run(10)
    assert ground.ships.alive.tolist() == [0, 0]
