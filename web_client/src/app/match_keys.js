/** Keys of a match that are not controls of the ship: scores, chat, people, settings, and whom to watch. */

import { placeOn } from "../play/input.js";
import { dialogOpen } from "../view/dialog.js";

/** @typedef {import("../net/connection.js").Connection} Connection */
/** @typedef {import("../play/bindings.js").Bindings} Bindings */
/** @typedef {import("./chat.js").Chat} Chat */
/** @typedef {import("./match_page.js").MatchPage} MatchPage */
/** @typedef {import("./people.js").People} People */
/** @typedef {{settings: () => void, people: () => void, chat: () => void}} Openers of dialogs and of the line of chat */

export class MatchKeys {
  /**
   * @param {Bindings} bindings @param {{connection: Connection, match: MatchPage, chat: Chat, people: People}} parts
   * @param {Openers} open
   */
  constructor(bindings, { connection, match, chat, people }, open) {
    this.bindings = bindings;
    this.connection = connection;
    this.match = match;
    this.chat = chat;
    this.people = people;
    this.open = open;
    this.listening = new AbortController();
  }

  /** @param {HTMLElement} field pressed for what the game makes of it, or to choose whom to watch */
  start(field) {
    const { match, listening: { signal } } = this;
    addEventListener("keydown", (event) => this.pressed(event), { signal });
    addEventListener("keyup", (event) => this.released(event), { signal });
    addEventListener("blur", () => match.showScores(false), { signal });
    field.addEventListener("pointerdown", (event) => {
      if (match.inMatch) match.press(placeOn(field, event));
    }, { signal });
  }

  stop() {
    this.listening.abort();
    this.listening = new AbortController();
  }

  /** Whether what is typed is for something else than the field. */
  get covered() {
    return this.chat.writing || dialogOpen();
  }

  /** Whether keys steer now. In the results the keyboard is for the votes once it has been moved there. */
  get areForTheGame() {
    return this.match.playing && !this.covered && !this.people.voting;
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const { match, connection } = this;
    if (event.code === "Escape" && !dialogOpen() && (match.inMatch || connection.status.state === "nickname")) {
      event.preventDefault(); // or the browser closes what has just been opened
      this.open.settings();
    }
    const onControl = document.activeElement instanceof HTMLButtonElement && event.code === "Enter";
    const forTheMatch = match.inMatch && !this.covered && !this.people.voting && !onControl && !this.bindings.isChord(event);
    if (forTheMatch && this.act(event)) event.preventDefault();
  }

  /** @param {KeyboardEvent} event */
  released(event) {
    const meta = event.key === "Meta"; // macOS reports no other key that was released before it
    if (meta || this.bindings.controlOf(event.code) === "scores") this.match.showScores(false);
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether the key does something here */
  act({ code }) {
    const { match } = this;
    const control = this.bindings.controlOf(code);
    switch (control) {
      case "scores":
        // One who watches goes from button to button by Tab, and has a button for the scores.
        if (match.resultsShown || match.watching) return false;
        match.showScores(true);
        return true;
      case "chat":
        this.open.chat();
        return true;
      case "people":
        this.open.people();
        return true;
      case "left":
      case "right":
        if (!match.watching) return false;
        match.turn(control === "left" ? -1 : 1);
        return true;
      case "up":
      case "down":
        if (!match.watching) return false;
        match.watchAll();
        return true;
      default:
        return false;
    }
  }
}
