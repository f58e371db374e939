/** Checks on what came off the wire: each returns its argument with its type known, or throws. */

/** The server sent something that docs/PROTOCOL.md does not allow. */
export class ProtocolError extends Error {}

/** @param {unknown} value @param {number} low @param {number} high @param {string} what @returns {number} */
export function integer(value, low, high, what) {
  if (typeof value !== "number" || !Number.isInteger(value) || value < low || value > high) {
    throw new ProtocolError(`${what} must be an integer from ${low} to ${high}, not ${shown(value)}`);
  }
  return value;
}

/** @param {unknown} value @param {string} what @returns {number} */
export function number(value, what) {
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw new ProtocolError(`${what} must be a finite number, not ${shown(value)}`);
  }
  return value;
}

/** @param {unknown} value @param {string} what @returns {string} */
export function string(value, what) {
  if (typeof value !== "string") throw new ProtocolError(`${what} must be a str, not ${shown(value)}`);
  return value;
}

/** @param {unknown} value @param {string} what @returns {Uint8Array} */
export function bytesOf(value, what) {
  if (!(value instanceof Uint8Array)) throw new ProtocolError(`${what} must be a bin, not ${shown(value)}`);
  return value;
}

/** @param {unknown} value @param {string} what @returns {unknown[]} */
export function list(value, what) {
  if (!Array.isArray(value)) throw new ProtocolError(`${what} must be an array, not ${shown(value)}`);
  return value;
}

/** @param {unknown} value @param {number} length @param {string} what @returns {unknown[]} */
export function tuple(value, length, what) {
  const items = list(value, what);
  if (items.length !== length) throw new ProtocolError(`${what} must have ${length} elements, not ${items.length}`);
  return items;
}

/** @param {unknown} value @param {string} what @returns {{[key: string]: unknown}} */
export function map(value, what) {
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Uint8Array) {
    throw new ProtocolError(`${what} must be a map, not ${shown(value)}`);
  }
  return /** @type {{[key: string]: unknown}} */ (value);
}

/** @param {unknown} value @returns {string} */
function shown(value) {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return (JSON.stringify(value) ?? "nothing").slice(0, 40);
}
