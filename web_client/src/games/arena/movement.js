/**
 * Movement of ships: game_server/games/arena/movement.py, operation by operation.
 *
 * So what the browser predicts is what the server computes, bit for bit. Change both together and run tools/make_vectors.
 */

import {
  ACCELERATION,
  BUTTONS,
  DASH_COOLDOWN,
  DASH_SECONDS,
  DASH_SPEED,
  FIRE_COOLDOWN,
  FRICTION,
  RAPID_FIRE_COOLDOWN,
  SHIP_RADIUS,
  STOP_SPEED,
  TOP_SPEED,
  ticksOf,
} from "./constants.js";
import { direction } from "./directions.js";

/**
 * The map, as in `welcome`: one bit a tile, row by row, the lowest bit of a byte first; 1 is a wall.
 * @typedef {object} ArenaSetup
 * @property {number} width tiles
 * @property {number} height tiles
 * @property {number} tile world units a side
 * @property {Uint8Array} walls
 */

/**
 * The own ship, exactly: world units, world units a second, ticks.
 * @typedef {object} OwnShip
 * @property {number} x
 * @property {number} y
 * @property {number} vx
 * @property {number} vy
 * @property {number} dash_wait ticks until the dash is ready
 * @property {number} fire_wait ticks until the gun is ready
 * @property {number} dash_left ticks of the dash still to run
 * @property {number} dash_aim its direction, 4096ths of a turn
 * @property {number} rapid_left
 * @property {number} shield_left
 * @property {number} respawn_wait
 * @property {number} alive 0 or 1
 */

/**
 * @typedef {object} Mover
 * @property {(state: OwnShip, buttons: number, aim: number) => OwnShip} step the ship one tick later; the
 *   ship that went in is left as it was
 */

/**
 * The direction of each combination of up, down, left and right; null where they cancel out.
 * @type {readonly (number | null)[]}
 */
const HEADINGS = Array.from({ length: 16 }, (_, held) => {
  const across = (held & BUTTONS.RIGHT ? 1 : 0) - (held & BUTTONS.LEFT ? 1 : 0);
  const down = (held & BUTTONS.DOWN ? 1 : 0) - (held & BUTTONS.UP ? 1 : 0);
  return [[2560, 3072, 3584], [2048, null, 0], [1536, 1024, 512]][down + 1][across + 1];
});

const STILL = Object.freeze({ x: 0, y: 0 });

/**
 * @param {OwnShip} state @param {number} buttons
 * @returns {boolean} whether the ship fires in its next step
 */
export function fires(state, buttons) {
  return Boolean(state.alive && buttons & BUTTONS.FIRE && countDown(state.fire_wait) === 0);
}

/**
 * A function that moves ships through one map at one tick rate.
 * @param {ArenaSetup} setup
 * @param {number} tickRate ticks a second
 * @returns {Mover}
 */
export function createMover(setup, tickRate) {
  const { width, height, tile } = setup;
  const wall = new Uint8Array(width * height);
  for (let at = 0; at < wall.length; at++) {
    wall[at] = (setup.walls[at >> 3] >> (at & 7)) & 1;
  }

  const dt = 1 / tickRate;
  const thrust = ACCELERATION * dt;
  const drag = 1 / (1 + FRICTION * dt);
  const afterDash = TOP_SPEED / DASH_SPEED;
  // No hop of a hull is longer than half a tile, so none can pass over a wall.
  const hops = Math.ceil((DASH_SPEED * dt) / (tile / 2));
  const hop = dt / hops;
  const dashTicks = ticksOf(DASH_SECONDS, tickRate);
  const dashWait = ticksOf(DASH_COOLDOWN, tickRate);
  const fireWait = ticksOf(FIRE_COOLDOWN, tickRate);
  const rapidWait = ticksOf(RAPID_FIRE_COOLDOWN, tickRate);

  /** @param {number} column @param {number} row */
  const isWall = (column, row) => wall[row * width + column] === 1;

  /** @type {Mover["step"]} */
  function step(state, buttons, aim) {
    let { x, y, vx, vy, dash_left, dash_aim } = state;
    const held = state.alive ? buttons : 0;
    let dash_wait = countDown(state.dash_wait);
    let fire_wait = countDown(state.fire_wait);
    const rapid_left = countDown(state.rapid_left);
    const heading = HEADINGS[held & 15];

    if (held & BUTTONS.DASH && dash_wait === 0) {
      dash_left = dashTicks;
      dash_wait = dashWait;
      dash_aim = heading ?? aim;
    }

    const push = heading === null ? STILL : direction(heading);
    vx = (vx + push.x * thrust) * drag;
    vy = (vy + push.y * thrust) * drag;
    if (heading === null && vx * vx + vy * vy < STOP_SPEED * STOP_SPEED) {
      vx = 0;
      vy = 0;
    }
    const dashing = dash_left > 0;
    if (dashing) {
      const towards = direction(dash_aim);
      vx = towards.x * DASH_SPEED;
      vy = towards.y * DASH_SPEED;
    }

    for (let i = 0; i < hops; i++) {
      x = x + vx * hop;
      const column = vx > 0 ? Math.ceil((x + SHIP_RADIUS) / tile) - 1 : Math.floor((x - SHIP_RADIUS) / tile);
      if (
        isWall(column, Math.floor((y - SHIP_RADIUS) / tile)) ||
        isWall(column, Math.ceil((y + SHIP_RADIUS) / tile) - 1)
      ) {
        x = vx > 0 ? column * tile - SHIP_RADIUS : (column + 1) * tile + SHIP_RADIUS;
        vx = 0;
      }
      y = y + vy * hop;
      const row = vy > 0 ? Math.ceil((y + SHIP_RADIUS) / tile) - 1 : Math.floor((y - SHIP_RADIUS) / tile);
      if (
        isWall(Math.floor((x - SHIP_RADIUS) / tile), row) ||
        isWall(Math.ceil((x + SHIP_RADIUS) / tile) - 1, row)
      ) {
        y = vy > 0 ? row * tile - SHIP_RADIUS : (row + 1) * tile + SHIP_RADIUS;
        vy = 0;
      }
    }

    if (dashing) {
      dash_left = dash_left - 1;
      if (dash_left === 0) {
        vx = vx * afterDash;
        vy = vy * afterDash;
      }
    }
    if (fires(state, buttons)) {
      fire_wait = rapid_left > 0 ? rapidWait : fireWait;
    }

    return {
      x,
      y,
      vx,
      vy,
      dash_wait,
      fire_wait,
      dash_left,
      dash_aim,
      rapid_left,
      shield_left: countDown(state.shield_left),
      respawn_wait: countDown(state.respawn_wait),
      alive: state.alive,
    };
  }

  return { step };
}

/** @param {number} ticks */
function countDown(ticks) {
  return ticks > 0 ? ticks - 1 : 0;
}
