/** The page's address: what it asks for, and the address that leads back to a match. */

import { toJoin } from "../net/intents.js";

/** @typedef {import("../net/intents.js").Intent} Intent */

const MOST = 32;

/**
 * @typedef {object} Visit
 * @property {Intent | null} intent where the player wants to go; null for the lobby
 * @property {string | null} nickname when it need not be asked for
 */

/**
 * `?match=CODE` goes into that match, `?play` into any. `?nick=NAME` does not ask for a name; with nothing beside it, it
 * goes into any match.
 *
 * @param {string} search of the page's address
 * @returns {Visit}
 */
export function readAddress(search) {
  const asked = new URLSearchParams(search);
  const match = (asked.get("match") ?? "").trim().slice(0, MOST);
  const nickname = asked.get("nick");
  // A link in whatever case it was typed: codes are upper case.
  if (match) return { intent: toJoin(match.toUpperCase(), "", true), nickname };
  return { intent: asked.has("play") || nickname !== null ? toJoin("") : null, nickname };
}

/** @param {string} pathname @param {string} match its code; empty in the lobby @returns {string} the address to be shown */
export function addressOf(pathname, match) {
  return match ? `${pathname}?match=${encodeURIComponent(match)}` : pathname;
}
