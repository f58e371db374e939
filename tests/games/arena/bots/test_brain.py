"""Bots as opponents: three strengths, no sight beyond the screen, no harm from rare thinking."""

from __future__ import annotations

import attrs
import numpy as np
import pytest

from game_server.errors import ConfigError
from game_server.games.arena import Arena
from game_server.games.arena.bots import SKILLS
from game_server.games.arena.bots.brain import ArenaBrain
from game_server.games.arena.constants import FIRE, VIEW_HEIGHT, VIEW_WIDTH
from game_server.protocol import Command, Row, View
from tests.games.arena.bots.stage import BotStage
from tests.games.arena.playground import FIELD, Playground

PLACED = ("ship", "bolt", "pickup")


def cut_to_screen(view: View) -> View:
    """The view without the rows whose place is well off the screen."""
    x, y = view.own["x"], view.own["y"]
    # A bolt's row says where it was fired: it may fly in from a whole range away.
    margin = {"ship": 0.0, "bolt": 960.0, "pickup": 0.0}

    def on_screen(name: str, row: Row) -> bool:
        return (
            abs(row["x"] - x) <= VIEW_WIDTH / 2 + margin[name] and abs(row["y"] - y) <= VIEW_HEIGHT / 2 + margin[name]
        )

    tables = {
        name: {number: row for number, row in rows.items() if name not in PLACED or on_screen(name, row)}
        for name, rows in view.tables.items()
    }
    return attrs.evolve(view, tables=tables)


def crowd(view: View) -> View:
    """The view with ships, bolts and things just off the screen in every direction.

    The bolts have flown for 10 of 30 ticks a second: 300 units to the right of where they were fired.
    """
    x, y = view.own["x"], view.own["y"]
    edges = [(x + dx, y + dy) for dx in (-660, 0, 660) for dy in (-380, 0, 380) if dx or dy]
    tables = {name: dict(rows) for name, rows in view.tables.items()}
    for number, (there_x, there_y) in enumerate(edges, 1000):
        place = {"x": there_x, "y": there_y}
        tables["ship"][number] = {**place, "aim": 0, "health": 10, "flags": 1, "team": 0}
        tables["bolt"][number] = {
            "x": there_x - 300,
            "y": there_y,
            "aim": 0,
            "owner": number,
            "born": (view.tick - 10) % 256,
        }
        tables["pickup"][number] = {**place, "kind": 1}
    return attrs.evolve(view, tables=tables)


@pytest.mark.parametrize("skill", SKILLS)
def test_nothing_beyond_the_screen_changes_a_decision(skill: str) -> None:
    stage = BotStage([skill] * 6, seed=5)
    arena = stage.ground.arena
    cut, crowded = (arena.brain(arena.setup(), 0, 30, skill, seed=500) for _ in range(2))

    def compare(player: int, command: Command) -> None:
        view = stage.view(0)
        if player == 0 and view.own["alive"]:
            assert cut.decide(cut_to_screen(view)) == command
            assert crowded.decide(crowd(view)) == command
        elif player == 0:
            assert cut.decide(view) == crowded.decide(view) == command

    stage.run(500, compare)


@pytest.mark.parametrize("alive", [True, False])
def test_a_bot_that_has_rested_or_was_sunk_remembers_nobody(alive: bool) -> None:
    stage = BotStage(["easy"] * 2)
    brain = stage.ground.arena.brain(stage.ground.arena.setup(), 0, 30, "easy", seed=1)
    view = stage.view(0)
    own = dict(view.own)
    ship = {"x": own["x"] + 100, "y": own["y"], "aim": 0, "health": 10, "flags": 1, "team": 0}
    before = attrs.evolve(view, own={**own, "alive": 1}, tables={**view.tables, "ship": {1000: ship}})
    brain.decide(before)
    if alive:
        after = attrs.evolve(before, tick=before.tick + 60)
    else:
        brain.decide(attrs.evolve(before, tick=before.tick + 1, own={**own, "alive": 0}))
        after = attrs.evolve(before, tick=before.tick + 2)
    brain.decide(after)
    assert isinstance(brain, ArenaBrain)
    assert {known.since for known in brain._perception._known.values()} == {after.tick}


