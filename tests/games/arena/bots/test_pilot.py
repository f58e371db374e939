"""Steering."""

from __future__ import annotations

import random

import attrs
import pytest

from game_server.games.arena.bots.intent import Intent
from game_server.games.arena.bots.navigation import navigation_map
from game_server.games.arena.bots.perception import Scene, Sighting, Threat
from game_server.games.arena.bots.pilot import Pilot, buttons_towards
from game_server.games.arena.bots.skills import SKILLS
from game_server.games.arena.constants import DASH, DOWN, LEFT, RIGHT, UP
from tests.games.arena.playground import FIELD, map_from

CALM = Scene(x=600, y=400, health=100, ships=[], bolts=[], things=[])
IDLE = Intent(target=None, goal=None)


def pilot(dodge: float = 1.0, skill: str = "hard") -> Pilot:
    return Pilot(navigation_map(map_from(FIELD).setup()), attrs.evolve(SKILLS[skill], dodge=dodge), random.Random(1))


def under_fire(off: float, away: float = 200) -> Scene:
    """A bolt comes from the left and will pass ``off`` world units below the ship."""
    return attrs.evolve(CALM, bolts=[Threat((1, 1), CALM.x - away, CALM.y + off, 1.0, 0.0)])


def enemy(x: float, y: float) -> Intent:
    return Intent(Sighting(1, 0, 0, x, y, 0.0, 0.0, 100, False, []), None)


@pytest.mark.parametrize(
    ("off", "way"), [(10, UP), (-10, DOWN)], ids=["a bolt that passes below: up", "one that passes above: down"]
)
def test_a_bolt_is_dodged_to_the_nearer_side(off: float, way: int) -> None:
    assert pilot().steer(under_fire(off), IDLE, 0.0, dash_ready=True, seconds=1 / 30) == way


def test_a_bolt_that_is_nearly_there_is_dodged_with_a_dash() -> None:
    assert pilot().steer(under_fire(10, away=90), IDLE, 0.0, dash_ready=True, seconds=1 / 30) == UP | DASH
    assert pilot().steer(under_fire(10, away=90), IDLE, 0.0, dash_ready=False, seconds=1 / 30) == UP


def test_a_bolt_that_misses_is_let_pass() -> None:
    assert pilot().steer(under_fire(80), IDLE, 0.0, dash_ready=True, seconds=1 / 30) == 0


def test_a_bolt_that_has_passed_is_no_threat() -> None:
    assert pilot().steer(under_fire(0, away=-50), IDLE, 0.0, dash_ready=True, seconds=1 / 30) == 0


def test_who_does_not_dodge_stands() -> None:
    assert pilot(dodge=0.0).steer(under_fire(0), IDLE, 0.0, dash_ready=True, seconds=1 / 30) == 0


def test_a_far_enemy_is_approached_and_a_close_one_kept_away() -> None:
    assert pilot().steer(CALM, enemy(1200, 400), 0.0, dash_ready=False, seconds=1 / 30) & RIGHT
    assert pilot().steer(CALM, enemy(700, 400), 0.0, dash_ready=False, seconds=1 / 30) & LEFT


def test_who_is_on_a_long_way_and_in_no_fight_dashes() -> None:
    def held(intent: Intent, skill: str = "hard") -> int:
        return pilot(skill=skill).steer(CALM, intent, 300.0, dash_ready=True, seconds=1 / 30)

    there = (CALM.x + 450, CALM.y)
    assert held(Intent(None, there)) == RIGHT | DASH
    assert held(Intent(None, (CALM.x + 350, CALM.y))) == RIGHT
    assert held(Intent(None, there), "easy") == RIGHT
    assert held(attrs.evolve(enemy(1200, 400), goal=there)) == RIGHT


def test_in_a_fight_a_bot_keeps_moving_sideways() -> None:
    held = pilot().steer(CALM, enemy(870, 400), 0.0, dash_ready=False, seconds=1 / 30)
    assert held in (UP, DOWN)


def test_circling_turns_back_at_a_wall() -> None:
    beside_the_wall = attrs.evolve(CALM, y=90)
    held = pilot().steer(beside_the_wall, enemy(870, 90), 0.0, dash_ready=False, seconds=1 / 30)
    assert held == DOWN


@pytest.mark.parametrize(
    ("vector", "held"),
    [
        ((100, 0), RIGHT),
        ((100, 30), RIGHT),
        ((100, 60), RIGHT | DOWN),
        ((-100, -100), LEFT | UP),
        ((2, -100), UP),
        ((2, -3), 0),
        ((4, 0), 0),
        ((0, -4), 0),
        ((5, 0), RIGHT),
        ((0, 5), DOWN),
    ],
)
def test_steering_picks_the_nearest_of_eight_ways(vector: tuple[float, float], held: int) -> None:
    assert buttons_towards(*vector) == held
