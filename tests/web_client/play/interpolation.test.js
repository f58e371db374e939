import assert from "node:assert/strict";
import { test } from "node:test";

import { MAX_EXTRAPOLATION, blendTurn, bracket } from "../../../web_client/src/play/interpolation.js";
import { Sampler, sample } from "../../../web_client/src/play/sampler.js";

const MOTION = { ship: { lines: ["x"], turns: { aim: 256 }, jump: 50 } };

/** @param {number} tick @param {{[id: number]: {x: number, aim?: number, hp?: number}}} ships */
function world(tick, ships) {
  const rows = Object.entries(ships).map(([id, row]) => /** @type {const} */ ([Number(id), { aim: 0, hp: 100, ...row }]));
  return { tick, own: null, tables: { ship: new Map(rows), score: new Map([[0, { kills: tick }]]) } };
}

/** @param {ReturnType<typeof world>[]} worlds @param {number} time */
const at = (worlds, time) => sample(bracket(worlds, time), MOTION);

test("between two snapshots a ship is on the line between them", () => {
  assert.equal(at([world(10, { 1: { x: 0 } }), world(11, { 1: { x: 10 } })], 10.25).ship.get(1)?.x, 2.5);
});

test("a gap of several ticks is crossed at the same speed", () => {
  assert.equal(at([world(10, { 1: { x: 0 } }), world(14, { 1: { x: 40 } })], 13).ship.get(1)?.x, 30);
});

test("the right pair is found among many snapshots", () => {
  const worlds = [10, 11, 12, 13].map((tick) => world(tick, { 1: { x: tick * 10 } }));
  for (const time of [10, 10.5, 11, 12.75, 13]) assert.equal(at(worlds, time).ship.get(1)?.x, time * 10);
});

test("before the oldest snapshot the oldest is shown", () => {
  assert.equal(at([world(10, { 1: { x: 0 } }), world(11, { 1: { x: 10 } })], 3).ship.get(1)?.x, 0);
  assert.equal(at([world(10, { 1: { x: 7 } })], 12).ship.get(1)?.x, 7);
});

test("beyond the newest snapshot motion goes on for a while, then stands still", () => {
  const worlds = [world(10, { 1: { x: 0 } }), world(11, { 1: { x: 10 } })];
  assert.equal(at(worlds, 12).ship.get(1)?.x, 20);
  assert.equal(at(worlds, 500).ship.get(1)?.x, 10 + 10 * MAX_EXTRAPOLATION);
});

test("turns go the short way round, and do not turn on beyond the newest snapshot", () => {
  assert.equal(blendTurn(250, 6, 0.5, 256), 0);
  assert.equal(blendTurn(6, 250, 0.25, 256), 3);
  const worlds = [world(10, { 1: { x: 0, aim: 0 } }), world(11, { 1: { x: 1, aim: 64 } })];
  assert.equal(at(worlds, 12).ship.get(1)?.aim, 64);
});

test("other fields keep the value of the older snapshot", () => {
  const worlds = [world(10, { 1: { x: 0, hp: 100 } }), world(11, { 1: { x: 1, hp: 40 } })];
  assert.equal(at(worlds, 10.9).ship.get(1)?.hp, 100);
  assert.equal(at(worlds, 11).ship.get(1)?.hp, 40);
});

test("a jump is not crossed", () => {
  const worlds = [world(10, { 1: { x: 0 } }), world(11, { 1: { x: 500 } })];
  assert.equal(at(worlds, 10.9).ship.get(1)?.x, 0);
  assert.equal(at(worlds, 11.5).ship.get(1)?.x, 500);
});

test("an entity enters and goes at the tick of the snapshot that says so", () => {
  const worlds = [world(10, { 1: { x: 0 } }), world(11, { 2: { x: 5 } })];
  assert.deepEqual([...at(worlds, 10.99).ship.keys()], [1]);
  assert.deepEqual([...at(worlds, 11).ship.keys()], [2]);
});

test("tables without motion are taken as they stand", () => {
  const worlds = [world(10, {}), world(11, {})];
  assert.equal(at(worlds, 10.9).score, worlds[0].tables.score);
});

