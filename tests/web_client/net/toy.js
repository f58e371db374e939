// A small schema and a writer of snapshots for tests: tables "ship" (x, y, aim) and "score" (kills).

import { Crc32 } from "../../../web_client/src/net/crc32.js";
import { readSchema } from "../../../web_client/src/net/schema.js";

/** @typedef {import("../../../web_client/src/net/read_match.js").SnapshotMessage} SnapshotMessage */
/** @typedef {import("../../../web_client/src/net/read_match.js").Welcome} Welcome */

export const SHIP = 1;
export const SCORE = 4;

export const SCHEMA = [
  [
    [SHIP, "ship", [["x", 2, 0, 0.25], ["y", 2, -100, 0.5], ["aim", 1, 0, 1]]],
    [SCORE, "score", [["kills", 4, 0, 1]]],
  ],
  [["x", "f8"], ["y", "f8"], ["wait", "u2"]],
  [[16, "kill", ["killer", "victim"]]],
];

/** @param {{[index: number]: unknown}} changes @returns {unknown[]} a welcome, as it comes off the wire */
export const welcomeArray = (changes = {}) => Object.assign([
  16, 3, "Ada", ["K7RW2P", "Friday", "toy", 16, 1, 0], 30, 900, 15, SCHEMA, { width: 4 },
  [[3, "Ada", 0, 1], [0, "Flint", 1, 1], [5, "Bob", 0, 0]], "token", 3, ["teams", { bombs: 1 }, 5, 1, 2, 10, 3, 2],
], changes);

/** @param {Partial<Welcome>} changes @returns {Welcome} */
export const welcome = (changes = {}) => ({
  type: "welcome", player: 3, nickname: "Ada", match: { id: "K7RW2P", name: "Friday", game: "toy", maxPlayers: 16, whole: true, minimap: false },
  tickRate: 30, tick: 900, timeout: 15, schema: schema(), setup: {}, token: "token", host: 3,
  roster: [
    { player: 3, nickname: "Ada", kind: 0, present: true }, { player: 0, nickname: "Flint", kind: 1, present: true },
    { player: 5, nickname: "Bob", kind: 0, present: true },
  ],
  settings: { mode: "", options: {}, rounds: 0, takeover: true, spectating: 2, delay: 0, rotation: 0, flags: 0 },
  ...changes,
});

export const schema = () => readSchema(SCHEMA);

/** @param {number} value @param {number} width @returns {number[]} little-endian */
export function little(value, width) {
  return Array.from({ length: width }, (_, byte) => Math.floor(value / 256 ** byte) & 0xff);
}

/** @param {number} id @param {number} x @param {number} y @param {number} aim wire integers @returns {number[]} */
export const wholeShip = (id, x, y, aim) => [...little(id, 2), 0b111, ...little(x, 2), ...little(y, 2), aim];

/** @param {number} id @param {number} x a wire integer @returns {number[]} */
export const shipX = (id, x) => [...little(id, 2), 0b001, ...little(x, 2)];

/** @param {number} id @returns {number[]} */
export const gone = (id) => [...little(id, 2), 0];

/** @param {number} x @param {number} y @param {number} wait @returns {Uint8Array} */
export function own(x, y, wait) {
  const bytes = new Uint8Array(18);
  const view = new DataView(bytes.buffer);
  view.setFloat64(0, x, true);
  view.setFloat64(8, y, true);
  view.setUint16(16, wait, true);
  return bytes;
}

/**
 * @param {number} tick @param {[number, number[]][]} tables @param {Partial<SnapshotMessage>} rest
 * @returns {SnapshotMessage}
 */
export function snapshot(tick, tables, rest = {}) {
  return {
    type: "snapshot", tick, keyframe: false, ack: 0, depth: 1, hash: null, own: new Uint8Array(),
    tables: tables.map(([table, records]) => [table, new Uint8Array(records)]),
    ...rest,
  };
}

/** @param {number[]} bytes @returns {number} */
export function crcOf(bytes) {
  const crc = new Crc32();
  crc.bytes(new Uint8Array(bytes));
  return crc.value;
}
