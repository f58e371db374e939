/**
 * Your own entity, moved at once: inputs are computed here by the server's own rule before the server has them.
 *
 * A snapshot holds the state after all inputs up to its tick; those after it are replayed on top. What then differs
 * from what was shown is shown less and less over about 100 ms, unless it is so large that gliding would be a lie.
 */

/** @typedef {import("../net/schema.js").Row} Row */
/** @typedef {(state: Readonly<Row>, buttons: number, aim: number) => Readonly<Row>} Step one tick; pure */
/** @typedef {{tick: number, buttons: number, aim: number, before: Readonly<Row>, after: Readonly<Row>}} Move */

/**
 * What the game has to say about its own entity, beside how it moves.
 *
 * @typedef {object} Fate
 * @property {(move: Move) => void} [moved] a step that was never made before, not one that is replayed
 * @property {(foretold: Readonly<Row>, own: Readonly<Row>) => boolean} [befell] whether what came differently is what
 *   others did to the entity (a death, a new place), which no prediction could know
 */

/** World units beyond which an error is not smoothed but shown at once. */
export const SNAP_DISTANCE = 120;
/** The time constant of the smoothing: a tenth is left of an error after 80 ms. */
const SMOOTHING_MS = 35;
/** World units a second: a larger error glides no faster than this, so that no frame shows a jump. */
const MOST_GLIDE = 220;
/** Milliseconds: a slow frame shows no more of an error than one of a fast screen. */
const LONGEST_GLIDE = 17;
/** Ticks ahead of the newest snapshot that are predicted, unless the server may have left some out. */
export const MAX_MOVES = 64;

export class Prediction {
  /** @param {Step} step @param {Fate} fate */
  constructor(step, fate = {}) {
    this.step = step;
    this.fate = fate;
    /** @type {Readonly<Row> | null} the server's state at `tick` */
    this.base = null;
    this.tick = 0;
    /** Ticks ahead of the newest snapshot that are predicted at most. */
    this.most = MAX_MOVES;
    /** @type {Move[]} for the ticks after `tick`, without a gap */
    this.moves = [];
    this.buttons = 0;
    this.aim = 0;
    this.offset = { x: 0, y: 0 };
    /** @type {{time: number, buttons: number, aim: number, now: number} | null} what was asked of `shown` last */
    this.asked = null;
    /** @type {{x: number, y: number} | null} where to go on from: see `goOnFrom` */
    this.seam = null;
    /** Errors that were smoothed, and those that were shown at once, because of their size or since it befell us. */
    this.corrections = 0;
    this.jumps = 0;
    /** Snapshots in which a field that is no place differed although the input had come in time: others changed it. */
    this.changes = 0;
    /** How often each exact field was not as it was foretold. @type {Map<string, number>} */
    this.wrong = new Map();
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
    if (!this.base || tick <= this.newest || tick - this.tick > this.most) return;
    while (this.newest + 1 < tick) this.make(this.newest + 1, this.buttons, this.aim);
    this.make(tick, buttons, aim);
    this.buttons = buttons;
    this.aim = aim;
  }

  /** @param {number} tick @param {number} buttons @param {number} aim */
  make(tick, buttons, aim) {
    const move = this.push(tick, buttons, aim);
    if (move) this.fate.moved?.(move);
  }

  /** @param {number} tick @param {number} buttons @param {number} aim @returns {Move | null} */
  push(tick, buttons, aim) {
    const before = this.state;
    if (!before) return null;
    const move = { tick, buttons, aim, before, after: this.step(before, buttons, aim) };
    this.moves.push(move);
    return move;
  }

