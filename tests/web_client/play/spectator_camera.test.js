import assert from "node:assert/strict";
import { test } from "node:test";

import { decode } from "../../../web_client/src/net/msgpack.js";
import { SpectatorCamera } from "../../../web_client/src/play/spectator_camera.js";

function setUp() {
  /** @type {unknown[]} */
  const sent = [];
  return { sent, eye: new SpectatorCamera((bytes) => sent.push(decode(bytes))) };
}

/** @param {number} id @param {number} x @param {boolean} alive */
const actor = (id, x, alive = true) => ({ id, x, y: 0, alive, health: 100, aim: 0 });

test("one turns through the players and around, and the server hears whom", () => {
  const { eye, sent } = setUp();
  for (const step of [1, 1, 1, -1]) eye.turn([4, 7], step);
  assert.deepEqual(sent, [[15, 4], [15, 7], [15, 4], [15, 7]]);
});

test("the whole world is nobody in particular", () => {
  const { eye, sent } = setUp();
  eye.choose(null);
  eye.choose(4);
  eye.choose(null);
  assert.deepEqual(sent, [[15, 4], [15, 65535]]);
});

test("a press means the ship under it, or else the next player", () => {
  const { eye } = setUp();
  const actors = [actor(4, 0), actor(7, 500), actor(9, 520, false)];
  eye.press({ x: 530, y: 10 }, actors, [4, 7]);
  assert.equal(eye.followed, 7);
  eye.press({ x: 5000, y: 0 }, actors, [4, 7]);
  assert.equal(eye.followed, 4);
});

test("when a map begins or the line is back, the server hears again who is followed, or that nobody is", () => {
  const { eye, sent } = setUp();
  eye.arrive(new Set([4, 7]));
  eye.choose(4);
  eye.arrive(new Set([4, 7]));
  assert.equal(eye.followed, 4);
  eye.arrive(new Set([7]));
  assert.equal(eye.followed, null);
  assert.deepEqual(sent, [[15, 4], [15, 4], [15, 65535]]);
});

test("a player who is gone is followed no longer", () => {
  const { eye } = setUp();
  eye.choose(4);
  eye.keep(new Set([4, 7]));
  assert.equal(eye.followed, 4);
  eye.keep(new Set([7]));
  assert.equal(eye.followed, null);
});
