import assert from "node:assert/strict";
import { test } from "node:test";

import { Prediction, SNAP_DISTANCE } from "../../../web_client/src/play/prediction.js";

const RIGHT = 8;

/** @type {import("../../../web_client/src/play/prediction.js").Step} ten units a tick to the right while held */
const step = (state, buttons) => ({ ...state, x: state.x + (buttons & RIGHT ? 10 : 0), wait: Math.max(0, state.wait - 1) });

/** @param {number} x @param {number} y */
const ship = (x, y = 0) => ({ x, y, wait: 9 });

/** @param {number} tick @param {number} x */
function startedAt(tick, x) {
  const prediction = new Prediction(step);
  prediction.reconcile(tick, ship(x));
  return prediction;
}

test("an input moves the ship at once", () => {
  const prediction = startedAt(100, 0);
  prediction.move(101, RIGHT, 0);
  prediction.move(102, RIGHT, 0);
  assert.deepEqual(prediction.state, { x: 20, y: 0, wait: 7 });
});

test("a key held now is felt before its tick is over", () => {
  const prediction = startedAt(100, 0);
  assert.equal(prediction.shown(100.5, RIGHT, 0, 0)?.x, 5);
  assert.equal(prediction.shown(100.5, 0, 0, 0)?.x, 0);
});

test("a snapshot that agrees changes nothing", () => {
  const prediction = startedAt(100, 0);
  for (let tick = 101; tick <= 106; tick += 1) prediction.move(tick, RIGHT, 0);
  prediction.reconcile(103, { ...ship(30), wait: 6 });
  assert.deepEqual(prediction.state, { x: 60, y: 0, wait: 3 });
  assert.equal(prediction.corrections, 0);
  assert.deepEqual(prediction.offset, { x: 0, y: 0 });
});

test("inputs after the snapshot are replayed on top of it", () => {
  const prediction = startedAt(100, 0);
  for (let tick = 101; tick <= 106; tick += 1) prediction.move(tick, tick === 105 ? 0 : RIGHT, 0);
  prediction.reconcile(103, ship(50));
  assert.equal(prediction.state?.x, 70);
  assert.equal(prediction.corrections, 1);
});

test("a small error is shown less and less", () => {
  const prediction = startedAt(100, 0);
  prediction.move(101, RIGHT, 0);
  prediction.shown(101, 0, 0, 1000);
  prediction.reconcile(101, ship(30));
  assert.equal(prediction.shown(101, 0, 0, 1000)?.x, 10);
  const later = prediction.shown(101, 0, 0, 1100)?.x ?? 0;
  assert.ok(later > 28 && later < 30, `shown at ${later}`);
});

test("a huge error is shown at once", () => {
  const prediction = startedAt(100, 0);
  prediction.move(101, RIGHT, 0);
  prediction.reconcile(101, ship(20 + SNAP_DISTANCE));
  assert.equal(prediction.shown(101, 0, 0, 0)?.x, 20 + SNAP_DISTANCE);
  assert.deepEqual([prediction.corrections, prediction.jumps], [0, 1]);
});

test("a tick without an input repeats the one before, as the server does", () => {
  const prediction = startedAt(100, 0);
  prediction.move(101, RIGHT, 0);
  prediction.move(104, 0, 0);
  assert.equal(prediction.state?.x, 30);
  assert.equal(prediction.newest, 104);
});

test("an input for a tick that has been predicted is not used twice", () => {
  const prediction = startedAt(100, 0);
  prediction.move(101, RIGHT, 0);
  prediction.move(101, RIGHT, 0);
  prediction.move(90, RIGHT, 0);
  assert.equal(prediction.state?.x, 10);
});

test("a server that overtakes the inputs is believed", () => {
  const prediction = startedAt(100, 0);
  prediction.move(101, RIGHT, 0);
  prediction.reconcile(110, ship(42));
  assert.equal(prediction.state?.x, 42);
  assert.equal(prediction.newest, 110);
});

test("without an entity there is nothing to predict, and with a new one it starts again", () => {
  const prediction = startedAt(100, 0);
  prediction.reconcile(101, null);
  prediction.move(102, RIGHT, 0);
  assert.equal(prediction.shown(102, 0, 0, 0), null);
  prediction.reconcile(103, ship(7));
  assert.equal(prediction.shown(103, 0, 0, 0)?.x, 7);
});
