/** What a timeline shows of a recording: its marks in words. */

import { MARKS } from "../net/recording.js";

/** @typedef {import("../net/read_match.js").Welcome} Welcome */
/** @typedef {import("../net/recording.js").Mark} Mark */
/** @typedef {{tick: number, kind: "phase" | "winners" | "chat" | "event", text: string}} TimelineMark */

/** @param {readonly Mark[]} marks @param {Welcome} welcome @returns {TimelineMark[]} */
export function timelineOf(marks, { schema }) {
  /** Who has, or had, a seat by the moment of a mark. @type {Map<unknown, string>} */
  const names = new Map();
  /** @type {TimelineMark[]} */
  const shown = [];
  for (const { tick, kind, rest: [one, ...others] } of marks) {
    if (kind === MARKS.seated) names.set(one, String(others[0]));
    else if (kind === MARKS.phase) shown.push({ tick, kind: "phase", text: String(one) });
    else if (kind === MARKS.chat) shown.push({ tick, kind: "chat", text: `${String(one)} says something` });
    else if (kind === MARKS.winners) shown.push({ tick, kind: "winners", text: wonBy(one) });
    else if (kind === MARKS.event) {
      const name = schema.events.get(Number(one))?.name ?? "";
      shown.push({ tick, kind: "event", text: `${name}: ${others.map((value) => names.get(value) ?? String(value)).join(", ")}` });
    }
  }
  return shown;
}

/** @param {unknown} winners @returns {string} */
function wonBy(winners) {
  return Array.isArray(winners) && winners.length ? `Won by ${winners.map(String).join(", ")}` : "Nobody has won";
}
