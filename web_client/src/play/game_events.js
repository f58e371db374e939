/** The fields of a game's events by name. */

import { ProtocolError } from "../net/checks.js";

/** @typedef {import("../net/read_match.js").GameEvent} GameEvent */
/** @typedef {{readonly fields: readonly string[]}} Declared */

/** @param {Declared} declared in the schema @param {GameEvent} event @returns {{[field: string]: number | string}} @throws {ProtocolError} */
export function namedFields({ fields }, event) {
  return Object.fromEntries(fields.map((field, at) => [field, valueOf(event.fields[at], field)]));
}

/** @param {unknown} value @param {string} field @returns {number | string} */
function valueOf(value, field) {
  if (typeof value === "string" || Number.isInteger(value)) return /** @type {number | string} */ (value);
  throw new ProtocolError(`${field} must be an integer or a str, not ${typeof value}`);
}
