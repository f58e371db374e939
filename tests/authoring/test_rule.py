"""The module that browsers predict with: what the server computes, row by row."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from game_server.author import Aim, Bot, Button, Entity, Game, Inputs, Pointer, Stick, Wheel, count
from game_server.errors import RulesError
from game_server.simulation import SKILLS, View
from game_server.simulation import Inputs as EngineInputs
from tests.authoring.coins import Coins, match, play
from tests.authoring.translation.in_node import NODE

STEPS = """
import { readFileSync } from "node:fs";
const { create } = await import(process.argv[2]);
const rule = create(10);
let { own, inputs } = JSON.parse(readFileSync(process.argv[3], "utf8"));
const rows = [];
for (const [buttons, aim] of inputs) {
  const before = JSON.stringify(own);
  const after = rule.step(own, buttons, aim);
  if (JSON.stringify(own) !== before) throw new Error("the row that went in has changed");
  own = after;
  rows.push(own);
}
console.log(JSON.stringify(rows));
"""


def own_row(game: Game) -> dict[str, Any]:
    names = [spec.name for spec in game.owned.specs if spec.owner]
    return {name: game.owned.column(name)[0].item() for name in names}


def test_the_served_module_steps_the_own_row_as_the_server_does(tmp_path: Path) -> None:
    game = match(players=1)
    chance = random.Random(3)
    inputs = [(chance.getrandbits(16), chance.getrandbits(12)) for _ in range(1000)]
    begun = own_row(game)
    rows = []
    for buttons, aim in inputs:
        given = EngineInputs.none(4)
        given.give(0, (buttons, aim, 0))
        game.world.advance()
        game.step(given)
        rows.append(own_row(game))
    (tmp_path / "rules.mjs").write_text(game.rules_script)
    (tmp_path / "given.json").write_text(json.dumps({"own": begun, "inputs": inputs}))
    (tmp_path / "steps.mjs").write_text(STEPS)
    command = [NODE, *(tmp_path / name for name in ("steps.mjs", "rules.mjs", "given.json"))]
    answer = subprocess.run(command, check=True, capture_output=True, timeout=60).stdout
    assert json.loads(answer) == rows
    assert len({row["level"] for row in rows}) > 3
    assert len({row["quick"] for row in rows}) == 2


READ = """
import { readFileSync } from "node:fs";
const { create } = await import(process.argv[2]);
const words = JSON.parse(readFileSync(process.argv[3], "utf8"));
console.log(JSON.stringify(words.map(([buttons, aim]) => create(10).input(buttons, aim))));
"""


def test_every_kind_of_input_is_the_same_in_both_languages(tmp_path: Path) -> None:
    chance = random.Random(4)
    words = [(chance.getrandbits(16), chance.getrandbits(16)) for _ in range(2000)]
    all_kinds = (
        Inputs(dash=Button(), move=Stick(analogue=True), wide=Wheel(100), aim=Aim()),
        Inputs(draw=Button(), at=Pointer(), move=Stick(), wide=Wheel(5), more=Button()).on_field((1280, 700.5)),
    )
    for inputs in all_kinds:
        (tmp_path / "rules.mjs").write_text(f"{inputs.js()}\nexport const create = () => ({{ input }});\n")
        (tmp_path / "given.json").write_text(json.dumps(words))
        (tmp_path / "read.mjs").write_text(READ)
        command = [NODE, *(tmp_path / name for name in ("read.mjs", "rules.mjs", "given.json"))]
        answer = subprocess.run(command, check=True, capture_output=True, timeout=60).stdout
        ours = [inputs.read(*word) for word in words]
        assert json.loads(answer) == [{name: getattr(made, name) for name in inputs.kinds} for made in ours]


def test_a_field_that_becomes_infinite_stops_the_match_by_name() -> None:
    class Burst(Coins):
        def predicted(me, input, dt):  # type: ignore[no-untyped-def]  # noqa: N805
            me.x = me.x * 1e300 + 1e300 + input.move_x * dt

    with pytest.raises(RulesError, match=r"predicted\(\) has set x of player 0 to inf"):
        play(match(Burst), 2)


def test_bots_see_rows_and_press_inputs() -> None:
    view = View(1, 5, {"x": 10.5, "y": 0.0, "quick": 1}, {
        "player": {0: {"x": 9, "y": 9, "quick": 0}, 1: {"x": 10, "y": 0, "quick": 1}},
        "coin": {4: {"x": 30, "y": 0, "worth": 2}, 2: {"x": 20, "y": 20, "worth": 1}},
        "purse": {0: {"paid": 0}},
    })  # fmt: skip
    brain = Coins.brain({}, 1, 10, SKILLS[0], 9)
    assert brain.decide(view)[:3] == (8, 7, 0)
    assert brain.decide(View(3))[:3] == (0, 0, 0)


def test_a_bot_that_nobody_has_written_strolls_about() -> None:
    class Alone(Coins):
        pass

    brain = Alone.brain({}, 0, 10, SKILLS[0], 9)
    pressed = {brain.decide(View(0, tick, {}, {"player": {0: {"x": 1, "y": 1}}})).buttons for tick in range(200)}
    assert len(pressed) > 4


def test_a_bot_of_no_game_is_refused() -> None:
    with pytest.raises(RulesError, match=r"Lost: plays=<class 'int'> is no game of game_server.author"):

        class Lost(Bot, plays=int):
            pass


def test_a_bot_that_looks_for_something_else_gets_its_names() -> None:
    class Blind(Bot, plays=type("Plain", (Game,), {"Player": type("Player", (Entity,), {"level": count(0, 3)})})):
        def think(self, me: Any, seen: Any) -> dict[str, Any]:
            return {"move": (me.x, len(seen.players))}

    brain = Blind.game.brain({}, 0, 10, SKILLS[0], 9)
    with pytest.raises(AttributeError, match="a bot sees no 'x' here, but level"):
        brain.decide(View(0, 1, {}, {"player": {0: {"level": 2}}}))
