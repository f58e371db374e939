/** Where a player wants to go, and how that is asked for. */

import { create, join, leave, watch } from "./requests.js";

/** @typedef {import("./requests.js").Options} Options */
/**
 * @typedef {{kind: "join", match: string, password: string, wait: boolean}
 *   | {kind: "watch", match: string, password: string}
 *   | {kind: "create", options: Options}
 *   | {kind: "leave"}} Wish
 * An empty `match` is quick play, or the match with most people
 */

/** @param {string} match @param {string} password @param {boolean} wait @returns {Wish} */
export function toJoin(match, password = "", wait = false) {
  return { kind: "join", match, password, wait };
}

/** @param {string} match @param {string} password @returns {Wish} */
export function toWatch(match, password = "") {
  return { kind: "watch", match, password };
}

/** Out of the match, and out of the queue. @returns {Wish} */
export function toLeave() {
  return { kind: "leave" };
}

/** @param {Wish} wish @returns {Uint8Array<ArrayBuffer>} */
export function requestOf(wish) {
  switch (wish.kind) {
    case "join": return join(wish.match, wish.password, wish.wait);
    case "watch": return watch(wish.match, wish.password);
    case "create": return create(wish.options);
    case "leave": return leave();
  }
}

/** @param {Wish | null} wish @returns {string} */
export function passwordOf(wish) {
  if (!wish || wish.kind === "leave") return "";
  return wish.kind === "create" ? wish.options.password : wish.password;
}
