/** What the server says to everybody, over everything: what it is about to do stays, the rest goes by itself. */

import { part, show, write } from "./dom.js";

/** A text that is true until the connection ends. */
const STAYS = /^The server stops\b/;
const SHOWN_MS = 8000;

export class Warning {
  constructor() {
    this.root = part("warning", HTMLElement);
    this.text = part("warning-text", HTMLElement);
    /** Local milliseconds. */
    this.until = 0;
    part("warning-close", HTMLButtonElement).addEventListener("click", () => this.hide());
  }

  /** @param {string} text @param {number} now milliseconds */
  say(text, now) {
    this.until = STAYS.test(text) ? Infinity : now + SHOWN_MS;
    write(this.text, text);
    show(this.root, true);
  }

  /** @param {number} now milliseconds */
  keepTime(now) {
    if (now > this.until) this.hide();
  }

  hide() {
    show(this.root, false);
  }
}
