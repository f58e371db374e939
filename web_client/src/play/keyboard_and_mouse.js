/** Listeners of keyboard and mouse that write to an `Input`, by the player's bindings. */

/** @typedef {import("../net/subscribers.js").Stop} Stop */
/** @typedef {import("./bindings.js").Bindings} Bindings */
/** @typedef {import("./input.js").Action} Action */
/** @typedef {import("./input.js").Input} Input */

/** Of `MouseEvent.buttons`: the bit of each button that can be bound. @type {[button: number, bit: number][]} */
const MOUSE_BITS = [[0, 1], [1, 4], [2, 2], [3, 8], [4, 16]];

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
    return control === "scores" || control === "chat" || control === "people" ? null : control;
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
    if (event.pointerType !== "mouse" || !playing()) return;
    input.pointer = { x: event.clientX, y: event.clientY };
    if (event.button === 1) event.preventDefault();
    if (action) input.press(action, code);
  }, { signal });
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
  }, { signal });
  addEventListener("pointerup", (event) => {
    const code = `Mouse${event.button}`;
    const action = actionOf(code);
    if (event.pointerType === "mouse" && action) input.release(action, code);
  }, { signal });
  addEventListener("pointercancel", (event) => {
    if (event.pointerType !== "mouse") return;
    for (const [button] of MOUSE_BITS) {
      const action = actionOf(`Mouse${button}`);
      if (action) input.release(action, `Mouse${button}`);
    }
  }, { signal });
  field.addEventListener("contextmenu", (event) => event.preventDefault(), { signal });
  addEventListener("blur", () => input.releaseAll(), { signal });
  document.addEventListener("visibilitychange", () => input.releaseAll(), { signal });
  return () => listening.abort();
}
