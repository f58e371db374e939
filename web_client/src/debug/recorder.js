/** Recordings of what was drawn in each frame, and of how long a key took to show; tests and benchmarks read them. */

/** @typedef {import("../play/contract.js").Scene} Scene */
/** @typedef {import("../play/session.js").Session} Session */

/**
 * @typedef {object} Frame
 * @property {number} at local milliseconds
 * @property {number} time match time of the others, ticks
 * @property {number} own_time match time of yourself, ticks
 * @property {number | null} x world units, as are the others: your own entity as drawn; null without one that lives
 * @property {number | null} y
 * @property {number} offset_x what is left of a correction
 * @property {number} offset_y
 * @property {number} delay_ms of the interpolation
 * @property {{[id: number]: [number, number]}} others as drawn: those that live
 */

/**
 * @typedef {object} Press of a key or button while your own entity stood still
 * @property {string} action
 * @property {number} pressed_at local milliseconds, as is the other
 * @property {number} seen_at of the first frame that drew the entity elsewhere
 * @property {number} frames from the press to that frame: 1 is the next one
 */

/** Frames that are kept: 10 minutes. */
const MOST_FRAMES = 36_000;
const MOST_PRESSES = 200;
/** Frames after which a press that showed nothing is forgotten: it went against a wall, say. */
const PATIENCE = 30;
const STILL = 0.01;

/** The last things of a kind, at most `most`. @template T */
export class Ring {
  /** @param {number} most */
  constructor(most) {
    this.most = most;
    /** @type {T[]} */
    this.items = [];
    this.next = 0;
  }

  /** @param {T} item */
  push(item) {
    if (this.items.length < this.most) this.items.push(item);
    else this.items[this.next] = item;
    this.next = (this.next + 1) % this.most;
  }

  /** @returns {T[]} the oldest first */
  all() {
    return this.items.length < this.most ? [...this.items] : [...this.items.slice(this.next), ...this.items.slice(0, this.next)];
  }
}

export class Recorder {
  constructor() {
    /** Whether frames are recorded: it costs each of them a few objects for every ship. */
    this.on = false;
    /** @type {Ring<Frame>} */
    this.frames = new Ring(MOST_FRAMES);
    /** @type {Ring<Press>} */
    this.presses = new Ring(MOST_PRESSES);
    /** @type {{action: string, pressed_at: number, frames: number, x: number, y: number} | null} */
    this.pending = null;
    /** @type {Frame | null} */
    this.last = null;
    this.still = false;
  }

  /** @param {boolean} on begin a recording, empty; or end it, and keep what it has */
  record(on) {
    this.on = on;
    if (!on) return;
    this.frames = new Ring(MOST_FRAMES);
    this.presses = new Ring(MOST_PRESSES);
    this.pending = this.last = null;
  }

  /** @param {string} action @param {number} now milliseconds */
  pressed(action, now) {
    const { last } = this;
    if (action === "fire" || this.pending || !this.still || !last || last.x === null || last.y === null) return;
    this.pending = { action, pressed_at: now, frames: 0, x: last.x, y: last.y };
  }

  /** @param {Session} session @param {Scene} scene */
  frame(session, scene) {
    if (!this.on) return;
    const alive = session.game.actors(scene).filter((actor) => actor.alive);
    const own = alive.find(({ id }) => id === scene.player);
    const { offset } = session.prediction;
    /** @type {Frame} */
    const frame = {
      at: scene.now, time: scene.time, own_time: scene.ownTime,
      x: own?.x ?? null, y: own?.y ?? null, offset_x: offset.x, offset_y: offset.y,
      delay_ms: session.interpolationDelay.delayMs,
      others: Object.fromEntries(alive.filter((actor) => actor !== own).map(({ id, x, y }) => [id, [x, y]])),
    };
    this.frames.push(frame);
    this.still = this.last !== null && moved(frame, this.last) < STILL;
    this.last = frame;
    this.see(frame);
  }

  /** @param {Frame} frame */
  see(frame) {
    const { pending } = this;
    if (!pending) return;
    pending.frames += 1;
    if (moved(frame, pending) >= STILL) {
      const { action, pressed_at, frames } = pending;
      // A frame is said to be of the moment at which it began, which may be before the press that it shows.
      this.presses.push({ action, pressed_at, seen_at: Math.max(frame.at, pressed_at), frames });
      this.pending = null;
    } else if (pending.frames >= PATIENCE || frame.x === null) {
      this.pending = null;
    }
  }
}

/** @param {{x: number | null, y: number | null}} a @param {{x: number | null, y: number | null}} b */
function moved(a, b) {
  if (a.x === null || a.y === null || b.x === null || b.y === null) return 0;
  return Math.hypot(a.x - b.x, a.y - b.y);
}
