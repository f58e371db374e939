/** What the player holds down and where they aim, whatever it is held with. */

/** @typedef {"up" | "down" | "left" | "right" | "fire" | "dash"} Action */
/** @typedef {import("./bindings.js").Bindings} Bindings */

export const AIM_STEPS = 4096;

/** Of `MouseEvent.buttons`: the bit of each button that can be bound. @type {[button: number, bit: number][]} */
const MOUSE_BITS = [[0, 1], [1, 4], [2, 2], [3, 8], [4, 16]];

/** @param {number} x @param {number} y @returns {number} 4096ths of a turn, 0 is +x and 1024 is +y */
export function aimOf(x, y) {
  return Math.round((Math.atan2(y, x) / (2 * Math.PI)) * AIM_STEPS) & (AIM_STEPS - 1);
}

export class Input {
  constructor() {
    /** @type {Map<Action, Set<string>>} what holds each action down: two keys may hold the same */
    this.holders = new Map();
    /** @type {Set<Action>} pressed since the last input was made: a tap shorter than a tick counts */
    this.tapped = new Set();
    this.aim = 0;
    /** @type {{x: number, y: number} | null} where the mouse points, in CSS pixels; null while it does not aim */
    this.pointer = null;
    /** @type {((action: Action) => void)[]} told of every press that changes what is held */
    this.listeners = [];
  }

  /** @param {(action: Action) => void} pressed told of every press that changes what is held */
  listen(pressed) {
    this.listeners.push(pressed);
  }

  /** @param {Action} action @param {string} holder */
  press(action, holder) {
    const holders = this.holders.get(action) ?? new Set();
    if (!holders.size) for (const pressed of this.listeners) pressed(action);
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
  }

  /** @param {{readonly [action in Action]?: number}} buttons bits of the game @returns {number} held or tapped now */
  bits(buttons) {
    let bits = 0;
    for (const [action, holders] of this.holders) if (holders.size) bits |= buttons[action] ?? 0;
    for (const action of this.tapped) bits |= buttons[action] ?? 0;
    return bits;
  }

  /** An input has been made of it: taps are used up. */
  used() {
    this.tapped.clear();
  }
}

/**
 * @param {Input} input
 * @param {Bindings} bindings
 * @param {HTMLElement} field where the mouse aims
 * @param {() => boolean} playing whether keys are for the game now, not for a text field or a screen
 */
export function listenToKeyboardAndMouse(input, bindings, field, playing) {
  /** @param {string} code @returns {Action | null} */
  const actionOf = (code) => {
    const deed = bindings.deedOf(code);
    return deed === "scores" || deed === "chat" || deed === "people" ? null : deed;
  };
  addEventListener("keydown", (event) => {
    const action = actionOf(event.code);
    if (!action || !playing() || bindings.isChord(event)) return;
    event.preventDefault();
    // A key that repeats and is not held was pressed while it was not for the game: during a blip, say.
    if (event.repeat) input.hold(action, event.code, true);
    else input.press(action, event.code);
  });
  addEventListener("keyup", (event) => {
    const action = actionOf(event.code);
    if (action) input.release(action, event.code);
    // macOS reports no key that is released while Meta is down.
    if (event.key === "Meta") input.releaseAll();
  });
  field.addEventListener("pointerdown", (event) => {
    const code = `Mouse${event.button}`;
    const action = actionOf(code);
    if (event.pointerType !== "mouse" || !playing()) return;
    input.pointer = { x: event.clientX, y: event.clientY };
    if (event.button === 1) event.preventDefault();
    if (action) input.press(action, code);
  });
  addEventListener("pointermove", (event) => {
    if (event.pointerType !== "mouse") return;
    input.pointer = { x: event.clientX, y: event.clientY };
    // A second button pressed while one is held comes as a move, not as a pointerdown.
    for (const [button, bit] of MOUSE_BITS) {
      const code = `Mouse${button}`;
      const action = actionOf(code);
      if (!action) continue;
      if (!(event.buttons & bit)) input.release(action, code);
      else if (event.target === field && playing()) input.hold(action, code, true);
    }
  });
  addEventListener("pointerup", (event) => {
    const code = `Mouse${event.button}`;
    const action = actionOf(code);
    if (event.pointerType === "mouse" && action) input.release(action, code);
  });
  addEventListener("pointercancel", (event) => {
    if (event.pointerType !== "mouse") return;
    for (const [button] of MOUSE_BITS) {
      const action = actionOf(`Mouse${button}`);
      if (action) input.release(action, `Mouse${button}`);
    }
  });
  field.addEventListener("contextmenu", (event) => event.preventDefault());
  addEventListener("blur", () => input.releaseAll());
  document.addEventListener("visibilitychange", () => input.releaseAll());
}
