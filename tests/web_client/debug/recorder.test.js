import assert from "node:assert/strict";
import { test } from "node:test";

import { Recorder, Ring } from "../../../web_client/src/debug/recorder.js";

/** @typedef {import("../../../web_client/src/play/session.js").Session} Session */
/** @typedef {import("../../../web_client/src/play/contract.js").Scene} Scene */

/** @returns {Recorder} that records */
function recording() {
  const recorder = new Recorder();
  recorder.record(true);
  return recorder;
}

/** @param {Recorder} recorder @param {number} at @param {number} x @param {boolean} alive */
function draw(recorder, at, x, alive = true) {
  const actors = [{ id: 2, x, y: 0, alive }, { id: 5, x: 70, y: 80, alive: true }, { id: 6, x: 0, y: 0, alive: false }];
  recorder.frame(
    /** @type {Session} */ (/** @type {unknown} */ ({
      game: { actors: () => actors }, prediction: { offset: { x: 1, y: 2 } }, interpolationDelay: { delayMs: 67 },
    })),
    /** @type {Scene} */ (/** @type {unknown} */ ({ now: at, time: 100, ownTime: 105, player: 2 })),
  );
}

test("a ring keeps the last things, the oldest first", () => {
  const ring = new Ring(3);
  for (const item of [1, 2, 3, 4, 5]) ring.push(item);
  assert.deepEqual(ring.all(), [3, 4, 5]);
});

test("a frame records what was drawn: those who live, where, and when that was", () => {
  const recorder = recording();
  draw(recorder, 16, 10);
  assert.deepEqual(recorder.frames.all(), [{
    at: 16, time: 100, own_time: 105, x: 10, y: 0, offset_x: 1, offset_y: 2, delay_ms: 67, others: { 5: [70, 80] },
  }]);
});

test("a key is timed until the ship is drawn elsewhere, in frames", () => {
  const recorder = recording();
  for (const at of [0, 16]) draw(recorder, at, 10);
  recorder.pressed("up", 20);
  draw(recorder, 33, 10);
  draw(recorder, 50, 11);
  assert.deepEqual(recorder.presses.all(), [{ action: "up", pressed_at: 20, seen_at: 50, frames: 2 }]);
});

test("a key pressed in motion, or against a wall, is not timed", () => {
  const recorder = recording();
  draw(recorder, 0, 10);
  draw(recorder, 16, 15);
  recorder.pressed("up", 20);
  for (let frame = 0; frame < 40; frame += 1) draw(recorder, 33 + frame * 16, 20);
  recorder.pressed("up", 700);
  for (let frame = 0; frame < 40; frame += 1) draw(recorder, 733 + frame * 16, 20);
  draw(recorder, 1500, 30);
  assert.deepEqual(recorder.presses.all(), []);
});

test("nothing is recorded before it is asked for, and what was is kept when it ends", () => {
  const recorder = new Recorder();
  draw(recorder, 0, 10);
  assert.deepEqual(recorder.frames.all(), []);
  recorder.record(true);
  draw(recorder, 16, 10);
  recorder.record(false);
  draw(recorder, 33, 10);
  assert.deepEqual(recorder.frames.all().map(({ at }) => at), [16]);
});
