"""A predicted rule gives the same bits in Python and in JavaScript."""

from __future__ import annotations

import importlib.util
import math
import random
import struct
import subprocess
import types
from pathlib import Path
from typing import Any

from game_server.authoring.translation import BOOL, NUMBER, Kind, translate
from tests.authoring.translation.in_node import NODE, Values, bits_of, run_in_node
from tests.authoring.translation.random_rules import FLAGS, HEAD, INPUT_FLAGS, INPUT_NUMBERS, NUMBERS, RandomRule

ROW: dict[str, Kind] = {**dict.fromkeys(NUMBERS, NUMBER), **dict.fromkeys(FLAGS, BOOL)}
INPUT: dict[str, Kind] = {**dict.fromkeys(INPUT_NUMBERS, NUMBER), **dict.fromkeys(INPUT_FLAGS, BOOL)}
ODD = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0**53, -(2.0**53) - 2, 1e-310, 1e308, math.inf, -math.inf, math.nan, 1 / 3)


def module_of(folder: Path, text: str) -> types.ModuleType:
    path = folder / "rules_under_test.py"
    path.write_text(text, "utf-8")
    spec = importlib.util.spec_from_file_location("rules_under_test", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def values(kinds: dict[str, Kind], chance: random.Random) -> dict[str, Any]:
    def number() -> float:
        if chance.random() < 0.25:
            return chance.choice(ODD)
        return chance.choice((float(chance.randint(-9, 9)), chance.uniform(-2000, 2000), chance.gauss(0, 1)))

    return {name: chance.random() < 0.5 if kind == BOOL else number() for name, kind in kinds.items()}


def test_400_random_rules_give_the_same_bits(tmp_path: Path) -> None:
    chance = random.Random(1)
    texts = [RandomRule(seed).text(f"rule_{seed}") for seed in range(400)]
    module = module_of(tmp_path, HEAD + "\n\n" + "\n\n\n".join(texts))
    jobs, expected = [], []
    for seed in range(400):
        rule = translate(getattr(module, f"rule_{seed}"), ROW, INPUT)
        turns, rows = [], []
        for _ in range(40):
            turn: dict[str, Any] = {"row": values(ROW, chance), "input": values(INPUT, chance), "dt": 1 / 30}
            me = Values(turn["row"])
            try:
                rule.run(me, Values(turn["input"]), turn["dt"])
            except (ZeroDivisionError, ValueError, OverflowError):
                continue  # the server stops there: the browser may compute what it likes
            turns.append(turn)
            rows.append({name: bits_of(value) for name, value in vars(me).items()})
        jobs.append((rule, turns))
        expected.append(rows)
    assert sum(map(len, expected)) > 8000
    for seed, (rows, found) in enumerate(zip(expected, run_in_node(tmp_path, jobs), strict=True)):
        assert rows == found, texts[seed]


RULE = """
from game_server.authoring.translation import clamp
WIDTH, HEIGHT, RADIUS = 1280, 720, 16
SPEED, IT_SPEED, FRICTION = 260, 290, 8

def predicted(me, input, dt):
    me.wait = max(me.wait - 1, 0)
    push = 0.0 if me.wait else (IT_SPEED if me.it else SPEED) * FRICTION * dt
    me.vx = (me.vx + input.move_x * push) / (1 + FRICTION * dt)
    me.x = clamp(me.x + me.vx * dt, RADIUS, WIDTH - RADIUS)
    me.y = clamp(me.y + input.move_y * push * dt, RADIUS, HEIGHT - RADIUS)
"""

CHAIN = """
import { readFileSync, writeFileSync } from "node:fs";
const [rule, inputs, rows] = process.argv.slice(2);
const predicted = new Function(`"use strict"; ${readFileSync(rule, "utf8")}; return predicted;`)();
const bytes = readFileSync(inputs);
const all = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
const out = new Float64Array(all.length);
const me = { x: 100, y: 100, vx: 0, wait: 0, it: false };
for (let at = 0; at < all.length; at += 4) {
  if (all[at + 3]) { me.it = !me.it; me.wait = 30; }
  predicted(me, { move_x: all[at], move_y: all[at + 1], dash: false }, all[at + 2]);
  out.set([me.x, me.y, me.vx, me.wait], at);
}
writeFileSync(rows, out);
"""


def test_100_000_random_ticks_on_end_give_the_same_bits(tmp_path: Path) -> None:
    rule = translate(module_of(tmp_path, RULE).predicted, ROW, INPUT)
    chance, inputs, rows = random.Random(2), bytearray(), bytearray()
    me = Values({"x": 100.0, "y": 100.0, "vx": 0.0, "wait": 0.0, "it": False})
    for _ in range(100_000):
        given = (chance.uniform(-1, 1), chance.choice((-1.0, 0.0, 0.7071067811865476)), 1 / chance.randint(5, 60))
        tagged = chance.random() < 0.02
        inputs += struct.pack("<4d", *given, tagged)
        if tagged:
            me.it, me.wait = not me.it, 30.0  # type: ignore[attr-defined]
        rule.run(me, Values({"move_x": given[0], "move_y": given[1], "dash": False}), given[2])
        rows += struct.pack("<4d", *(vars(me)[name] for name in ("x", "y", "vx", "wait")))
    (tmp_path / "rule.js").write_text(rule.js)
    (tmp_path / "inputs").write_bytes(inputs)
    (tmp_path / "chain.mjs").write_text(CHAIN)
    command = [NODE, *(tmp_path / name for name in ("chain.mjs", "rule.js", "inputs", "rows"))]
    subprocess.run(command, check=True, timeout=60)
    assert (tmp_path / "rows").read_bytes() == rows
