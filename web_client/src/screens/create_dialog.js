/** The dialog with the options of a new match. A refusal is shown at the field that it is about. */

import { offeredGames } from "../lobby/games.js";
import { DEFAULTS, MAPS, MODES, RANGES, faultsOf, subjectOf } from "../lobby/options.js";
import { Dialog } from "../view/dialog.js";
import { make, part, sentence, show, write } from "../view/dom.js";
import { GameOptions } from "./game_options.js";

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
    this.gameOptions = new GameOptions(part("create-options", HTMLElement));
    /** Of each number, as the game that is chosen has them. */
    this.ranges = RANGES;
    /** What can change from round to round. */
    this.rotation = 0;
    /** As they were typed last; a game with fewer seats shows less. */
    this.wanted = { maxPlayers: DEFAULTS.maxPlayers, bots: DEFAULTS.bots };
    for (const name of /** @type {const} */ (["maxPlayers", "bots"])) {
      input(name).addEventListener("input", () => { this.wanted[name] = Number(input(name).value); });
    }
    select("game").addEventListener("change", () => this.suit());
    this.write(DEFAULTS);
    this.offer();
    part("create-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      const chosen = this.gameOptions.read();
      const options = { ...this.read(), options: chosen ?? {} };
      const faults = faultsOf(options, this.ranges);
      this.blame(faults);
      if (!chosen || Object.keys(faults).length) return;
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

  /** Offer the games that the server has now; what is chosen stays so, where it is still there. */
  offer() {
    const games = offeredGames();
    const chosen = select("game").value;
    select("game").replaceChildren(...games.map(({ name, title }) => option(name, title)));
    if (games.some(({ name }) => name === chosen)) select("game").value = chosen;
    show(part("create-game-entry", HTMLElement), games.length > 1);
    this.suit();
  }

  /** Show what there is to choose of the game that is chosen. */
  suit() {
    const game = offeredGames().find(({ name }) => name === select("game").value);
    const modes = game?.modes ?? [];
    select("mode").replaceChildren(...modes.map(({ name, title }) => option(name, title)));
    show(part("create-mode-entry", HTMLElement), modes.length > 1);
    const rotation = game?.rotation ?? 0;
    show(part("create-rotate-maps-entry", HTMLElement), (rotation & MAPS) !== 0);
    show(part("create-rotate-modes-entry", HTMLElement), (rotation & MODES) !== 0);
    // What is hidden stays as it was for the next game; `read` leaves it out.
    this.rotation = rotation;
    this.gameOptions.show(game?.options ?? []);
    const [least, most] = RANGES.maxPlayers;
    const seats = game ? [Math.max(least, game.least), Math.min(most, game.most)] : RANGES.maxPlayers;
    this.ranges = { ...RANGES, maxPlayers: /** @type {[number, number]} */ (seats) };
    for (const name of NUMBERS) [input(name).min, input(name).max] = this.ranges[name].map(String);
    const { maxPlayers, bots } = this.wanted;
    if (maxPlayers) input("maxPlayers").value = String(Math.min(Math.max(maxPlayers, seats[0]), seats[1]));
    input("bots").value = String(Math.min(bots, Number(input("maxPlayers").value)));
  }

  /** @param {Options} options */
  write(options) {
    for (const name of NUMBERS) input(name).value = String(options[name]);
    for (const name of /** @type {const} */ (["name", "password"])) input(name).value = options[name];
    for (const name of /** @type {const} */ (["private", "recorded"])) input(name).checked = options[name];
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
      options: {},
      takeover: select("takeover").value === "1",
      spectating: Number(select("spectating").value),
      delay: numeral("delay"),
      rotation: this.rotation & ((input("rotate-maps").checked ? MAPS : 0) | (input("rotate-modes").checked ? MODES : 0)),
      recorded: input("recorded").checked,
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
