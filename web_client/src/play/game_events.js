/** The fields of a game's events by name. */

import { integer } from "../net/checks.js";

/** @typedef {import("../net/read_match.js").GameEvent} GameEvent */
/** @typedef {{readonly fields: readonly string[]}} Declared */

/** @param {Declared} declared in the schema @param {GameEvent} event @returns {{[field: string]: number}} @throws {ProtocolError} */
export function namedFields({ fields }, event) {
  return Object.fromEntries(fields.map((field, at) => [field, integer(event.fields[at], -(2 ** 31), 2 ** 32 - 1, field)]));
}
