import assert from "node:assert/strict";
import { test } from "node:test";

import { Input, aimOf } from "../../../web_client/src/play/input.js";

const BITS = { up: 1, down: 2, fire: 16 };

test("aim is in 4096ths of a turn, clockwise from the right", () => {
  assert.equal(aimOf(1, 0), 0);
  assert.equal(aimOf(0, 1), 1024);
  assert.equal(aimOf(-1, 0), 2048);
  assert.equal(aimOf(0, -1), 3072);
  assert.equal(aimOf(1, -1e-9), 0);
});

test("what is held is in every input", () => {
  const input = new Input();
  input.press("up", "KeyW");
  input.used();
  assert.equal(input.bits(BITS), 1);
});

test("a tap between two inputs is in one of them", () => {
  const input = new Input();
  input.press("fire", "mouse0");
  input.release("fire", "mouse0");
  assert.equal(input.bits(BITS), 16);
  input.used();
  assert.equal(input.bits(BITS), 0);
});

test("a tap that is over is not held any more, though no input was made of it yet", () => {
  const input = new Input();
  input.press("fire", "mouse0");
  assert.deepEqual([input.isDown("fire"), input.isHeld("fire")], [true, true]);
  input.release("fire", "mouse0");
  assert.deepEqual([input.isDown("fire"), input.isHeld("fire")], [false, true]);
});

test("an action that two keys hold lasts until both are up", () => {
  const input = new Input();
  input.press("up", "KeyW");
  input.press("up", "ArrowUp");
  input.release("up", "KeyW");
  input.used();
  assert.equal(input.bits(BITS), 1);
  input.release("up", "ArrowUp");
  assert.equal(input.bits(BITS), 0);
});

test("actions that the game has no bit for are not sent", () => {
  const input = new Input();
  input.press("dash", "Space");
  assert.equal(input.bits(BITS), 0);
});
