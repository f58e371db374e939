/** Bindings of keys to controls, of the page and of the game: up to two keys for a control, and no key for two controls. */

/** @typedef {import("./input.js").Action} Action */
/** @typedef {Action} Control an action of the game, or one of the page: `scores`, `chat`, `people` */
/** @typedef {{name: string, title: string, keys: readonly string[]}} GameControl `keys`: up to two by default */
/** @typedef {[string | null, string | null]} Codes `KeyboardEvent.code`; `Mouse` or `Pad` and a button's number; `WheelUp`, `WheelDown` */

/** By the key's place, so that WASD is a cross on any keyboard. @type {{readonly [control in Control]: Codes}} */
const DEFAULTS = Object.freeze({
  up: ["KeyW", "ArrowUp"],
  down: ["KeyS", "ArrowDown"],
  left: ["KeyA", "ArrowLeft"],
  right: ["KeyD", "ArrowRight"],
  scores: ["Tab", null],
  chat: ["Enter", null],
  people: ["KeyP", null],
});

const TITLES = /** @type {{[control in Control]: string}} */ ({
  up: "Up", down: "Down", left: "Left", right: "Right", scores: "Scores", chat: "Chat", people: "People",
});
/** Controls of the page, which do not steer. */
export const PAGE_CONTROLS = Object.freeze(["scores", "chat", "people"]);
/** Of the controls that are remembered. */
const MOST_REMEMBERED = 128;
/** Keys that have a meaning of their own. */
const RESERVED = new Set(["Escape", "F3", "F5", "F11", "F12", "MetaLeft", "MetaRight"]);
const CODE = /^[A-Za-z][A-Za-z0-9]{0,24}$/;

/** @type {{readonly [code: string]: string}} */
const LABELS = {
  Mouse0: "Left button", Mouse1: "Middle button", Mouse2: "Right button", Mouse3: "Button 4", Mouse4: "Button 5",
  WheelUp: "Wheel up", WheelDown: "Wheel down",
  Pad0: "Pad A", Pad1: "Pad B", Pad2: "Pad X", Pad3: "Pad Y", Pad4: "Pad LB", Pad5: "Pad RB", Pad6: "Pad LT", Pad7: "Pad RT",
  ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→",
  ShiftLeft: "Left Shift", ShiftRight: "Right Shift", ControlLeft: "Left Ctrl", ControlRight: "Right Ctrl",
  AltLeft: "Alt", AltRight: "AltGr", Backquote: "`", Minus: "-", Equal: "=", BracketLeft: "[", BracketRight: "]",
  Semicolon: ";", Quote: "'", Comma: ",", Period: ".", Slash: "/", Backslash: "\\", IntlBackslash: "<",
};

/** @param {string | null} code @returns {string} as a person calls it */
export function label(code) {
  if (code === null) return "";
  return LABELS[code] ?? code.replace(/^(Key|Digit)/, "").replace(/^(Numpad|Pad)/, (kind) => `${kind.slice(0, 3)} `);
}

/** @param {unknown} code @returns {code is string} */
function isBindable(code) {
  return typeof code === "string" && CODE.test(code) && !RESERVED.has(code);
}

export class Bindings {
  /**
   * @param {unknown} stored what `toJSON` gave once; what is not to be understood is left at its default
   * @param {readonly GameControl[]} controls of the game
   */
  constructor(stored = null, controls = []) {
    /** Of the controls that there are now. @type {Map<Control, Codes>} */
    this.codes = new Map();
    /** Of controls of any game, as they were bound last. @type {Map<Control, Codes>} */
    this.remembered = new Map();
    /** @type {readonly GameControl[]} */
    this.controls = [];
    for (const [control, codes] of Object.entries(stored ?? {}).slice(0, MOST_REMEMBERED)) {
      if (!Array.isArray(codes) || codes.length !== 2) continue;
      if (codes.every((code) => code === null || isBindable(code))) this.remembered.set(control, [codes[0], codes[1]]);
    }
    this.suit(controls);
  }

  /** Have the controls of a game, and no longer those of another one. @param {readonly GameControl[]} controls */
  suit(controls) {
    for (const [control, codes] of this.codes) this.remembered.set(control, codes);
    this.controls = controls.filter(({ name }) => !Object.hasOwn(DEFAULTS, name));
    this.codes.clear();
    for (const control of this.names) this.codes.set(control, [...(this.remembered.get(control) ?? this.presetOf(control))]);
  }

  /** @returns {string[]} of all controls, those of the game among them */
  get names() {
    const page = Object.keys(DEFAULTS);
    const steering = page.filter((control) => !PAGE_CONTROLS.includes(control));
    return [...steering, ...this.controls.map(({ name }) => name), ...PAGE_CONTROLS];
  }

  /** @param {Control} control @returns {string} as people call it */
  titleOf(control) {
    return TITLES[control] ?? this.controls.find(({ name }) => name === control)?.title ?? control;
  }

  /** @param {Control} control @returns {Codes} a key that something of the page has is not taken from it */
  presetOf(control) {
    if (Object.hasOwn(DEFAULTS, control)) return DEFAULTS[control];
    const wanted = this.controls.find(({ name }) => name === control)?.keys ?? [];
    const free = wanted.filter((code) => isBindable(code) && !Object.values(DEFAULTS).some((codes) => codes.includes(code)));
    return [free[0] ?? null, free[1] ?? null];
  }

  reset() {
    this.remembered.clear();
    for (const control of this.names) this.codes.set(control, [...this.presetOf(control)]);
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
    return Object.fromEntries([...this.remembered, ...this.codes]);
  }
}
