/** The dialog with the options of a new match. A refusal is shown at the field that it is about. */

import { GAMES } from "../games/index.js";
import { DEFAULTS, MAPS, MODES, RANGES, faultsOf, subjectOf } from "../lobby/options.js";
import { Dialog } from "../view/dialog.js";
import { make, part, sentence, show, write } from "../view/dom.js";

/** @typedef {import("../lobby/options.js").Faults} Faults */
/** @typedef {import("../net/requests.js").Options} Options */

const NUMBERS = /** @type {(keyof typeof RANGES)[]} */ (Object.keys(RANGES));

/** @param {string} field @returns {HTMLInputElement} */
const input = (field) => part(`create-${field}`, HTMLInputElement);
/** @param {string} field @returns {HTMLSelectElement} */
const select = (field) => part(`create-${field}`, HTMLSelectElement);

export class CreateDialog {
  /** @param {(options: Options) => void} create */
  constructor(create) {
    this.dialog = new Dialog("create");
    this.fault = part("create-fault", HTMLElement);
    select("game").replaceChildren(...GAMES.map(({ name, title }) => option(name, title)));
    select("game").addEventListener("change", () => this.listModes());
    show(part("create-game-entry", HTMLElement), GAMES.length > 1);
    for (const name of NUMBERS) [input(name).min, input(name).max] = RANGES[name].map(String);
    this.listModes();
    this.write(DEFAULTS);
    part("create-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      const options = this.read();
      const faults = faultsOf(options);
      this.blame(faults);
      if (Object.keys(faults).length) return;
      this.dialog.close();
      create(options);
    });
  }

  show() {
    this.blame({});
    this.dialog.show(input("name"));
  }

  /** @param {string} text of a refusal: the dialog opens again, as it was */
  refuse(text) {
    const subject = subjectOf(text);
    this.dialog.show();
    this.blame(subject ? { [subject]: sentence(text) } : {}, subject ? "" : sentence(text));
  }

  listModes() {
    const modes = GAMES.find(({ name }) => name === select("game").value)?.modes ?? [];
    select("mode").replaceChildren(...modes.map(({ name, title }) => option(name, title)));
  }

  /** @param {Options} options */
  write(options) {
    for (const name of NUMBERS) input(name).value = String(options[name]);
    for (const name of /** @type {const} */ (["name", "password"])) input(name).value = options[name];
    for (const name of /** @type {const} */ (["private", "friendlyFire"])) input(name).checked = options[name];
    input("rotate-maps").checked = (options.rotation & MAPS) !== 0;
    input("rotate-modes").checked = (options.rotation & MODES) !== 0;
    select("takeover").value = String(Number(options.takeover));
    select("spectating").value = String(options.spectating);
  }

  /** @returns {Options} */
  read() {
    /** @param {string} name */
    const numeral = (name) => (input(name).value.trim() === "" ? NaN : Number(input(name).value));
    return {
      name: input("name").value.trim(),
      game: select("game").value,
      mode: select("mode").value,
      maxPlayers: numeral("maxPlayers"),
      bots: numeral("bots"),
      rounds: numeral("rounds"),
      private: input("private").checked,
      password: input("password").value,
      friendlyFire: input("friendlyFire").checked,
      takeover: select("takeover").value === "1",
      spectating: Number(select("spectating").value),
      delay: numeral("delay"),
      rotation: (input("rotate-maps").checked ? MAPS : 0) | (input("rotate-modes").checked ? MODES : 0),
    };
  }

  /** @param {Faults} faults @param {string} general about no field */
  blame(faults, general = "") {
    write(this.fault, general);
    /** @type {HTMLElement | null} */
    let first = null;
    for (const place of this.dialog.root.querySelectorAll("[data-of]")) {
      if (!(place instanceof HTMLElement)) continue;
      const name = /** @type {keyof Options} */ (place.dataset.of);
      const text = faults[name] ?? "";
      write(place, text);
      const control = part(`create-${name}`, HTMLElement);
      control.setAttribute("aria-invalid", String(text !== ""));
      if (text) first ??= control;
    }
    first?.focus();
  }
}

/** @param {string} value @param {string} title */
function option(value, title) {
  const element = make("option", "", title);
  element.value = value;
  return element;
}