@pytest.mark.parametrize(("stronger", "weaker"), [("hard", "normal"), ("normal", "easy")])
def test_four_stronger_bots_kill_far_more_than_four_weaker_ones(stronger: str, weaker: str) -> None:
    won = lost = 0
    for seed in range(2):
        stage = BotStage([stronger, weaker] * 4, seed=seed)
        stage.run(1600)
        won += sum(stage.kills()[::2])
        lost += sum(stage.kills()[1::2])
    assert won >= 12
    assert won >= 1.5 * lost


def test_easy_bots_can_kill_each_other() -> None:
    stage = BotStage(["easy"] * 8, seed=2)
    stage.run(1200)
    assert sum(stage.kills()) > 0


def test_a_bot_that_thinks_only_three_times_a_second_still_gets_about_and_fights() -> None:
    stage = BotStage(["hard", "hard", "easy", "easy"], seed=4)
    stage.think_every = 10
    stage.run(1500)
    assert sum(stage.kills()) > 0


def test_bots_get_about_and_are_never_stuck() -> None:
    stage = BotStage(["easy", "normal", "hard", "normal"], seed=3)
    ships = stage.ground.ships
    places = []
    for _ in range(10):
        stage.run(120)
        places.append(np.stack((ships.x, ships.y)))
    assert (np.ptp(np.array(places), axis=0).max(axis=0) > 300).all()


def test_a_bot_alone_on_the_map_explores_it() -> None:
    stage = BotStage(["normal"])
    seen = set()
    for _ in range(60):
        stage.run(30)
        seen.add((int(stage.ground.ships.x[0] // 256), int(stage.ground.ships.y[0] // 256)))
    assert len(seen) >= 6


def test_a_hurt_bot_goes_for_health_in_sight() -> None:
    field = FIELD.replace("#..................#", "#...............0..#", 2).replace("0", ".", 1)
    stage = BotStage(["normal"], drawing=field)
    stage.ground.put(0, 200, 200)
    stage.ground.wound(0, 15)
    stage.run(150)
    assert stage.ground.ships.health[0] == 65


def test_every_command_is_one_that_the_protocol_allows() -> None:
    stage = BotStage(["easy", "normal", "hard", "hard"], seed=9)

    def check(_: int, command: Command) -> None:
        assert type(command.buttons) is int
        assert type(command.aim) is int
        assert 0 <= command.buttons < 64
        assert 0 <= command.aim < 4096

    stage.run(600, check)


def test_the_dead_and_those_without_a_ship_press_nothing() -> None:
    ground = Playground(2, drawing=None)
    brain = Arena.brain(ground.arena.setup(), 0, 30, "hard", 1)
    assert brain.decide(View(0, 5, {}, {"ship": {}, "bolt": {}, "pickup": {}})).buttons == 0
    stage = BotStage(["hard", "hard"])
    stage.ground.ships.alive[0], stage.ground.ships.respawn_wait[0] = 0, 60
    stage.ground.ships.health[0] = 0
    stage.ground.run(1)
    assert stage.brains[0].decide(stage.view(0)).buttons == 0


@pytest.mark.parametrize("skill", SKILLS)
def test_nobody_fires_at_a_ship_before_the_reaction_time_is_over(skill: str) -> None:
    stage = BotStage([skill], players=2, drawing=FIELD)
    stage.ground.put(0, 200, 400)
    stage.ground.put(1, 1200, 400)
    stage.run(1)
    stage.ground.put(0, 200, 400)
    stage.ground.put(1, 500, 400)
    fired: list[int] = []
    stage.run(60, lambda _, command: fired.append(command.buttons & FIRE))
    first = next((tick for tick, fire in enumerate(fired) if fire), None)
    assert first is not None
    assert first >= round(SKILLS[skill].reaction * 30)


def test_the_same_seed_decides_the_same() -> None:
    first, second = BotStage(["hard", "normal"], seed=6), BotStage(["hard", "normal"], seed=6)
    first.run(300)
    second.run(300)
    assert first.ground.world.hash() == second.ground.world.hash()


def test_an_unknown_skill_is_refused_with_a_list_of_what_there_is() -> None:
    setup = Playground(1).arena.setup()
    with pytest.raises(ConfigError, match="no bot skill 'god'; there is gentle, easy, normal, hard"):
        Arena.brain(setup, 0, 30, "god", 1)
