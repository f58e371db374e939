/** Aiming with the mouse: from your own ship, where it is drawn, to the pointer. */

import { aimOf } from "../play/input.js";
import { toScreen } from "./camera.js";

/** @typedef {import("../play/contract.js").View} View */
/** @typedef {import("../play/input.js").Action} Action */
/** @typedef {import("../play/input.js").Input} Input */

/**
 * Milliseconds after the last move of the mouse or held button from which on the aim stays as it is: a ship that is
 * moved by others under a mouse that lies still would look to the server as if somebody was there.
 */
const RESTS = 5000;

export class MouseAim {
  /** @param {Input} input */
  constructor(input) {
    this.input = input;
    /** Where the mouse pointed in the last frame. @type {Input["pointer"]} */
    this.pointed = null;
    /** When it was moved last, or a button held, in local milliseconds. */
    this.movedAt = 0;
  }

  /**
   * @param {View} view of the last frame @param {{x: number, y: number}} own where your ship is, in world units
   * @param {{readonly [action in Action]?: number}} buttons bits of the game @param {number} now milliseconds
   */
  update(view, own, buttons, now) {
    const { pointer } = this.input;
    if (!pointer) return;
    if (pointer !== this.pointed || this.input.bits(buttons)) this.movedAt = now;
    this.pointed = pointer;
    if (now - this.movedAt > RESTS) return;
    const at = toScreen(view, own);
    this.input.aim = aimOf(pointer.x - at.x, pointer.y - at.y);
  }
}
