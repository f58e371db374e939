/** The element of the page in which a game of buttons and text has what it likes. */

import { show } from "./dom.js";

export class GameRoot {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    this.listening = new AbortController();
    const { signal } = this.listening;
    // The keys of the game and of the page listen at the window: what is typed in here is for neither.
    element.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") this.blur();
    }, { signal });
    // A button that was clicked gives the keyboard back; one that was reached by Tab keeps it, to be pressed again.
    element.addEventListener("click", (event) => {
      if (event.detail > 0 && event.target instanceof Element && event.target.closest("button")) this.blur();
    }, { signal });
  }

  /** @param {boolean} alone whether the game draws no field, so that all of the screen is for the element */
  open(alone) {
    this.element.replaceChildren();
    this.element.classList.toggle("alone", alone);
    show(this.element, true);
  }

  close() {
    this.element.replaceChildren();
    show(this.element, false);
  }

  stop() {
    this.close();
    this.listening.abort();
  }

  blur() {
    const { activeElement } = document;
    if (activeElement instanceof HTMLElement && this.element.contains(activeElement)) activeElement.blur();
  }
}
