/** Insets that keep the whole field clear of the panels around it. */

/** @typedef {import("./camera.js").Insets} Insets */
/** @typedef {import("./camera.js").Size} Size */
/** @typedef {import("./fading_panels.js").Box} Box */

import { lookAtWhole, NO_INSETS } from "./camera.js";

/** Milliseconds between two looks at the page. */
const INTERVAL = 150;

/**
 * @param {Box[]} boxes CSS pixels @param {Size} screen CSS pixels @param {Size} world
 * @returns {Insets} those that keep the world clear of every box and show it best; none if nothing does
 */
export function roomBetween(boxes, screen, world) {
  /** @type {Insets[]} */
  let rooms = [NO_INSETS];
  for (const box of boxes) rooms = unlike(rooms.flatMap((room) => beside(room, box, screen)));
  let best = NO_INSETS;
  let most = 0;
  for (const room of rooms) {
    const worth = worthOf(room, screen, world);
    if (worth > most) [best, most] = [room, worth];
  }
  return best;
}

/** @param {Insets} room @param {Size} screen @param {Size} world @returns {number} more for a larger world, less for one aside */
function worthOf(room, screen, world) {
  const view = lookAtWhole(world, screen, 1, room);
  const aside = Math.abs(view.x - world.width / 2) / screen.width + Math.abs(view.y - world.height / 2) / screen.height;
  return view.scale * (1 - aside * view.scale);
}

/** @param {Insets} room @param {Box} box @param {Size} screen @returns {Insets[]} the room on each side of the box */
function beside(room, box, { width, height }) {
  return [
    { ...room, top: Math.max(room.top, box.bottom) },
    { ...room, bottom: Math.max(room.bottom, height - box.top) },
    { ...room, left: Math.max(room.left, box.right) },
    { ...room, right: Math.max(room.right, width - box.left) },
  ].filter(({ left, right, top, bottom }) => left + right < width && top + bottom < height);
}

/** @param {Insets[]} rooms @returns {Insets[]} each once */
function unlike(rooms) {
  return [...new Map(rooms.map((room) => [[room.left, room.top, room.right, room.bottom].join(), room])).values()];
}

export class FieldInsets {
  /** @param {HTMLElement[]} parts of the page */
  constructor(parts) {
    this.parts = parts;
    this.lookedAt = -Infinity;
    this.insets = NO_INSETS;
  }

  /** @param {number} now milliseconds @param {Size} screen CSS pixels @param {Size} world @returns {Insets} */
  room(now, screen, world) {
    if (Math.abs(now - this.lookedAt) < INTERVAL) return this.insets;
    this.lookedAt = now;
    const boxes = this.parts.map((part) => part.getBoundingClientRect());
    this.insets = roomBetween(boxes.filter(({ width, height }) => width * height > 0), screen, world);
    return this.insets;
  }
}
