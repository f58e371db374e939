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

/**
 * The offsets of the frames after an error of `error` world units, at 60 frames a second.
 * @param {number} error @param {number} frames
 */
function glide(error, frames) {
  const prediction = startedAt(100, 0);
  prediction.move(101, RIGHT, 0);
  prediction.shown(101, 0, 0, 1000);
  prediction.reconcile(101, ship(10 + error));
  return Array.from({ length: frames }, (_, frame) => {
    prediction.shown(101, 0, 0, 1000 + (frame + 1) * (1000 / 60));
    return prediction.offset.x;
  });
}

test("a small error is shown less and less, over about 100 ms", () => {
  const offsets = glide(6, 7);
  for (let frame = 1; frame < offsets.length; frame += 1) assert.ok(Math.abs(offsets[frame]) < Math.abs(offsets[frame - 1]));
  assert.ok(Math.abs(offsets[5]) < 0.6, `${offsets}`);
});

test("no frame of a correction shows a jump of 4 world units", () => {
  for (const error of [3, 20, 60, 119]) {
    let before = -error;
    for (const offset of glide(error, 60)) {
      assert.ok(Math.abs(offset - before) < 4, `${before} to ${offset}`);
      before = offset;
    }
    assert.equal(Math.abs(before), 0);
  }
});

test("a correction does not move what is shown in the frame in which it comes", () => {
  const prediction = startedAt(100, 0);
  prediction.move(101, RIGHT, 0);
  const before = prediction.shown(101.5, RIGHT, 0, 1000)?.x;
  prediction.reconcile(101, ship(37));
  assert.equal(prediction.shown(101.5, RIGHT, 0, 1000)?.x, before);
});

test("what others did to the ship is no wrong prediction, and is shown at once", () => {
  const prediction = new Prediction(step, { befell: (foretold, own) => foretold.wait !== own.wait });
  prediction.reconcile(100, ship(0));
  prediction.move(101, RIGHT, 0);
  prediction.reconcile(101, { ...ship(50), wait: 0 });
  assert.equal(prediction.shown(101, 0, 0, 0)?.x, 50);
  assert.deepEqual([prediction.corrections, prediction.jumps], [0, 1]);
});

test("a late input counts as a correction whichever exact field it has made wrong", () => {
  const prediction = startedAt(100, 0);
  prediction.move(101, 0, 0);
  prediction.reconcile(101, { ...ship(0), wait: 20 }, true);
  assert.deepEqual([prediction.corrections, prediction.changes], [1, 0]);
  assert.deepEqual([...prediction.wrong], [["wait", 1]]);
});

test("a field that others have changed is counted by its name, is no correction, and is taken over", () => {
  const prediction = startedAt(100, 0);
  prediction.move(101, 0, 0);
  prediction.move(102, 0, 0);
  prediction.reconcile(101, { ...ship(0), wait: 20 });
  assert.deepEqual([prediction.corrections, prediction.changes], [0, 1]);
  assert.equal(prediction.state?.wait, 19);
  prediction.reconcile(102, { ...ship(0), wait: 19 });
  assert.deepEqual([...prediction.wrong], [["wait", 1]]);
});

test("the game hears of every step once, however often it is replayed", () => {
  /** @type {number[]} */
  const ticks = [];
  const prediction = new Prediction(step, { moved: ({ tick }) => ticks.push(tick) });
  prediction.reconcile(100, ship(0));
  prediction.move(101, RIGHT, 0);
  prediction.move(103, RIGHT, 0);
  prediction.reconcile(101, ship(50));
  assert.deepEqual(ticks, [101, 102, 103]);
});

test("when time jumps, the ship goes on from where it is shown", () => {
  const prediction = startedAt(100, 0);
  prediction.move(101, RIGHT, 0);
  prediction.shown(101, RIGHT, 0, 1000);
  prediction.keepPlace();
  prediction.move(104, RIGHT, 0);
  assert.equal(prediction.shown(104, RIGHT, 0, 1000)?.x, 10);
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

test("inputs far beyond the newest snapshot are not predicted: after a pause there is nothing to replay", () => {
  const prediction = startedAt(100, 0);
  prediction.move(164, RIGHT, 0);
  assert.equal(prediction.newest, 164);
  prediction.move(165, RIGHT, 0);
  prediction.move(5000, RIGHT, 0);
  assert.equal(prediction.newest, 164);
});

test("a row without a place of its own is shown as it is, so that it stands where the snapshots have it", () => {
  const prediction = new Prediction((own) => own);
  prediction.reconcile(100, { placed: 1 });
  prediction.move(101, RIGHT, 0);
  assert.deepEqual(prediction.shown(101.5, RIGHT, 0, 0), { placed: 1 });
});
