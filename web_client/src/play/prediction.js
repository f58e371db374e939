/**
 * Your own entity, moved at once: inputs are computed here by the server's own rule before the server has them.
 *
 * A snapshot tells the state after all inputs up to its tick; those after it are replayed on top. What then differs
 * from what was shown is shown less and less over about 100 ms, unless it is so large that gliding would be a lie.
 */

/** @typedef {import("../net/schema.js").Row} Row */
/** @typedef {(state: Readonly<Row>, buttons: number, aim: number) => Readonly<Row>} Step one tick; pure */
/** @typedef {{tick: number, buttons: number, aim: number, after: Readonly<Row>}} Move */

/** World units beyond which an error is not smoothed but shown at once. */
export const SNAP_DISTANCE = 120;
const SMOOTHING_MS = 35;
const MAX_MOVES = 64;

export class Prediction {
  /** @param {Step} step */
  constructor(step) {
    this.step = step;
    /** @type {Readonly<Row> | null} the server's state at `tick` */
    this.base = null;
    this.tick = 0;
    /** @type {Move[]} for the ticks after `tick`, without a gap */
    this.moves = [];
    this.buttons = 0;
    this.aim = 0;
    this.offset = { x: 0, y: 0 };
    this.smoothedAt = 0;
    /** Errors that were smoothed, and those that were shown at once (a respawn is one). */
    this.corrections = 0;
    this.jumps = 0;
  }

  /** @returns {number} the tick of `state` */
  get newest() {
    return this.tick + this.moves.length;
  }

  /** @returns {Readonly<Row> | null} the state at the newest tick; null without an entity */
  get state() {
    return this.moves.length ? this.moves[this.moves.length - 1].after : this.base;
  }

  /**
   * @param {number} tick the input's; ticks that were left out repeat the input before, as the server does
   * @param {number} buttons @param {number} aim
   */
  move(tick, buttons, aim) {
    if (!this.base || tick <= this.newest || tick - this.tick > MAX_MOVES) return;
    while (this.newest + 1 < tick) this.push(this.newest + 1, this.buttons, this.aim);
    this.push(tick, buttons, aim);
    this.buttons = buttons;
    this.aim = aim;
  }

  /** @param {number} tick @param {number} buttons @param {number} aim */
  push(tick, buttons, aim) {
    const state = this.state;
    if (state) this.moves.push({ tick, buttons, aim, after: this.step(state, buttons, aim) });
  }

  /**
   * @param {number} tick of a snapshot
   * @param {Readonly<Row> | null} own the exact state in it
   */
  reconcile(tick, own) {
    const shown = this.state;
    const foretold = this.moves.find((move) => move.tick === tick)?.after;
    if (foretold && own && (foretold.x !== own.x || foretold.y !== own.y)) {
      if (isHuge(foretold.x - own.x, foretold.y - own.y)) this.jumps += 1;
      else this.corrections += 1;
    }
    const waiting = own ? this.moves.filter((move) => move.tick > tick) : [];
    this.base = own;
    this.tick = tick;
    this.moves = [];
    for (const { tick: at, buttons, aim } of waiting) this.push(at, buttons, aim);
    const corrected = this.state;
    if (!shown || !corrected) {
      this.offset = { x: 0, y: 0 };
      return;
    }
    const x = this.offset.x + shown.x - corrected.x;
    const y = this.offset.y + shown.y - corrected.y;
    this.offset = isHuge(x, y) ? { x: 0, y: 0 } : { x, y };
  }

  /**
   * @param {number} time ticks; between the newest tick and the next what is held down now is already felt
   * @param {number} buttons @param {number} aim what is held down now
   * @param {number} now milliseconds
   * @returns {Readonly<Row> | null} the state as it is to be shown
   */
  shown(time, buttons, aim, now) {
    const fade = Math.exp(-Math.max(0, now - this.smoothedAt) / SMOOTHING_MS);
    this.smoothedAt = now;
    this.offset.x *= fade;
    this.offset.y *= fade;
    const state = this.state;
    if (!state) return null;
    const next = this.step(state, buttons, aim);
    const fraction = Math.max(0, Math.min(1, time - this.newest));
    return {
      ...state,
      x: state.x + (next.x - state.x) * fraction + this.offset.x,
      y: state.y + (next.y - state.y) * fraction + this.offset.y,
    };
  }
}

/** @param {number} x @param {number} y an error @returns {boolean} */
function isHuge(x, y) {
  return x * x + y * y > SNAP_DISTANCE * SNAP_DISTANCE;
}