test("at constant speed the curve is the line, and its speed even", () => {
  const worlds = [10, 11, 12, 13, 14].map((tick) => world(tick, { 1: { x: tick * 10 } }));
  for (let time = 10; time < 14; time += 0.05) {
    assert.ok(Math.abs((at(worlds, time).ship.get(1)?.x ?? 0) - time * 10) < 1e-9);
  }
});

test("a ship that gains speed does so smoothly: no kink in its speed where two snapshots meet", () => {
  const worlds = [0, 1, 2, 3, 4, 5, 6].map((tick) => world(tick, { 1: { x: 2 * tick * tick } }));
  /** @param {number} time */
  const speed = (time) => ((at(worlds, time + 1e-4).ship.get(1)?.x ?? 0) - (at(worlds, time - 1e-4).ship.get(1)?.x ?? 0)) / 2e-4;
  for (const tick of [2, 3, 4]) assert.ok(Math.abs(speed(tick + 1e-3) - speed(tick - 1e-3)) < 0.1, `kink at ${tick}`);
});

test("the curve never goes beyond its points: a ship that stops at a wall is not shown in it", () => {
  const xs = [0, 10, 20, 26, 26, 26];
  const worlds = xs.map((x, tick) => world(tick, { 1: { x } }));
  let before = 0;
  for (let time = 0; time < 5; time += 0.01) {
    const x = at(worlds, time).ship.get(1)?.x ?? 0;
    assert.ok(x <= 26 + 1e-9 && x >= before - 1e-9, `${x} at ${time}`);
    before = x;
  }
});

test("what breaks is not crossed, however near", () => {
  const motion = { ship: { ...MOTION.ship, breaks: (/** @type {{hp: number}} */ a, /** @type {{hp: number}} */ b) => a.hp !== b.hp } };
  const worlds = [world(10, { 1: { x: 0, hp: 0 } }), world(11, { 1: { x: 8 } }), world(12, { 1: { x: 16 } })];
  const shown = sample(bracket(worlds, 10.9), /** @type {any} */ (motion));
  assert.equal(shown.ship.get(1)?.x, 0);
  assert.equal(sample(bracket(worlds, 11.5), /** @type {any} */ (motion)).ship.get(1)?.x, 12);
});

test("a sampler that writes its rows in place shows what a new one would, whatever was shown before", () => {
  const sampler = new Sampler(MOTION);
  /** @type {ReturnType<typeof world>[]} */
  const worlds = [];
  for (let tick = 0; tick < 60; tick += 1 + (tick % 3)) {
    /** @type {{[id: number]: {x: number, aim: number, hp: number}}} */
    const ships = {};
    for (let id = 0; id < 6; id += 1) {
      const gone = (tick + 7 * id) % 11 < 3;
      const jumped = (tick + id) % 13 > 6 ? 900 : 0;
      if (!gone) ships[id] = { x: jumped + tick * id * 2, aim: (tick * 31) % 256, hp: tick };
    }
    worlds.push(world(tick, ships));
  }
  for (const step of [0.3, 1.7, -0.9]) {
    for (let time = step < 0 ? 64 : 0; time >= 0 && time <= 64; time += step) {
      const moment = bracket(worlds, time);
      const shown = new Map(sampler.sample(moment).ship);
      const [ids, rows] = [[...shown.keys()].sort(), Object.fromEntries(shown)];
      const fresh = sample(moment, MOTION).ship;
      assert.deepEqual([ids, rows], [[...fresh.keys()].sort(), Object.fromEntries(fresh)], `at ${time}`);
    }
  }
});

test("between the same snapshots a sampler makes no row a second time", () => {
  const sampler = new Sampler(MOTION);
  const worlds = [world(10, { 1: { x: 0 } }), world(11, { 1: { x: 10 } })];
  const row = sampler.sample(bracket(worlds, 10.25)).ship.get(1);
  assert.equal(sampler.sample(bracket(worlds, 10.5)).ship.get(1), row);
  assert.equal(row?.x, 5);
});
