import assert from "node:assert/strict";
import { test } from "node:test";

import { Shake } from "../../../web_client/src/view/shake.js";

/** @param {Shake} shake @param {number} frames */
const offsets = (shake, frames) => Array.from({ length: frames }, () => shake.advance(1 / 60));

/** @param {{x: number, y: number}[]} places */
const farthest = (places) => Math.max(...places.map(({ x, y }) => Math.hypot(x, y)));

test("without a knock the screen stands still", () => {
  assert.equal(farthest(offsets(new Shake(), 30)), 0);
});

test("a knock shakes the screen by a few pixels, and is over in half a second", () => {
  const shake = new Shake();
  shake.add(1);
  const places = offsets(shake, 60);
  assert.ok(farthest(places.slice(0, 10)) > 1);
  assert.ok(farthest(places) < 13);
  assert.equal(farthest(places.slice(30)), 0);
});

test("many knocks shake no more than one hard one", () => {
  const shake = new Shake();
  for (let knock = 0; knock < 20; knock += 1) shake.add(0.5);
  assert.equal(shake.trauma, 1);
});

test("a player who wants no shaking has none", () => {
  const shake = new Shake();
  shake.strength = 0;
  shake.add(1);
  assert.equal(farthest(offsets(shake, 30)), 0);
});
