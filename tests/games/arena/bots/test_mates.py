"""Bots in teams: whom they fight, what they mind, and when they hold their fire."""

from __future__ import annotations

import random

import pytest

from game_server.games.arena.bots.gunner import Gunner
from game_server.games.arena.bots.perception import Perception, Scene, Sighting
from game_server.games.arena.bots.skills import SKILLS
from game_server.games.arena.constants import FIRE
from game_server.games.arena.events import Hit
from game_server.protocol import Command, View
from game_server.simulation import Rules
from tests.games.arena.bots.stage import BotStage
from tests.games.arena.playground import FIELD, HARSH_TEAMS, TEAMS


def ship(x: float, y: float, vx: float = 0.0, vy: float = 0.0) -> Sighting:
    return Sighting(1, 0, 0, x, y, vx, vy, 100, False, [], mate=True)


def beside(rules: Rules) -> BotStage:
    """Bot 0, its mate 2 at 150 units to the right, and its enemy 1 far below in a corner; all in view."""
    stage = BotStage(["hard"], players=3, drawing=FIELD, rules=rules)
    stage.ground.put(0, 500, 300)
    stage.ground.put(2, 650, 300)
    stage.ground.put(1, 500, 600)
    return stage


def look(stage: BotStage, *, spares_mates: bool) -> Scene:
    eyes = Perception(0, 0.0, 30, spares_mates=spares_mates)
    return eyes.look(stage.view(0))


@pytest.mark.parametrize("rules", [TEAMS, HARSH_TEAMS])
def test_mates_are_known_from_enemies(rules: Rules) -> None:
    scene = look(beside(rules), spares_mates=False)
    assert [other.player for other in scene.ships] == [1]
    assert [other.player for other in scene.mates] == [2]


def test_who_plays_alone_has_no_mates() -> None:
    scene = look(beside(Rules()), spares_mates=False)
    assert [other.player for other in scene.ships] == [1, 2]
    assert scene.mates == []


@pytest.mark.parametrize(("spares_mates", "minded"), [(True, [1]), (False, [1, 2])])
def test_bolts_of_mates_are_no_danger_unless_they_hurt(spares_mates: bool, minded: list[int]) -> None:
    stage = beside(TEAMS)
    for player in (1, 2):
        stage.ground.hold(player, FIRE, aim=2048)
    stage.ground.run(1)
    rows = stage.ground.arena.bolts.table.rows
    scene = look(stage, spares_mates=spares_mates)
    assert [int(rows.owner[bolt.name[0]]) for bolt in scene.bolts] == minded


def test_a_bot_left_with_a_mate_alone_never_fires() -> None:
    stage = BotStage(["hard"], players=3, drawing=FIELD, rules=TEAMS)
    stage.ground.ships.alive[1] = 0
    stage.ground.ships.respawn_wait[1] = 10_000
    fired = []

    def watch(player: int, command: Command) -> None:
        fired.append((player, command.buttons & FIRE))

    stage.run(200, watch)
    assert fired == [(0, 0)] * 200


# Friendly fire


@pytest.mark.parametrize(
    ("mate", "threatened"),
    [
        (ship(700, 500), True),
        (ship(700, 530), True),
        (ship(700, 590), False),
        (ship(300, 500), False),
        (ship(500, 500), True),
        (ship(1700, 500), False),
        (ship(950, 350, vy=300), True),
        (ship(950, 500, vy=300), False),
    ],
    ids=["ahead", "near the line", "beside", "behind", "in the same place", "out of range", "on its way in", "leaving"],
)
def test_a_shot_threatens_a_mate_whom_it_would_pass_closely(mate: Sighting, threatened: bool) -> None:
    gunner = Gunner(SKILLS["hard"], random.Random(1))
    gunner.aim = 0.0
    assert gunner.threatens(Scene(x=500, y=500, health=100, ships=[], bolts=[], things=[]), mate) == threatened


def fires_past(stage: BotStage, x: float, y: float) -> bool:
    """Whether bot 0 fires at the enemy on the right within two seconds, with its mate at ``x, y``."""
    brain, ground = stage.brains[0], stage.ground
    for _ in range(60):
        for player, place in enumerate([(300, 400), (700, 400), (x, y)]):
            ground.put(player, *place)
        view: View = stage.view(0)
        if brain.decide(view).buttons & FIRE:
            return True
        ground.run(1)
    return False


@pytest.mark.parametrize(("rules", "fires"), [(TEAMS, True), (HARSH_TEAMS, False)])
def test_a_bot_holds_its_fire_when_it_would_hit_the_mate_between(rules: Rules, fires: bool) -> None:
    stage = BotStage(["hard"], players=3, drawing=FIELD, rules=rules)
    assert fires_past(stage, 500, 400) == fires


def test_a_bot_fires_when_its_mate_is_out_of_the_line() -> None:
    stage = BotStage(["hard"], players=3, drawing=FIELD, rules=HARSH_TEAMS)
    assert fires_past(stage, 500, 600)


def test_in_a_fight_under_friendly_fire_it_is_enemies_that_are_hit() -> None:
    stage = BotStage(["hard"] * 6, drawing=FIELD, rules=HARSH_TEAMS)
    stage.run(1200)
    team = stage.ground.ships.team
    hits = [event for event in stage.ground.events if isinstance(event, Hit)]
    on_mates = sum(int(team[hit.attacker] == team[hit.victim]) for hit in hits)
    assert len(hits) > 30
    assert on_mates <= len(hits) / 8
