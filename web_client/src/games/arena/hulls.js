/**
 * Hulls: five outlines that differ at a glance, nose to the right, in a square of 40 units.
 *
 * Where teams play, all of a team have the same, and their names distinguish them: one team is pointed, the other round.
 */

import { playerColour, teamColour } from "../../view/palette.js";

/** @typedef {import("../../play/contract.js").Emblem} Emblem */

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

const POINTED = 0;
const ROUND = 4;

/** @param {number} team @returns {number} which outline */
function teamOutline(team) {
  return team % 2 ? POINTED : ROUND;
}

/** @param {number} team @returns {Emblem} */
export function teamEmblem(team) {
  return { path: OUTLINES[teamOutline(team)], colour: teamColour(team) };
}

/** @type {Path2D[]} made when first drawn, since only a page has paths */
const PATHS = [];

/** @param {number} player @param {number} team 0 for none @returns {Path2D} */
export function hull(player, team) {
  const which = team ? teamOutline(team) : player % OUTLINES.length;
  return (PATHS[which] ??= new Path2D(OUTLINES[which]));
}
