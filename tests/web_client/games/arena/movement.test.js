// The browser's movement against the golden vectors in docs/protocol, bit for bit.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as constants from "../../../../web_client/src/games/arena/constants.js";
import { AIM_STEPS, direction } from "../../../../web_client/src/games/arena/directions.js";
import { createMover } from "../../../../web_client/src/games/arena/movement.js";

/** @typedef {import("../../../../web_client/src/games/arena/movement.js").OwnShip} OwnShip */

/**
 * @typedef {object} Trajectory
 * @property {number} map
 * @property {number} tick_rate
 * @property {number[]} start
 * @property {[number, number, number][]} inputs
 * @property {number[][]} states
 * @property {string} sha256
 */

/**
 * @type {{
 *   constants: Record<string, unknown>,
 *   directions: string,
 *   own: [keyof OwnShip, string][],
 *   state_every: number,
 *   maps: {width: number, height: number, tile: number, walls: string}[],
 *   trajectories: Trajectory[],
 * }}
 */
const vectors = JSON.parse(readFileSync(new URL("../../../../docs/protocol/arena_movement.json", import.meta.url), "utf8"));

const maps = vectors.maps.map((map) => ({ ...map, walls: new Uint8Array(Buffer.from(map.walls, "hex")) }));

/** @param {number[]} row @returns {OwnShip} */
function shipOf(row) {
  return /** @type {OwnShip} */ (Object.fromEntries(vectors.own.map(([name], at) => [name, row[at]])));
}

/** @param {OwnShip} ship @returns {number[]} */
function rowOf(ship) {
  return vectors.own.map(([name]) => ship[name]);
}

/** @param {OwnShip} ship @returns {Uint8Array} */
function packed(ship) {
  const bytes = Buffer.alloc(vectors.own.reduce((size, [, code]) => size + Number(code[1]), 0));
  let at = 0;
  for (const [name, code] of vectors.own) {
    at = code === "f8" ? bytes.writeDoubleLE(ship[name], at) : bytes.writeUIntLE(ship[name], at, Number(code[1]));
  }
  return bytes;
}

test("every figure that the browser knows is the server's", () => {
  for (const [name, value] of Object.entries(constants)) {
    if (typeof value !== "function") {
      assert.deepEqual(value, vectors.constants[name], name);
    }
  }
});

test("directions are the server's, bit for bit", () => {
  const hash = createHash("sha256");
  for (let aim = 0; aim < AIM_STEPS; aim++) {
    const { x, y } = direction(aim);
    hash.update(new Uint8Array(new Float64Array([x, y]).buffer));
  }
  assert.equal(hash.digest("hex"), vectors.directions);
});

test("there are at least 200 trajectories of 300 ticks", () => {
  assert.ok(vectors.trajectories.length >= 200);
  for (const { inputs } of vectors.trajectories) {
    assert.equal(inputs.reduce((sum, [ticks]) => sum + ticks, 0), 300);
  }
});

test("ships move as on the server, bit for bit", () => {
  vectors.trajectories.forEach(({ map, tick_rate, start, inputs, states, sha256 }, number) => {
    const mover = createMover(maps[map], tick_rate);
    const hash = createHash("sha256");
    let ship = shipOf(start);
    let tick = 0;
    for (const [ticks, buttons, aim] of inputs) {
      for (let i = 0; i < ticks; i++) {
        ship = mover.step(ship, buttons, aim);
        tick++;
        hash.update(packed(ship));
        if (tick % vectors.state_every === 0) {
          const where = `trajectory ${number}, tick ${tick}`;
          assert.deepEqual(rowOf(ship), states[tick / vectors.state_every - 1], where);
        }
      }
    }
    assert.equal(hash.digest("hex"), sha256, `trajectory ${number}`);
  });
});

test("a step leaves the ship that went in as it was", () => {
  const ship = Object.freeze(shipOf(vectors.trajectories[0].start));
  const mover = createMover(maps[0], 30);
  assert.deepEqual(mover.step(ship, 41, 100), mover.step(ship, 41, 100));
});
