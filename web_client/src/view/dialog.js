/** A dialog over the page: Escape, its Cancel button and a press beside it close it. */

import { part } from "./dom.js";

/** @returns {boolean} whether one is open, so that keys are not for the match */
export function dialogOpen() {
  return document.querySelector("dialog[open]") !== null;
}

export class Dialog {
  /** @param {string} id @param {() => void} closed */
  constructor(id, closed = () => {}) {
    this.root = part(id, HTMLDialogElement);
    for (const button of this.root.querySelectorAll("[data-closes]")) button.addEventListener("click", () => this.close());
    this.root.addEventListener("pointerdown", (event) => {
      if (event.target === this.root && !this.holds(event)) this.close();
    });
    this.root.addEventListener("close", closed);
  }

  get open() {
    return this.root.open;
  }

  /** @param {HTMLElement | null} focus what the keyboard is for at first */
  show(focus = null) {
    if (!this.open) this.root.showModal();
    // A sheet higher than the window is read from its title on, wherever its button is.
    focus?.focus({ preventScroll: true });
  }

  close() {
    if (this.open) this.root.close();
  }

  /** @param {PointerEvent} event @returns {boolean} whether it is on the sheet, not beside it */
  holds({ clientX: x, clientY: y }) {
    const { left, right, top, bottom } = this.root.getBoundingClientRect();
    return x >= left && x <= right && y >= top && y <= bottom;
  }
}
