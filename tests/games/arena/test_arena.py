"""The whole game: what holds whatever players do, and that it is the same every time."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from game_server.games.arena.bolts import RANGE
from game_server.games.arena.constants import DASH, DASH_SPEED, FIRE, MAX_HEALTH, SHIP_RADIUS, TILE
from game_server.games.arena.events import Kill
from game_server.games.arena.tables import ALIVE, DASHING, PLAYING, PROTECTED
from game_server.simulation import Grid, Newcomer
from game_server.simulation.match.bot_sight import BotSight
from game_server.simulation.replication.replication import Replication
from tests.games.arena.playground import Playground


def press_at_random(ground: Playground, chance: random.Random) -> None:
    """Now and then everybody changes what they hold: anything that the wire lets through."""
    for player in range(ground.world.max_players):
        if chance.random() < 0.1:
            ground.hold(player, chance.randrange(65536), chance.randrange(4096))


def check(ground: Playground) -> None:
    """What holds after every tick."""
    arena, walls = ground.arena, ground.arena.map.walls
    ships, bolts = ground.ships, arena.bolts.table
    ids = arena.ships.live
    x, y = ships.x[ids], ships.y[ids]
    for corner_x in (x - SHIP_RADIUS, np.nextafter(x + SHIP_RADIUS, 0)):
        for corner_y in (y - SHIP_RADIUS, np.nextafter(y + SHIP_RADIUS, 0)):
            assert not walls[(corner_y // TILE).astype(int), (corner_x // TILE).astype(int)].any()
    assert (np.hypot(ships.vx[ids], ships.vy[ids]) <= DASH_SPEED * (1 + 1e-12)).all()
    assert ((ships.health[ids] >= 0) & (ships.health[ids] <= MAX_HEALTH)).all()
    assert ((ships.health[ids] > 0) == (ships.alive[ids] == 1)).all()
    assert ((ships.respawn_wait[ids] > 0) == (ships.alive[ids] == 0)).all()
    assert ((ships.flags[ids] & ALIVE > 0) == (ships.alive[ids] == 1)).all()
    assert ((ships.flags[ids] & DASHING > 0) == (ships.dash_left[ids] > 0)).all()
    assert ((ships.flags[ids] & PROTECTED > 0) == (ships.protected_left[ids] > 0)).all()
    flying = bolts.live
    at_x, at_y = bolts.rows.at_x[flying], bolts.rows.at_y[flying]
    assert not walls[(at_y // TILE).astype(int), (at_x // TILE).astype(int)].any()
    flown = np.hypot(at_x - bolts.rows.x[flying], at_y - bolts.rows.y[flying])
    assert (flown < np.minimum(bolts.rows.reach[flying] + 1e-6, RANGE)).all()


@settings(max_examples=6)
@given(st.integers(0, 2**32), st.sampled_from([10, 30, 60]))
def test_whatever_players_press_the_arena_stays_sound(seed: int, tick_rate: int) -> None:
    ground = Playground(12, drawing=None, seed=seed, tick_rate=tick_rate)
    chance = random.Random(seed)
    for _ in range(400):
        press_at_random(ground, chance)
        ground.run(1)
        check(ground)


@settings(max_examples=6)
@given(st.integers(0, 2**32))
def test_players_may_come_and_go_at_any_time(seed: int) -> None:
    ground = Playground(0, drawing=None, seed=seed, seats=6)
    chance = random.Random(seed)
    for _ in range(400):
        if chance.random() < 0.1:
            player = chance.randrange(6)
            if ground.arena.ships.alive[player]:
                ground.arena.leave(player)
            else:
                ground.arena.join(player, Newcomer())
        press_at_random(ground, chance)
        ground.run(1)
        check(ground)
        assert (ground.arena.scores.alive == ground.arena.ships.alive).all()


def test_scores_are_the_kills_that_were_sent() -> None:
    ground = Playground(16, drawing=None, seed=3)
    chance = random.Random(4)
    ground.play()
    ground.events.clear()
    while ground.arena.rounds.phase == PLAYING and ground.world.tick < 1500:
        press_at_random(ground, chance)
        ground.run(1)
    kills = [event for event in ground.events if isinstance(event, Kill)]
    scores = ground.arena.scores.rows
    assert len(kills) > 10
    for player in range(16):
        assert scores.kills[player] == sum(kill.killer == player for kill in kills)
        assert scores.deaths[player] == sum(kill.victim == player for kill in kills)


def test_events_carry_plain_integers() -> None:
    ground = Playground(16, drawing=None, seed=3)
    chance = random.Random(4)
    for _ in range(600):
        press_at_random(ground, chance)
        ground.run(1)
    assert len({type(event) for event in ground.events}) == 4
    for event in ground.events:
        assert all(type(value) is int for value in attrs.astuple(event))  # type: ignore[arg-type]


def test_a_player_who_holds_everything_at_once_breaks_nothing() -> None:
    ground = Playground(4, drawing=None)
    for player in range(4):
        ground.hold(player, 65535, 4095)
    for _ in range(200):
        ground.run(1)
        check(ground)


def hashes(ticks: int) -> list[str]:
    """The world after each tick of a match in which eight bots play, four of them from the third second on."""
    ground = Playground(4, drawing=None, seed=11, seats=8)
    arena, replication = ground.arena, Replication(ground.arena)
    sight = BotSight(arena, replication)
    skills = ("easy", "normal", "hard", "hard")
    brains = [arena.brain(arena.setup(), player, 30, skills[player % 4], seed=player) for player in range(8)]
    after = []
    for tick in range(ticks):
        if tick == 90:
            for player in range(4, 8):
                arena.join(player, Newcomer())
        replication.capture()
        for player in arena.ships.live.tolist():
            ground.hold(player, *brains[player].decide(sight.view(player))[:3])
        ground.run(1)
        after.append(ground.world.hash())
    return after


def test_the_same_seed_and_inputs_give_the_same_world_at_every_tick_in_any_process() -> None:
    script = f"from {__name__} import hashes; print(*hashes(400))"
    here = hashes(400)
    for hash_seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert done.stdout.split() == here


def test_another_seed_gives_another_world() -> None:
    assert Playground(2, drawing=None, seed=1).world.hash() != Playground(2, drawing=None, seed=2).world.hash()


def test_what_happens_is_sent_to_those_who_see_where_it_happens() -> None:
    ground = Playground(2, drawing="######\n#0..s#\n#....#\n######", playing=True)
    places: dict[str, list[Any]] = {}

    def note() -> None:
        for event, place in zip(ground.world.events, ground.world.places, strict=True):
            places.setdefault(event.name, []).append(tuple(map(float, place)) if place else None)

    ground.put(0, 100, 100)
    ground.put(1, 270, 160)
    ground.wound(0, 50)
    ground.run(1)
    note()
    ground.put(0, 200, 160)
    ground.wound(1, 20)
    ground.hold(0, FIRE, aim=0)
    for _ in range(4):
        ground.run(1)
        note()
    ground.hold(0, 0)
    assert places == {"pickup": [(100, 100)], "hit": [(252, 160)], "kill": [(270, 160)]}
    places.clear()
    for _ in range(2 * 30):
        ground.run(1)
        note()
    assert places == {"respawn": [(float(ground.ships.x[1]), float(ground.ships.y[1]))]}


@pytest.mark.parametrize(("seats", "cells"), [(32, 1), (33, 4)])
def test_up_to_32_seats_everybody_is_shown_the_whole_arena(seats: int, cells: int) -> None:
    ground = Playground(0, drawing=None, seats=seats)
    assert Grid(ground.arena.interest).cells >= cells
    assert (Grid(ground.arena.interest).cells == 1) == (seats == 32)
    if ground.arena.interest:
        interest, chart = ground.arena.interest, ground.arena.map
        assert (interest.world_width, interest.world_height) == (64 * chart.width, 64 * chart.height)


def test_a_ship_shows_what_it_is_and_has() -> None:
    ground = Playground(2, playing=True)
    ships = ground.ships
    for name, bit in (("shield_left", 2), ("rapid_left", 4), ("protected_left", 16)):
        ships.shield_left[:] = ships.rapid_left[:] = ships.protected_left[:] = 0
        getattr(ships, name)[0] = 2
        ground.run(1)
        assert ships.flags.tolist() == [1 | bit, 1]
        ground.run(1)
        assert ships.flags.tolist() == [1, 1]
    ground.hold(0, DASH)
    ground.run(1)
    assert ships.flags.tolist() == [1 | 8, 1]
    ships.alive[1], ships.respawn_wait[1] = 0, 10
    ground.run(1)
    assert ships.flags[1] == 0


def test_a_ship_aims_on_the_wire_in_256ths_of_a_turn_whatever_the_client_sent() -> None:
    ground = Playground(2, playing=True)
    for sent, shown in ((0, 0), (15, 0), (16, 1), (4095, 255), (4096, 0), (65535, 255)):
        ground.hold(0, 0, aim=sent)
        ground.run(1)
        assert ground.ships.aim[0] == shown
