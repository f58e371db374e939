/** Intents of the player, to join, watch, create or leave, and the request for each. */

import { create, join, leave, watch } from "./requests.js";

/** @typedef {import("./requests.js").Options} Options */
/**
 * @typedef {{kind: "join", match: string, password: string, wait: boolean}
 *   | {kind: "watch", match: string, password: string}
 *   | {kind: "create", options: Options}
 *   | {kind: "leave"}} Intent
 * An empty `match` is quick play; to watch, the match with most people
 */

/** @param {string} match @param {string} password @param {boolean} wait @returns {Intent} */
export function toJoin(match, password = "", wait = false) {
  return { kind: "join", match, password, wait };
}

/** @param {string} match @param {string} password @returns {Intent} */
export function toWatch(match, password = "") {
  return { kind: "watch", match, password };
}

/** Leave the match, and the queue. @returns {Intent} */
export function toLeave() {
  return { kind: "leave" };
}

/** @param {Intent} intent @returns {Uint8Array<ArrayBuffer>} */
export function requestOf(intent) {
  switch (intent.kind) {
    case "join": return join(intent.match, intent.password, intent.wait);
    case "watch": return watch(intent.match, intent.password);
    case "create": return create(intent.options);
    case "leave": return leave();
  }
}

/** @param {Intent | null} intent @returns {string} */
export function passwordOf(intent) {
  if (!intent || intent.kind === "leave") return "";
  return intent.kind === "create" ? intent.options.password : intent.password;
}
