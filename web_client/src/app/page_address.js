/** The page's address: what it asks for, and the address that leads back to a match. */

import { toJoin } from "../net/intents.js";

/** @typedef {import("../net/intents.js").Intent} Intent */
/** @typedef {{id: string, seconds: number, follow: string, match: string}} Moment of a recording; `match` is the code of a private one */

const MOST = 32;

/**
 * @typedef {object} Visit
 * @property {Intent | null} intent where the player wants to go; null for the lobby
 * @property {string | null} nickname when it need not be asked for
 * @property {Moment | null} replay a recording that is to be watched
 */

/**
 * `?match=CODE` goes into that match, `?play` into any. `?nick=NAME` does not ask for a name; with nothing beside it, it
 * goes into any match. `?replay=ID` shows a recording, `&t=` from a second on, `&follow=` with a player in the middle.
 *
 * @param {string} search of the page's address
 * @param {string} exported the ID of the one recording that the page was exported for; empty for none
 * @returns {Visit}
 */
export function readAddress(search, exported = "") {
  const asked = new URLSearchParams(search);
  if (exported) asked.set("replay", exported);
  const match = (asked.get("match") ?? "").trim().slice(0, MOST);
  const nickname = asked.get("nick");
  const replay = readMoment(asked);
  if (replay) return { intent: null, nickname, replay };
  // A link in whatever case it was typed: codes are upper case.
  if (match) return { intent: toJoin(match.toUpperCase(), "", true), nickname, replay };
  return { intent: asked.has("play") || nickname !== null ? toJoin("") : null, nickname, replay };
}

/** @param {URLSearchParams} asked @returns {Moment | null} */
function readMoment(asked) {
  const id = asked.get("replay");
  if (!id) return null;
  const seconds = Number(asked.get("t"));
  return {
    id: id.slice(0, MOST),
    seconds: Number.isFinite(seconds) ? Math.max(0, seconds) : 0,
    follow: asked.get("follow") ?? "",
    match: (asked.get("match") ?? "").slice(0, MOST).toUpperCase(),
  };
}

/** @param {string} pathname @param {Moment} moment @returns {string} the address that shows it */
export function replayAddress(pathname, { id, seconds, follow, match }) {
  const fields = new URLSearchParams({ replay: id });
  if (seconds) fields.set("t", String(Math.round(seconds * 10) / 10));
  if (follow) fields.set("follow", follow);
  if (match) fields.set("match", match);
  return `${pathname}?${fields}`;
}

/** @param {{id: string, match: string}} moment @returns {string} where its file is, beside the page */
export function recordingAddress({ id, match }) {
  return `recordings/${encodeURIComponent(id)}${match ? `?match=${encodeURIComponent(match)}` : ""}`;
}

/** @param {string} pathname @param {string} match its code; empty in the lobby @returns {string} the address to be shown */
export function addressOf(pathname, match) {
  return match ? `${pathname}?match=${encodeURIComponent(match)}` : pathname;
}
