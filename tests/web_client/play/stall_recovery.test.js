// A stall, the truth that comes after it, and what is shown on the way.

import assert from "node:assert/strict";
import { test } from "node:test";

import { MAX_EXTRAPOLATION, bracket } from "../../../web_client/src/play/interpolation.js";
import { StallRecovery } from "../../../web_client/src/play/stall_recovery.js";
import { sample } from "../../../web_client/src/play/sampler.js";

const RATE = 30;
const MOTION = { ship: { lines: ["x", "y"], turns: {}, jump: 64 } };
const FRAMES_A_TICK = 2;

/** @typedef {(tick: number) => {x: number, y: number}} Truth */

/** @param {number} tick @param {Truth} truth */
const world = (tick, truth) => ({ tick, own: null, tables: { ship: new Map([[1, truth(tick)]]) } });

/**
 * Snapshots of ticks 1 to `until` are there at once, all later ones from the moment at which tick `back` is shown.
 * @param {Truth} truth @param {number} until @param {number} back @param {number} end
 * @returns {{time: number, x: number, y: number}[]} what is shown, a line a frame
 */
function watchStall(truth, until, back, end) {
  const recovery = new StallRecovery(MOTION);
  const worlds = Array.from({ length: until }, (_, index) => world(index + 1, truth));
  const shown = [];
  for (let frame = 0; frame < (end - 2) * FRAMES_A_TICK; frame += 1) {
    const time = 2 + frame / FRAMES_A_TICK;
    if (time >= back) {
      for (let tick = worlds.length + 1; tick <= time + 2; tick += 1) worlds.push(world(tick, truth));
    }
    const now = (time / RATE) * 1000;
    const row = recovery.show(sample(bracket(worlds, time), MOTION), worlds, time, now).ship.get(1);
    shown.push({ time, x: row?.x ?? NaN, y: row?.y ?? NaN });
  }
  return shown;
}

test("a ship at constant speed is shown where it is, all through a stall of 200 ms", () => {
  const shown = watchStall((tick) => ({ x: tick * 10, y: 0 }), 20, 20 + MAX_EXTRAPOLATION, 40);
  for (const { time, x } of shown) assert.ok(Math.abs(x - time * 10) < 0.06, `${x} at ${time}`);
});

test("in a longer stall it stands still, at most 200 ms further on", () => {
  const shown = watchStall((tick) => ({ x: tick * 10, y: 0 }), 20, 50, 49);
  assert.equal(shown[shown.length - 1].x, (20 + MAX_EXTRAPOLATION) * 10);
});

test("a ship that turned during the stall glides to where it is, and is there 200 ms later", () => {
  /** @type {Truth} */
  const truth = (tick) => (tick <= 20 ? { x: tick * 10, y: 0 } : { x: 200, y: (tick - 20) * 10 });
  const shown = watchStall(truth, 20, 25, 40);
  let farthest = 0;
  for (let index = 1; index < shown.length; index += 1) {
    farthest = Math.max(farthest, Math.hypot(shown[index].x - shown[index - 1].x, shown[index].y - shown[index - 1].y));
  }
  // At its own speed it goes 5 units a frame; without gliding there would be a jump of 70.
  assert.ok(farthest < 30, `a jump of ${farthest}`);
  for (const { time, x, y } of shown.filter((line) => line.time > 31.5)) {
    assert.ok(Math.abs(x - 200) < 1 && Math.abs(y - (time - 20) * 10) < 1, `${x}, ${y} at ${time}`);
  }
});

test("a jump during a stall is shown at once", () => {
  /** @type {Truth} */
  const truth = (tick) => (tick <= 22 ? { x: tick * 10, y: 0 } : { x: 1000 + tick * 10, y: 500 });
  const back = watchStall(truth, 20, 25, 40).find(({ time }) => time === 25);
  assert.deepEqual([back?.x, back?.y], [1250, 500]);
});

test("without a stall nothing is changed", () => {
  const recovery = new StallRecovery(MOTION);
  const worlds = [1, 2, 3].map((tick) => world(tick, () => ({ x: tick, y: 0 })));
  const tables = sample(bracket(worlds, 1.5), MOTION);
  assert.equal(recovery.show(tables, worlds, 1.5, 50).ship, tables.ship);
});
