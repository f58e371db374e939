// The inputs of a game as they are sent: 32 bits that Python reads back, in the places that the server has declared.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { Pressed } from "../../../web_client/src/games/declared/pressed.js";
import { readDeclared } from "../../../web_client/src/games/declared/setup.js";
import { Input } from "../../../web_client/src/play/input.js";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const WORLD = { width: 1280, height: 720 };

/** @param {string} inputs in Python @param {string} [words] to be read there @returns {any} what it declares, and reads */
function python(inputs, words = "[]") {
  const code = `
import json, sys
from game_server.author import Aim, Button, Inputs, Pointer, Stick, Wheel
inputs = Inputs(${inputs}).on_field((1280, 720))
read = [{name: getattr(made, name) for name in inputs.kinds} for made in (inputs.read(*word) for word in ${words})]
print(json.dumps([inputs.declared(), read]))
`;
  const done = spawnSync(join(ROOT, ".venv/bin/python"), ["-c", code], { cwd: ROOT, encoding: "utf8", timeout: 30_000 });
  assert.equal(done.stderr, "");
  return JSON.parse(done.stdout);
}

/** @param {string} inputs */
function declaredIn(inputs) {
  const [kinds] = python(inputs);
  return readDeclared({ entities: {}, events: {}, inputs: kinds, standings: [], rounds: 0 }).inputs;
}

test("what is pressed, pushed, turned and pointed at here is what Python reads", () => {
  const inputs = "draw=Button('Mouse0'), move=Stick(), wide=Wheel(5), at=Pointer()";
  const input = new Input();
  const pressed = new Pressed(declaredIn(inputs), WORLD);
  const words = [pressed.of(input)];
  input.press("draw", "Mouse0");
  input.press("up", "KeyW");
  input.place = { x: 1280, y: 360 };
  for (let notch = 0; notch < 3; notch += 1) input.tap("wide +", "WheelUp");
  words.push(pressed.of(input));
  input.tap("wide -", "WheelDown");
  input.place = { x: -50, y: 5000 };
  words.push(pressed.of(input));
  const [, read] = python(inputs, JSON.stringify(words.map(({ buttons, aim }) => [buttons, aim])));
  assert.deepEqual(read.map((/** @type {any} */ { draw, move_y, wide, at_x }) => [draw, move_y, wide, at_x]),
    [[false, 0, 0, 0], [true, -1, 3, 1280], [true, -1, 2, 0]]);
  assert.ok(Math.abs(read[1].at_y - 360) < 0.2 && read[2].at_y === 720);
});

test("a stick that can be pushed a little is so by a thumb, and all the way by keys", () => {
  const inputs = "move=Stick(analogue=True), aim=Aim()";
  const pressed = new Pressed(declaredIn(inputs), WORLD);
  const input = new Input();
  input.aim = 4095;
  input.stick = { x: -0.4, y: 0.2 };
  const words = [pressed.of(input)];
  input.stick = null;
  input.press("right", "KeyD");
  input.press("down", "KeyS");
  words.push(pressed.of(input));
  const [, read] = python(inputs, JSON.stringify(words.map(({ buttons, aim }) => [buttons, aim])));
  assert.deepEqual(read[0], { move_x: -6 / 15, move_y: 3 / 15, aim: 4095 });
  assert.ok(Math.abs(read[1].move_x - Math.SQRT1_2) < 1e-12 && read[1].move_y === read[1].move_x);
});

test("a wheel stays within its ends, and begins at 0 in each stay", () => {
  const kinds = declaredIn("wide=Wheel(2)");
  const input = new Input();
  const pressed = new Pressed(kinds, WORLD);
  for (let notch = 0; notch < 5; notch += 1) {
    input.tap("wide +", "WheelUp");
    pressed.of(input);
  }
  input.tap("wide -", "WheelDown");
  assert.equal(pressed.of(input).buttons, 1);
  assert.equal(new Pressed(kinds, WORLD).of(input).buttons, 0);
});
