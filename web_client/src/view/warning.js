/** Announcements of the server, over everything: that it is about to stop stays, others disappear by themselves. */

import { part, show, write } from "./dom.js";

const SHOWN_MS = 8000;

export class Warning {
  constructor() {
    this.root = part("warning", HTMLElement);
    this.text = part("warning-text", HTMLElement);
    /** Local milliseconds. */
    this.until = 0;
    /** The last word about a stop, which is true until the connection ends; empty for none, or when it was closed. */
    this.stop = "";
    part("warning-close", HTMLButtonElement).addEventListener("click", () => this.hide());
  }

  /** @param {string} text @param {number} now milliseconds */
  say(text, now) {
    this.show(text, now + SHOWN_MS);
  }

  /** @param {string} text */
  stops(text) {
    this.stop = text;
    this.show(text, Infinity);
  }

  /** The stop is taken back, which is no news where none was shown. @param {string} text @param {number} now milliseconds */
  goesOn(text, now) {
    if (!this.stop) return;
    this.stop = "";
    this.say(text, now);
  }

  /** @param {string} text @param {number} until milliseconds */
  show(text, until) {
    this.until = until;
    write(this.text, text);
    show(this.root, true);
  }

  /** @param {number} now milliseconds */
  keepTime(now) {
    if (now <= this.until) return;
    if (this.stop) this.stops(this.stop);
    else this.hide();
  }

  hide() {
    this.stop = "";
    show(this.root, false);
  }
}
