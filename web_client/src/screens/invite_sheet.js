/** The sheet for a host who is alone: link and code for friends, in the middle of the screen until somebody comes. */

import { linkTo } from "../lobby/codes.js";
import { part, show, write } from "../view/dom.js";
import { pathOf, qrCode } from "../view/qr.js";
import { copyFrom } from "./invite_link.js";

/** @typedef {import("../lobby/roster.js").Roster} Roster */
/** @typedef {import("../net/read_match.js").Welcome} Welcome */

const SVG = "http://www.w3.org/2000/svg";
/** Modules that have to stay light around a code. */
const QUIET = 4;

export class InviteSheet {
  constructor() {
    this.root = part("alone", HTMLElement);
    this.link = part("alone-link", HTMLInputElement);
    this.code = part("alone-code", HTMLElement);
    this.picture = part("alone-picture", HTMLElement);
    const copy = part("alone-copy", HTMLButtonElement);
    copy.addEventListener("click", () => copyFrom(this.link, copy));
    this.link.addEventListener("focus", () => this.link.select());
    part("alone-close", HTMLButtonElement).addEventListener("click", () => this.dismiss());
    /** Whether the player has put it away, in this match. */
    this.dismissed = false;
    this.match = "";
  }

  get shown() {
    return !this.root.hidden;
  }

  /** Hide the sheet for this match. */
  dismiss() {
    if (!this.shown) return;
    this.dismissed = true;
    this.hide();
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  }

  hide() {
    show(this.root, false);
  }

  /** @param {Welcome} welcome @param {Roster} roster @param {boolean} free whether nothing else is in the middle of the screen */
  draw({ match }, roster, free) {
    if (match.id !== this.match) this.suit(match.id);
    const alone = roster.seated.filter((member) => roster.isPerson(member)).length === 1;
    if (!alone) this.dismissed = true;
    show(this.root, roster.hosting && alone && !this.dismissed && free);
  }

  /** @param {string} code of the match */
  suit(code) {
    this.match = code;
    this.dismissed = false;
    this.link.value = linkTo(location, code);
    write(this.code, code);
    const modules = qrCode(this.link.value);
    show(this.picture, modules !== null);
    if (modules) this.picture.replaceChildren(pictureOf(modules));
  }
}

/** @param {boolean[][]} modules @returns {SVGElement} */
function pictureOf(modules) {
  const size = modules.length + 2 * QUIET;
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", `${-QUIET} ${-QUIET} ${size} ${size}`);
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", "The link as a QR code");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", pathOf(modules));
  picture.append(path);
  return picture;
}
