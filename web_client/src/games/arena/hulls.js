/** Hulls: five outlines that can be told apart at a glance, nose to the right, in a square of 40 units. */

import { playerColour } from "../../view/palette.js";

/** @typedef {import("../contract.js").Emblem} Emblem */

const OUTLINES = [
  "M17 0L-12 12L-6 0L-12 -12Z",
  "M15 0L3 13H-11L-5 0L-11 -13H3Z",
  "M16 7L16 11L-4 14L-13 8V-8L-4 -14L16 -11V-7L5 -4V4Z",
  "M17 0L7 11L-13 7V-7L7 -11Z",
  "M17 0L9 4.5A13 13 0 1 1 9 -4.5Z",
];

/**
 * Colours and outlines have no common divisor, so a pair comes again only after forty players.
 * @param {number} player
 * @returns {Emblem}
 */
export function emblem(player) {
  return { path: OUTLINES[player % OUTLINES.length], colour: playerColour(player) };
}

const PATHS = OUTLINES.map((outline) => new Path2D(outline));

/** @param {number} player @returns {Path2D} */
export function hull(player) {
  return PATHS[player % PATHS.length];
}
