/** The link and the code by which friends come into the match. */

import { linkTo } from "../lobby/codes.js";
import { part, show, write } from "../view/dom.js";

const COPY = "Copy the link";
const SHOWN_MS = 2000;

export class InviteLink {
  constructor() {
    this.link = part("invite-link", HTMLInputElement);
    this.code = part("invite-code", HTMLElement);
    this.copy = part("invite-copy", HTMLButtonElement);
    this.share = part("invite-share", HTMLButtonElement);
    this.name = "";
    this.copy.addEventListener("click", () => copyFrom(this.link, this.copy));
    this.share.addEventListener("click", () => {
      // The promise is rejected when the player closes the system's dialog.
      navigator.share({ title: this.name, url: this.link.value }).catch(() => {});
    });
    this.link.addEventListener("focus", () => this.link.select());
  }

  /** @param {string} code of the match @param {string} name */
  show(code, name) {
    this.name = name;
    this.link.value = linkTo(location, code);
    write(this.code, code);
    write(this.copy, COPY);
    show(this.share, typeof navigator.share === "function");
  }
}

/** @param {HTMLInputElement} link @param {HTMLElement} button that shows the outcome */
export async function copyFrom(link, button) {
  let done = true;
  try {
    await navigator.clipboard.writeText(link.value);
  } catch {
    // Without TLS browsers have no such clipboard: copy what is selected.
    link.focus();
    done = document.execCommand("copy");
    button.focus();
  }
  write(button, done ? "Copied" : "Copy it by hand");
  setTimeout(() => write(button, COPY), SHOWN_MS);
}
