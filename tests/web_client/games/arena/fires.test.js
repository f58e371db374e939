import assert from "node:assert/strict";
import { test } from "node:test";

import { BUTTONS, FIRE_COOLDOWN, ticksOf } from "../../../../web_client/src/games/arena/constants.js";
import { createMover, fires } from "../../../../web_client/src/games/arena/movement.js";

const RATE = 30;
const mover = createMover({ width: 20, height: 20, tile: 64, walls: new Uint8Array(50) }, RATE);

/** @type {import("../../../../web_client/src/games/arena/movement.js").OwnShip} */
const READY = {
  x: 640, y: 640, vx: 0, vy: 0, dash_wait: 0, fire_wait: 0, dash_left: 0, dash_aim: 0,
  rapid_left: 0, shield_left: 0, respawn_wait: 0, alive: 1,
};

test("a ship that holds fire fires as often as its gun allows", () => {
  let ship = READY;
  const shots = [];
  for (let tick = 0; tick < 30; tick += 1) {
    if (fires(ship, BUTTONS.FIRE)) shots.push(tick);
    ship = mover.step(ship, BUTTONS.FIRE, 0);
  }
  const wait = ticksOf(FIRE_COOLDOWN, RATE);
  assert.deepEqual(shots, Array.from({ length: Math.ceil(30 / wait) }, (_, shot) => shot * wait));
});

test("no shot without the button, without a ready gun, or without a living ship", () => {
  assert.equal(fires(READY, BUTTONS.DASH), false);
  assert.equal(fires({ ...READY, fire_wait: 2 }, BUTTONS.FIRE), false);
  assert.equal(fires({ ...READY, alive: 0 }, BUTTONS.FIRE), false);
});
