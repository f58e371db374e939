/** The player's input: the actions that are held, and the aim, from any device. */

import { Subscribers } from "../net/subscribers.js";

/** @typedef {string} Action `up`, `down`, `left`, `right`, and the game's own */
/** @typedef {import("../net/subscribers.js").Stop} Stop */

export const AIM_STEPS = 4096;

/** @param {number} x @param {number} y @returns {number} 4096ths of a turn, 0 is +x and 1024 is +y */
export function aimOf(x, y) {
  return Math.round((Math.atan2(y, x) / (2 * Math.PI)) * AIM_STEPS) & (AIM_STEPS - 1);
}

/**
 * @param {Element} field @param {{clientX: number, clientY: number}} event
 * @returns {{x: number, y: number}} CSS pixels from the corner of the field, which need not be that of the window
 */
export function placeOn(field, { clientX, clientY }) {
  const { left, top } = field.getBoundingClientRect();
  return { x: clientX - left, y: clientY - top };
}

export class Input {
  constructor() {
    /** @type {Map<Action, Set<string>>} what holds each action down: two keys may hold the same */
    this.holders = new Map();
    /** @type {Set<Action>} pressed since the last input was made: a tap shorter than a tick counts */
    this.tapped = new Set();
    this.aim = 0;
    /** @type {{x: number, y: number} | null} where on the field the mouse points, in CSS pixels; null while it does not aim */
    this.pointer = null;
    /** @type {{x: number, y: number} | null} where that is on the field, in world units; null until it has been there */
    this.place = null;
    /** @type {{x: number, y: number} | null} how far a stick is pushed, at most 1 long; null for none: then keys steer */
    this.stick = null;
    /** @type {Map<Action, number>} how often each action was pressed */
    this.counts = new Map();
    /** Of every press that changes what is held. @type {Subscribers<[action: Action]>} */
    this.presses = new Subscribers();
  }

  /** @param {(action: Action) => void} pressed called at every press that changes what is held @returns {Stop} */
  listen(pressed) {
    return this.presses.add(pressed);
  }

  /** @param {Action} action @param {string} holder */
  press(action, holder) {
    const holders = this.holders.get(action) ?? new Set();
    if (!holders.size) {
      this.counts.set(action, (this.counts.get(action) ?? 0) + 1);
      this.presses.notify(action);
    }
    holders.add(holder);
    this.holders.set(action, holders);
    this.tapped.add(action);
  }

  /** @param {Action} action @param {string} holder */
  release(action, holder) {
    this.holders.get(action)?.delete(holder);
  }

  /** @param {Action} action @param {string} holder @param {boolean} held */
  hold(action, holder, held) {
    if (held === Boolean(this.holders.get(action)?.has(holder))) return;
    if (held) this.press(action, holder);
    else this.release(action, holder);
  }

  releaseAll() {
    this.holders.clear();
    this.tapped.clear();
    this.stick = null;
  }

  /** Press and let go at once, as one notch of a wheel does. @param {Action} action @param {string} holder */
  tap(action, holder) {
    this.press(action, holder);
    this.release(action, holder);
  }

  /** @param {{readonly [action in Action]?: number}} buttons bits of the game @returns {number} held or tapped now */
  bits(buttons) {
    let bits = 0;
    for (const [action, holders] of this.holders) if (holders.size) bits |= buttons[action] ?? 0;
    for (const action of this.tapped) bits |= buttons[action] ?? 0;
    return bits;
  }

  /** @param {Action} action @returns {boolean} whether it is held or was tapped */
  isHeld(action) {
    return this.tapped.has(action) || this.isDown(action);
  }

  /** @param {Action} action @returns {boolean} whether it is held at this moment, without taps that are over */
  isDown(action) {
    return Boolean(this.holders.get(action)?.size);
  }

  /** An input has been made of it: taps are used up. */
  used() {
    this.tapped.clear();
  }
}
