/** Listeners of keyboard and mouse that write to an `Input`, by the player's bindings. */

import { PAGE_CONTROLS } from "./bindings.js";
import { placeOn } from "./input.js";

/** @typedef {import("../net/subscribers.js").Stop} Stop */
/** @typedef {import("./bindings.js").Bindings} Bindings */
/** @typedef {import("./input.js").Action} Action */
/** @typedef {import("./input.js").Input} Input */

/** Of `MouseEvent.buttons`: the bit of each button that can be bound. @type {[button: number, bit: number][]} */
const MOUSE_BITS = [[0, 1], [1, 4], [2, 2], [3, 8], [4, 16]];

/** Pixels of scrolling that are a notch: a wheel reports 53 to 120 at once, a touch pad a few at a time. */
const NOTCH = 50;
/** Pixels of a line, which some browsers count in. */
const LINE = 33;

/** Notches of a wheel, out of the scrolling that browsers report. */
export class WheelNotches {
  /** @param {(code: "WheelUp" | "WheelDown") => void} notch */
  constructor(notch) {
    this.notch = notch;
    this.turned = 0;
  }

  /** @param {{deltaY: number, deltaMode: number}} event */
  turn({ deltaY, deltaMode }) {
    const turned = deltaMode === 1 ? deltaY * LINE : deltaY;
    this.turned += turned;
    if (Math.abs(turned) < NOTCH && Math.abs(this.turned) < NOTCH) return;
    this.notch(turned < 0 ? "WheelUp" : "WheelDown");
    this.turned = 0;
  }
}

/**
 * @param {Input} input
 * @param {Bindings} bindings
 * @param {HTMLElement} field where the mouse aims
 * @param {() => boolean} playing whether keys are for the game now, not for a text field or a screen
 * @returns {Stop}
 */
export function listenToKeyboardAndMouse(input, bindings, field, playing) {
  const listening = new AbortController();
  const { signal } = listening;
  /** @param {string} code @returns {Action | null} */
  const actionOf = (code) => {
    const control = bindings.controlOf(code);
    return control !== null && PAGE_CONTROLS.includes(control) ? null : control;
  };
  addEventListener("keydown", (event) => {
    const action = actionOf(event.code);
    if (!action || !playing() || bindings.isChord(event)) return;
    event.preventDefault();
    // A key that repeats and is not held was pressed while it was not for the game: during a blip, say.
    if (event.repeat) input.hold(action, event.code, true);
    else input.press(action, event.code);
  }, { signal });
  addEventListener("keyup", (event) => {
    const action = actionOf(event.code);
    if (action) input.release(action, event.code);
    // macOS reports no key that is released while Meta is down.
    if (event.key === "Meta") input.releaseAll();
  }, { signal });
  field.addEventListener("pointerdown", (event) => {
    const code = `Mouse${event.button}`;
    const action = actionOf(code);
    if (event.pointerType === "touch" || !playing()) return;
    input.pointer = placeOn(field, event);
    if (event.button === 1) event.preventDefault();
    if (action) input.press(action, code);
  }, { signal });
  addEventListener("pointermove", (event) => {
    if (event.pointerType === "touch") return;
    input.pointer = placeOn(field, event);
    // A second button pressed while one is held comes as a move, not as a pointerdown.
    for (const [button, bit] of MOUSE_BITS) {
      const code = `Mouse${button}`;
      const action = actionOf(code);
      if (!action) continue;
      if (!(event.buttons & bit)) input.release(action, code);
      else if (event.target === field && playing()) input.hold(action, code, true);
    }
  }, { signal });
  addEventListener("pointerup", (event) => {
    const code = `Mouse${event.button}`;
    const action = actionOf(code);
    if (event.pointerType !== "touch" && action) input.release(action, code);
  }, { signal });
  addEventListener("pointercancel", (event) => {
    if (event.pointerType === "touch") return;
    for (const [button] of MOUSE_BITS) {
      const action = actionOf(`Mouse${button}`);
      if (action) input.release(action, `Mouse${button}`);
    }
  }, { signal });
  const wheel = new WheelNotches((code) => {
    const action = actionOf(code);
    if (action && playing()) input.tap(action, code);
  });
  field.addEventListener("wheel", (event) => {
    // With Ctrl the browser makes the page larger.
    if (!event.ctrlKey) wheel.turn(event);
  }, { signal, passive: true });
  field.addEventListener("contextmenu", (event) => event.preventDefault(), { signal });
  addEventListener("blur", () => input.releaseAll(), { signal });
  document.addEventListener("visibilitychange", () => input.releaseAll(), { signal });
  return () => listening.abort();
}
