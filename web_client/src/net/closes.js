/** What a close code asks of the client: docs/PROTOCOL.md section 8. */

/**
 * @typedef {"nickname" | "lost" | "full" | "stopped" | "version" | "removed"} Aftermath
 * The state the page goes to: "lost", "stopped" and "full" try again by themselves, the others wait for the player.
 */

/**
 * @typedef {object} Closing
 * @property {Aftermath} state
 * @property {number} patience seconds to wait at least before the next attempt
 * @property {boolean} anyMatch whether the next attempt asks for any match, since the one wished for is gone
 */

/** @type {ReadonlyMap<number, Closing>} */
const CLOSINGS = new Map([
  [1000, { state: "nickname", patience: 0, anyMatch: false }],
  [1001, { state: "stopped", patience: 1, anyMatch: false }],
  [4000, { state: "version", patience: 0, anyMatch: false }],
  [4001, { state: "removed", patience: 0, anyMatch: false }],
  [4003, { state: "full", patience: 4, anyMatch: false }],
  [4004, { state: "nickname", patience: 0, anyMatch: true }],
  [4005, { state: "lost", patience: 10, anyMatch: false }],
  [4008, { state: "lost", patience: 0, anyMatch: true }],
  [4009, { state: "removed", patience: 0, anyMatch: false }],
]);

/** @type {Closing} */
const LOST = { state: "lost", patience: 0, anyMatch: false };

/**
 * @param {number} code a WebSocket close code; one that is not listed means a lost connection
 * @returns {Closing}
 */
export function closing(code) {
  return CLOSINGS.get(code) ?? LOST;
}
