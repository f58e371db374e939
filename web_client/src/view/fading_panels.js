/** Panels that turn faint while they lie over your ship, so that no corner of the screen hides it. */

/** CSS pixels around the ship that are to be seen. */
const ROOM = 44;
const INTERVAL = 150;

/** @typedef {{left: number, top: number, right: number, bottom: number}} Box CSS pixels */

/** @param {Box} box @param {{x: number, y: number}} place @param {number} room @returns {boolean} */
export function covers(box, { x, y }, room) {
  return x > box.left - room && x < box.right + room && y > box.top - room && y < box.bottom + room;
}

export class FadingPanels {
  /** @param {HTMLElement[]} parts of the page */
  constructor(parts) {
    this.parts = parts;
    this.lookedAt = 0;
  }

  /** @param {number} now milliseconds @param {{x: number, y: number} | null} ship CSS pixels */
  update(now, ship) {
    if (now - this.lookedAt < INTERVAL) return;
    this.lookedAt = now;
    const covering = this.parts.map((part) => ship !== null && covers(part.getBoundingClientRect(), ship, ROOM));
    this.parts.forEach((part, at) => part.classList.toggle("faint", covering[at]));
  }
}