  /**
   * @param {number} tick of a snapshot
   * @param {Readonly<Row> | null} own the exact state in it
   * @param {boolean} late whether the server had no input for `tick` in time, and repeated the one before
   */
  reconcile(tick, own, late = false) {
    const foretold = this.moves.find((move) => move.tick === tick)?.after;
    const shown = this.place();
    const waiting = own ? this.moves.filter((move) => move.tick > tick) : [];
    const wrong = foretold && own ? Object.keys(own).filter((field) => foretold[field] !== own[field]) : [];
    const placed = wrong.includes("x") || wrong.includes("y");
    this.base = own;
    this.tick = tick;
    this.moves = [];
    for (const { tick: at, buttons, aim } of waiting) this.push(at, buttons, aim);
    for (const field of wrong) this.wrong.set(field, (this.wrong.get(field) ?? 0) + 1);
    if (placed && foretold && own && this.fate.befell?.(foretold, own)) {
      this.jumps += 1;
      this.offset = { x: 0, y: 0 };
      return;
    }
    if (placed && foretold && own && isHuge(foretold.x - own.x, foretold.y - own.y)) this.jumps += 1;
    else if (placed || (late && wrong.length)) this.corrections += 1;
    else if (wrong.length) this.changes += 1; // a boost, say: replaying has taken it in
    this.glideFrom(shown);
  }

  /** What was foretold for the ticks after this one does not hold: other inputs are sent for them. @param {number} tick */
  takeBack(tick) {
    this.moves = this.moves.filter((move) => move.tick <= tick);
  }

  /** Time is about to jump: what is shown next goes on from where the entity is shown now. */
  keepPlace() {
    const place = this.place();
    this.seam = place && { x: place.x + this.offset.x, y: place.y + this.offset.y };
  }

  /** @param {{x: number, y: number} | null} place that was shown until now, without the offset */
  glideFrom(place) {
    const corrected = this.place();
    const x = place && corrected ? this.offset.x + place.x - corrected.x : 0;
    const y = place && corrected ? this.offset.y + place.y - corrected.y : 0;
    this.offset = isHuge(x, y) ? { x: 0, y: 0 } : { x, y };
  }

  /** @returns {{x: number, y: number} | null} where the moment that was asked for last is, without the offset */
  place() {
    const { time, buttons, aim } = this.asked ?? { time: this.newest, buttons: 0, aim: 0 };
    return this.between(time, buttons, aim);
  }

  /** @param {number} time @param {number} buttons @param {number} aim */
  between(time, buttons, aim) {
    const { state } = this;
    if (!state) return null;
    const next = this.step(state, buttons, aim);
    const fraction = Math.max(0, Math.min(1, time - this.newest));
    return { x: state.x + (next.x - state.x) * fraction, y: state.y + (next.y - state.y) * fraction };
  }

  /**
   * @param {number} time ticks; between the newest tick and the next what is held down now is already felt
   * @param {number} buttons @param {number} aim what is held down now
   * @param {number} now milliseconds
   * @returns {Readonly<Row> | null} the state as it is to be shown
   */
  shown(time, buttons, aim, now) {
    const elapsed = Math.max(0, now - (this.asked?.now ?? now));
    this.asked = { time, buttons, aim, now };
    const place = this.between(time, buttons, aim);
    if (this.seam && place) {
      const x = this.seam.x - place.x;
      const y = this.seam.y - place.y;
      this.offset = isHuge(x, y) ? { x: 0, y: 0 } : { x, y };
    } else {
      this.glide(Math.min(elapsed, LONGEST_GLIDE));
    }
    this.seam = null;
    // A row without a place that is predicted is shown where the snapshots have it.
    if (!place || !Number.isFinite(place.x)) return this.state;
    return { ...this.state, x: place.x + this.offset.x, y: place.y + this.offset.y };
  }

  /** @param {number} elapsed milliseconds */
  glide(elapsed) {
    const { x, y } = this.offset;
    const length = Math.sqrt(x * x + y * y);
    if (!length) return;
    const faded = length * (1 - Math.exp(-elapsed / SMOOTHING_MS));
    const left = length - Math.min(faded, (MOST_GLIDE * elapsed) / 1000);
    const kept = left < 0.01 ? 0 : left / length;
    this.offset = { x: x * kept, y: y * kept };
  }
}

/** @param {number} x @param {number} y an error @returns {boolean} */
function isHuge(x, y) {
  return x * x + y * y > SNAP_DISTANCE * SNAP_DISTANCE;
}
