"""Translated rules, run by node on the same rows as in Python."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

from game_server.authoring.translation import Translated

NODE = Path(sys.executable).with_name("node")

# Doubles go as bits, since JSON has no NaN, no infinity and no -0.
_RUNNER = """
import { readFileSync, writeFileSync } from "node:fs";
const [jobs, answers] = process.argv.slice(2);
const word = new DataView(new ArrayBuffer(8));
const read = (bits) => {
  if (typeof bits === "boolean") return bits;
  word.setBigUint64(0, BigInt(`0x${bits}`));
  return word.getFloat64(0);
};
const write = (value) => {
  if (typeof value === "boolean") return value;
  if (Number.isNaN(value)) return "nan";
  word.setFloat64(0, value);
  return word.getBigUint64(0).toString(16);
};
const filled = (from) => Object.fromEntries(Object.entries(from).map(([name, bits]) => [name, read(bits)]));
const out = [];
for (const { js, turns } of JSON.parse(readFileSync(jobs, "utf8"))) {
  const predicted = new Function(`"use strict"; ${js}; return predicted;`)();
  out.push(turns.map(({ row, input, dt }) => {
    const me = filled(row);
    predicted(me, filled(input), read(dt));
    return Object.fromEntries(Object.entries(me).map(([name, value]) => [name, write(value)]));
  }));
}
writeFileSync(answers, JSON.stringify(out));
"""


class Values:
    """A row or an input: attributes that a rule reads and sets."""

    def __init__(self, values: dict[str, Any]) -> None:
        vars(self).update(values)


def bits_of(value: float | bool) -> str | bool:
    """Write ``value`` so that equal texts are equal bits."""
    if isinstance(value, bool):
        return value
    return "nan" if value != value else hex_of(value)


def hex_of(value: float) -> str:
    """Write the bits of ``value``."""
    return f"{struct.unpack('>Q', struct.pack('>d', value))[0]:x}"


def run_in_node(folder: Path, jobs: list[tuple[Translated, list[dict[str, Any]]]]) -> list[list[dict[str, Any]]]:
    """Run each rule on its turns, ``{"row": ..., "input": ..., "dt": ...}``, and return the rows after them as bits."""

    def packed(values: dict[str, Any]) -> dict[str, Any]:
        return {name: value if isinstance(value, bool) else hex_of(value) for name, value in values.items()}

    sent = [
        {
            "js": rule.js,
            "turns": [
                {"row": packed(turn["row"]), "input": packed(turn["input"]), "dt": hex_of(turn["dt"])} for turn in turns
            ],
        }
        for rule, turns in jobs
    ]
    (folder / "jobs.json").write_text(json.dumps(sent))
    (folder / "runner.mjs").write_text(_RUNNER)
    command = [NODE, folder / "runner.mjs", folder / "jobs.json", folder / "answers.json"]
    subprocess.run(command, check=True, timeout=60)
    answers: list[list[dict[str, Any]]] = json.loads((folder / "answers.json").read_text())
    return answers
