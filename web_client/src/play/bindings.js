/** Bindings of keys to controls: up to two keys for a control, and no key for two controls. */

/** @typedef {import("./input.js").Action} Action */
/** @typedef {Action | "scores" | "chat" | "people"} Control */
/** @typedef {[string | null, string | null]} Codes `KeyboardEvent.code`, or `Mouse` and a button's number */

/** By the key's place, so that WASD is a cross on any keyboard. @type {{readonly [control in Control]: Codes}} */
export const DEFAULTS = Object.freeze({
  up: ["KeyW", "ArrowUp"],
  down: ["KeyS", "ArrowDown"],
  left: ["KeyA", "ArrowLeft"],
  right: ["KeyD", "ArrowRight"],
  fire: ["Mouse0", null],
  dash: ["Space", "Mouse2"],
  scores: ["Tab", null],
  chat: ["Enter", null],
  people: ["KeyP", null],
});

export const CONTROLS = /** @type {Control[]} */ (Object.keys(DEFAULTS));
/** Keys that have a meaning of their own. */
const RESERVED = new Set(["Escape", "F3", "F5", "F11", "F12", "MetaLeft", "MetaRight"]);
const CODE = /^[A-Za-z][A-Za-z0-9]{0,24}$/;

/** @type {{readonly [code: string]: string}} */
const LABELS = {
  Mouse0: "Left button", Mouse1: "Middle button", Mouse2: "Right button", Mouse3: "Button 4", Mouse4: "Button 5",
  ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→",
  ShiftLeft: "Left Shift", ShiftRight: "Right Shift", ControlLeft: "Left Ctrl", ControlRight: "Right Ctrl",
  AltLeft: "Alt", AltRight: "AltGr", Backquote: "`", Minus: "-", Equal: "=", BracketLeft: "[", BracketRight: "]",
  Semicolon: ";", Quote: "'", Comma: ",", Period: ".", Slash: "/", Backslash: "\\", IntlBackslash: "<",
};

/** @param {string | null} code @returns {string} as a person calls it */
export function label(code) {
  if (code === null) return "";
  return LABELS[code] ?? code.replace(/^(Key|Digit)/, "").replace(/^Numpad/, "Num ");
}

/** @param {unknown} code @returns {code is string} */
function isBindable(code) {
  return typeof code === "string" && CODE.test(code) && !RESERVED.has(code);
}

export class Bindings {
  /** @param {unknown} stored what `toJSON` gave once; what is not to be understood is left at its default */
  constructor(stored = null) {
    /** @type {Map<Control, Codes>} */
    this.codes = new Map();
    this.reset();
    if (typeof stored !== "object" || stored === null) return;
    for (const control of CONTROLS) {
      const codes = /** @type {{[control: string]: unknown}} */ (stored)[control];
      if (!Array.isArray(codes) || codes.length !== 2) continue;
      if (codes.every((code) => code === null || isBindable(code))) this.codes.set(control, [codes[0], codes[1]]);
    }
  }

  reset() {
    for (const control of CONTROLS) this.codes.set(control, [...DEFAULTS[control]]);
  }

  /** @param {Control} control @returns {Readonly<Codes>} */
  of(control) {
    return this.codes.get(control) ?? [null, null];
  }

  /** @param {string} code @returns {Control | null} */
  controlOf(code) {
    for (const [control, codes] of this.codes) if (codes.includes(code)) return control;
    return null;
  }

  /**
   * @param {{code: string, ctrlKey: boolean, altKey: boolean, metaKey: boolean}} key
   * @returns {boolean} whether it is the browser's or the system's, Ctrl+P say; not with a Ctrl or Alt that does something
   */
  isChord({ code, ctrlKey, altKey, metaKey }) {
    /** @param {string} name */
    const used = (name) => code.startsWith(name) || [`${name}Left`, `${name}Right`].some((key) => this.controlOf(key) !== null);
    const alt = altKey && used("Alt"); // as AltGr, which comes as Ctrl and Alt in some systems
    return metaKey || (ctrlKey && !used("Control") && !alt) || (altKey && !alt);
  }

  /**
   * @param {Control} control @param {0 | 1} place @param {string | null} code taken away from whatever it did; null for none
   * @returns {boolean} false for a key that cannot be bound
   */
  bind(control, place, code) {
    if (code !== null && !isBindable(code)) return false;
    for (const codes of this.codes.values()) {
      for (const at of [0, 1]) if (code !== null && codes[at] === code) codes[at] = null;
    }
    const codes = this.codes.get(control);
    if (codes) codes[place] = code;
    return true;
  }

  toJSON() {
    return Object.fromEntries(this.codes);
  }
}
