/** The controls of a game's own options in the dialog of a new match: one for each that the game declares. */

import { OPTION_KINDS } from "../net/read_lobby.js";
import { make } from "../view/dom.js";

/** @typedef {import("../net/read_lobby.js").GameOption} GameOption */
/** @typedef {import("../net/requests.js").Chosen} Chosen */
/** @typedef {{option: GameOption, control: HTMLInputElement | HTMLSelectElement, fault: HTMLElement}} Entry */

export class GameOptions {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    /** @type {Entry[]} */
    this.entries = [];
  }

  /** @param {readonly GameOption[]} options each as it is unless somebody sets it */
  show(options) {
    this.entries = options.map((option) => ({ option, control: controlOf(option), fault: make("span", "fault") }));
    for (const { fault } of this.entries) fault.setAttribute("role", "alert");
    this.root.replaceChildren(...this.entries.map(lineOf));
  }

  /** @returns {Chosen | null} null while a number is none that fits: its fault is shown */
  read() {
    /** @type {{[option: string]: number | string}} */
    const chosen = {};
    let faulty = null;
    for (const { option, control, fault } of this.entries) {
      const value = valueOf(option, control);
      const fits = typeof value === "string" || (Number.isInteger(value) && value >= option.low && value <= option.high);
      fault.textContent = fits ? "" : `A whole number from ${option.low} to ${option.high}.`;
      control.setAttribute("aria-invalid", String(!fits));
      if (!fits) faulty ??= control;
      chosen[option.name] = value;
    }
    faulty?.focus();
    return faulty ? null : chosen;
  }
}

/** @param {GameOption} option @param {HTMLInputElement | HTMLSelectElement} control @returns {number | string} */
function valueOf({ kind }, control) {
  if (kind === OPTION_KINDS.choice) return control.value;
  if (kind === OPTION_KINDS.toggle && control instanceof HTMLInputElement) return Number(control.checked);
  return control.value.trim() === "" ? NaN : Number(control.value);
}

/** @param {GameOption} option */
function controlOf({ kind, name, preset, low, high, choices }) {
  const control = kind === OPTION_KINDS.choice ? make("select") : make("input");
  control.id = `option-${name}`;
  if (control instanceof HTMLSelectElement) {
    control.append(...choices.map((choice) => Object.assign(make("option", "", choice.title), { value: choice.name })));
    control.value = String(preset);
  } else if (kind === OPTION_KINDS.toggle) {
    Object.assign(control, { type: "checkbox", checked: preset === 1 });
  } else {
    Object.assign(control, { type: "number", inputMode: "numeric", min: String(low), max: String(high), value: String(preset) });
  }
  return control;
}

/** @param {Entry} entry @returns {HTMLElement} */
function lineOf({ option, control, fault }) {
  if (option.kind === OPTION_KINDS.toggle) return make("label", "switch", [control, make("span", "", option.label)]);
  const label = make("label", "", option.label);
  label.htmlFor = control.id;
  return make("p", option.kind === OPTION_KINDS.number ? "entry short" : "entry", [label, control, fault]);
}
