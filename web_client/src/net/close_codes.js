/** Close codes, and what the page does after each: docs/PROTOCOL.md section 8. */

/**
 * @typedef {"nickname" | "lost" | "stopped" | "version" | "removed" | "replaced" | "broken" | "unplayable"} Aftermath
 * No close code leads to the last two: see `Connection.trouble` and `Connection.refuse`.
 * The state the page goes to: "lost" and "stopped" try again by themselves, the others wait for the player.
 */

/**
 * @typedef {object} Closing
 * @property {Aftermath} state
 * @property {number} patience seconds to wait at least before the next attempt
 */

/** @type {ReadonlyMap<number, Closing>} */
const CLOSINGS = new Map([
  [1000, { state: "nickname", patience: 0 }],
  [1001, { state: "stopped", patience: 1 }],
  [1013, { state: "lost", patience: 1 }],
  [4000, { state: "version", patience: 0 }],
  [4001, { state: "removed", patience: 0 }],
  [4003, { state: "replaced", patience: 0 }],
  [4005, { state: "lost", patience: 10 }],
  [4009, { state: "removed", patience: 0 }],
]);

/** @type {Closing} */
const LOST = { state: "lost", patience: 0 };

/**
 * @param {number} code a WebSocket close code; one that is not listed means a lost connection
 * @returns {Closing}
 */
export function closing(code) {
  return CLOSINGS.get(code) ?? LOST;
}
