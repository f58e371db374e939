"""The predicted rule of a declared game in both languages: the same rows and inputs, compared bit for bit."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np

from game_server.simulation import Game
from game_server.testing.playing import play

ROWS: Final = 2000
PATIENCE: Final = 60.0
"""Seconds for the rows in JavaScript."""
_DRIVER: Final = """
import { readFileSync } from "node:fs";
import { create } from "./rules.mjs";
const { rate, cases } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { step } = create(rate);
console.log(JSON.stringify(cases.map(({ own, buttons, aim }) => step(own, buttons, aim))));
"""


def first_mismatch(game: type[Game]) -> str | None:
    """Run the predicted rule of ``game`` on random rows in Python and in JavaScript, and describe the first difference.

    Returns:
        None if there is none. Empty if there was nothing to compare: no predicted rule, or no Node.js here.

    Raises:
        subprocess.CalledProcessError: the rule raises in JavaScript.
    """
    node = shutil.which("node")
    if not game.rules_script or not hasattr(game, "declared") or node is None:
        return ""
    cases, expected = _in_python(game)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "rules.mjs").write_text(game.rules_script)
        Path(folder, "driver.mjs").write_text(_DRIVER)
        Path(folder, "cases.json").write_text(json.dumps({"rate": game.tick_rate, "cases": cases}))
        done = subprocess.run(
            [node, "driver.mjs", "cases.json"], cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=True
        )
    for case, ours, theirs in zip(cases, expected, json.loads(done.stdout), strict=True):
        for field, value in ours.items():
            if theirs[field] != value:
                return f"from {case}: {field} is {value!r} in Python, {theirs[field]!r} in JavaScript"
    return None


def _in_python(game: type[Game]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return rows with inputs, and the same rows one tick later."""
    chance = random.Random(1)
    match = play(game, game.seats[0])
    owned, rule = match.game.owned, game.declared.rule  # type: ignore[attr-defined]
    specs = {spec.name: spec for spec in owned.specs if spec.owner}
    cases: list[dict[str, Any]] = []
    expected: list[dict[str, Any]] = []
    while len(cases) < ROWS:
        for name, spec in specs.items():
            column = owned.column(name)
            for player in match.seated:
                column[player] = _any(spec, column.dtype, chance)
        buttons = np.array([chance.randrange(2**16) for _ in range(match.world.max_players)])
        aims = np.array([chance.randrange(2**16) for _ in range(match.world.max_players)])
        before = {player: _own(owned, specs, player) for player in match.seated}
        rule.run(owned, buttons, aims, match.world.dt)
        for player in match.seated:
            cases.append({"own": before[player], "buttons": int(buttons[player]), "aim": int(aims[player])})
            expected.append(_own(owned, specs, player))
    return cases, expected


def _own(owned: Any, specs: Any, player: int) -> dict[str, Any]:
    return {name: owned.column(name)[player].item() for name in specs}


def _any(spec: Any, dtype: Any, chance: random.Random) -> float:
    """A value that the field may have; often one of its ends, where rules have their edges."""
    if spec.wire is not None:
        low, high = spec.wire.offset, spec.wire.offset + spec.wire.step * spec.wire.largest
    else:
        low, high = (0, 100) if np.issubdtype(dtype, np.integer) else (-500.0, 500.0)
    if chance.random() < 0.2:
        return float(low if chance.random() < 0.5 else high)
    value = chance.uniform(low, high)
    return float(int(value)) if np.issubdtype(dtype, np.integer) else float(value)
