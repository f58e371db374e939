/** The inputs of a game of declarations, out of what is held, turned and pointed at: 32 bits, half of them on the wire as `aim`. */

import { lessOf, moreOf } from "./setup.js";

/** @typedef {import("../../play/input.js").Input} Input */
/** @typedef {import("./setup.js").InputKind} InputKind */

/** As game_server/authoring/inputs.py has them. */
const HALF = 16;
const STICK_BITS = 5;
const STICK_STEPS = 15;
const POINTER_BITS = 11;
const POINTER_STEPS = 2047;
const DIAGONAL = Math.SQRT1_2;

export class Pressed {
  /** @param {readonly InputKind[]} inputs @param {{width: number, height: number}} world world units */
  constructor(inputs, world) {
    this.inputs = inputs;
    this.world = world;
    /** Of each wheel where it is, and how often it had been turned up and down then. @type {Map<string, {at: number, more: number, less: number}>} */
    this.wheels = new Map();
  }

  /** @param {Input} input @returns {{buttons: number, aim: number}} as it is sent; an input of 32 bits in two halves */
  of(input) {
    let word = 0;
    for (const kind of this.inputs) word |= this.part(kind, input);
    return { buttons: word & 0xffff, aim: word >>> HALF };
  }

  /** @param {InputKind} kind @param {Input} input @returns {number} its bits of the word */
  part(kind, input) {
    const { at, bits } = kind;
    switch (kind.kind) {
      case "analogue":
        return stickBits(input) << at;
      case "aim":
        return input.aim << at;
      case "pointer": {
        if (!input.place) return 0;
        const { x, y } = input.place;
        return (stepOf(x, this.world.width) << at) | (stepOf(y, this.world.height) << (at + POINTER_BITS));
      }
      case "wheel":
        return this.wheel(kind, input) << at;
      default:
        return input.bits(bits);
    }
  }

  /** @param {InputKind} kind @param {Input} input @returns {number} where the wheel is, from 0 */
  wheel({ name, most }, { counts }) {
    const more = counts.get(moreOf(name)) ?? 0;
    const less = counts.get(lessOf(name)) ?? 0;
    const before = this.wheels.get(name) ?? { at: 0, more, less };
    const at = Math.max(0, Math.min(most, before.at + more - before.more - (less - before.less)));
    this.wheels.set(name, { at, more, less });
    return at;
  }
}

/** @param {Input} input @returns {number} two numbers of five bits with a sign: how far it is pushed right and down */
function stickBits(input) {
  const { x, y } = input.stick ?? held(input);
  const mask = (1 << STICK_BITS) - 1;
  return (Math.round(x * STICK_STEPS) & mask) | ((Math.round(y * STICK_STEPS) & mask) << STICK_BITS);
}

/** @param {Input} input @returns {{x: number, y: number}} where keys push it */
function held(input) {
  const x = Number(input.isHeld("right")) - Number(input.isHeld("left"));
  const y = Number(input.isHeld("down")) - Number(input.isHeld("up"));
  const length = x && y ? DIAGONAL : 1;
  return { x: x * length, y: y * length };
}

/** @param {number} at world units @param {number} side world units @returns {number} the step that is nearest */
function stepOf(at, side) {
  return Math.max(0, Math.min(POINTER_STEPS, Math.round((at * POINTER_STEPS) / side)));
}
