"""Aiming."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.games.arena.bots.gunner import Gunner, aim_of, turn_between
from game_server.games.arena.bots.perception import Scene, Sighting
from game_server.games.arena.bots.skills import SKILLS

SCENE = Scene(x=500, y=500, health=100, ships=[], bolts=[], things=[])


def target(x: float, y: float, vx: float = 0.0, vy: float = 0.0) -> Sighting:
    return Sighting(1, 0, 0, x, y, vx, vy, 100, False, [])


def test_aims_are_4096ths_of_a_turn_clockwise_on_the_screen() -> None:
    assert [aim_of(*vector) for vector in ((1, 0), (0, 1), (-1, 0), (0, -1))] == [0, 1024, 2048, 3072]


@given(st.floats(0, 4096), st.floats(0, 4096))
def test_a_turn_is_the_short_way_round(start: float, end: float) -> None:
    turn = turn_between(start, end)
    assert -2048 <= turn <= 2048
    assert abs(turn_between((start + turn) % 4096, end)) < 1e-6


@pytest.mark.parametrize("skill", SKILLS.values(), ids=SKILLS)
def test_the_aim_turns_no_faster_than_the_skill_allows(skill: object) -> None:
    strength = next(one for one in SKILLS.values() if one is skill)
    gunner = Gunner(strength, random.Random(1))
    for tick in range(100):
        before = gunner.aim
        gunner.track(SCENE, target(500 + 300 * (-1) ** tick, 500), 1 / 30)
        assert abs(turn_between(before, gunner.aim)) <= strength.turn * 4096 / 30 + 1e-9


def test_a_better_hand_is_nearer_to_its_mark() -> None:
    off = {}
    for name, skill in SKILLS.items():
        gunner = Gunner(skill, random.Random(3))
        errors = []
        for _ in range(3000):
            gunner.track(SCENE, target(800, 500), 1 / 30)
            errors.append(abs(turn_between(gunner.aim, 0)))
        off[name] = sum(errors) / len(errors)
    assert off["hard"] < off["normal"] / 1.5 < off["easy"] / 2


def test_a_hard_bot_leads_a_target_that_moves_across() -> None:
    gunner = Gunner(SKILLS["hard"], random.Random(3))
    aims = []
    for _ in range(900):
        gunner.track(SCENE, target(800, 500, vy=300), 1 / 30)
        aims.append(turn_between(0, gunner.aim))
    # A bolt takes about a third of a second for the 300 units; the target is about 106 units further down by then.
    assert sum(aims[60:]) / len(aims[60:]) == pytest.approx(aim_of(300, 106), abs=12)
