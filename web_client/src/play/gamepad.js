/** A gamepad that writes to an `Input`: the standard layout of https://w3c.github.io/gamepad/#remapping. */

import { PAGE_CONTROLS } from "./bindings.js";
import { aimOf } from "./input.js";

/** @typedef {import("./bindings.js").Bindings} Bindings */
/** @typedef {import("./input.js").Action} Action */
/** @typedef {import("./input.js").Input} Input */
/** @typedef {{connected: boolean, axes: readonly number[], buttons: readonly {pressed: boolean}[]}} Pad */

/** Of a stick's way: sticks that nobody touches are not quite in the middle. */
const REST = 0.2;
/** Of a stick's way, from which on it steers in one of eight directions, and aims. */
const TURNED = 0.4;
/** The buttons that games have their own on, in the order in which those are declared: A, B, X, Y, the triggers, the shoulders. */
const IN_ORDER = [0, 1, 2, 3, 7, 6, 5, 4];
/** @type {readonly [button: number, action: Action][]} the cross */
const CROSS = [[12, "up"], [13, "down"], [14, "left"], [15, "right"]];
/** The sine of an eighth of half a turn: a stick nearer than that to an axis is on it. */
const OFF_AXIS = 0.38;
const HOLDER = "pad";
/** CSS pixels that the pointer moves in a second. */
const SPEED = 900;

export class Gamepad {
  /**
   * @param {Input} input @param {Bindings} bindings @param {() => boolean} playing whether it is for the game now
   * @param {(code: string) => boolean} pressed whether the press of a button was for something else
   * @param {() => readonly (Pad | null)[]} pads
   */
  constructor(input, bindings, playing, pressed, pads = () => navigator.getGamepads?.() ?? []) {
    this.input = input;
    this.bindings = bindings;
    this.playing = playing;
    this.pressed = pressed;
    this.pads = pads;
    /** @type {Set<number>} buttons that were down when looked at last */
    this.down = new Set();
    /** @type {Set<Action>} what it holds */
    this.held = new Set();
    this.steering = false;
    /** Whether the game that is played has a pointer. */
    this.points = false;
    /** The CSS pixels in which it points. */
    this.size = () => ({ width: innerWidth, height: innerHeight });
    this.lookedAt = 0;
  }

  /** To be called in each frame: gamepads report nothing by themselves. @param {number} now milliseconds */
  poll(now) {
    const elapsed = Math.min(100, now - this.lookedAt) / 1000;
    this.lookedAt = now;
    const pad = this.pads().find((one) => one?.connected) ?? null;
    if (!pad && !this.held.size && !this.steering) return;
    /** @type {Set<number>} */
    const down = new Set();
    pad?.buttons.forEach(({ pressed }, number) => {
      if (pressed && (this.down.has(number) || !this.pressed(`Pad${number}`))) down.add(number);
    });
    this.down = down;
    const playing = pad !== null && this.playing();
    this.steer(playing ? stickAt(pad, 0) : null, down);
    if (playing) this.turn(stickAt(pad, 2), elapsed);
    this.hold(new Set(playing ? [...this.actionsOf(down), ...this.headings(pad, down)] : []));
  }

  /** @param {{x: number, y: number} | null} stick @param {ReadonlySet<number>} down */
  steer(stick, down) {
    const crossed = CROSS.some(([number]) => down.has(number));
    const pushed = stick !== null && !crossed && Math.hypot(stick.x, stick.y) > 0;
    // Keys and thumbs go on steering while the stick of a gamepad that lies there is at rest.
    if (pushed) this.input.stick = stick;
    else if (this.steering) this.input.stick = null;
    this.steering = pushed;
  }

  /** Move the pointer, in games that have one, or aim. @param {{x: number, y: number}} stick @param {number} elapsed seconds */
  turn({ x, y }, elapsed) {
    const { input } = this;
    if (Math.hypot(x, y) === 0) return;
    if (this.points) {
      const { width, height } = this.size();
      const from = input.pointer ?? { x: width / 2, y: height / 2 };
      const [across, down] = [from.x + x * SPEED * elapsed, from.y + y * SPEED * elapsed];
      input.pointer = { x: Math.max(0, Math.min(width, across)), y: Math.max(0, Math.min(height, down)) };
    } else if (Math.hypot(x, y) >= TURNED) {
      // On a page that has both, what was used last aims.
      input.pointer = null;
      input.aim = aimOf(x, y);
    }
  }

  /** @param {ReadonlySet<number>} down @returns {Action[]} of the buttons: as they are bound, or else in their order */
  actionsOf(down) {
    const { bindings } = this;
    return [...down].flatMap((number) => {
      const bound = bindings.controlOf(`Pad${number}`);
      const action = bound ?? bindings.controls[IN_ORDER.indexOf(number)]?.name ?? null;
      return action === null || PAGE_CONTROLS.includes(action) ? [] : [action];
    });
  }

  /** @param {Pad} pad @param {ReadonlySet<number>} down @returns {Action[]} */
  headings(pad, down) {
    const { x, y } = stickAt(pad, 0);
    const length = Math.hypot(x, y);
    /** @type {Action[]} */
    const ways = CROSS.filter(([number]) => down.has(number)).map(([, action]) => action);
    if (length < TURNED) return ways;
    if (Math.abs(x) > OFF_AXIS * length) ways.push(x > 0 ? "right" : "left");
    if (Math.abs(y) > OFF_AXIS * length) ways.push(y > 0 ? "down" : "up");
    return ways;
  }

  /** @param {Set<Action>} actions */
  hold(actions) {
    for (const action of this.held) if (!actions.has(action)) this.input.release(action, HOLDER);
    for (const action of actions) this.input.hold(action, HOLDER, true);
    this.held = actions;
  }
}

/** @param {Pad} pad @param {number} axis the first of its two @returns {{x: number, y: number}} from 0 to 1 long */
function stickAt({ axes }, axis) {
  const [x, y] = [axes[axis] ?? 0, axes[axis + 1] ?? 0];
  const length = Math.hypot(x, y);
  if (!(length > REST)) return { x: 0, y: 0 };
  const scale = Math.min(1, (length - REST) / (1 - REST)) / length;
  return { x: x * scale, y: y * scale };
}
