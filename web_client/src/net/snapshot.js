/**
 * Snapshots: docs/PROTOCOL.md section 6.
 *
 * A world is never changed once made: each snapshot gives a new one that shares the rows that stayed the same, so that
 * the last second of worlds can be kept for interpolation at the price of a few maps.
 */

import { Crc32 } from "./crc32.js";
import { ProtocolError } from "./checks.js";
import { readOwn } from "./schema.js";

/** @typedef {import("./schema.js").Row} Row */
/** @typedef {import("./schema.js").Schema} Schema */
/** @typedef {import("./schema.js").TableSchema} TableSchema */
/** @typedef {import("./protocol.js").SnapshotMessage} SnapshotMessage */

/** @typedef {ReadonlyMap<number, Readonly<Row>>} Table rows by the entity's id */
/** @typedef {{readonly [table: string]: Table}} Tables */

/**
 * @typedef {object} World
 * @property {number} tick
 * @property {Tables} tables by the table's name
 * @property {Readonly<Row> | null} own
 */

/** @typedef {"hash" | "unknown entity"} Fault */

/** @typedef {{bytes: Uint8Array, row: Row}} Entity */

export class SnapshotDecoder {
  /** @param {Schema} schema */
  constructor(schema) {
    this.schema = schema;
    this.tick = -1;
    /** @type {Map<number, Map<number, Entity>>} */
    this.entities = new Map([...schema.tables.keys()].map((table) => [table, new Map()]));
    /** @type {{[table: string]: Table}} */
    this.tables = Object.fromEntries([...schema.tables.values()].map(({ name }) => [name, new Map()]));
  }

  /**
   * @param {SnapshotMessage} message
   * @returns {{world: World, fault: Fault | null}} with a fault the world is the best guess, and a `resync` is due
   * @throws {ProtocolError} the bytes do not follow the schema, or the tick goes back
   */
  apply(message) {
    if (message.tick < this.tick) {
      throw new ProtocolError(`the snapshot of tick ${message.tick} comes after that of tick ${this.tick}`);
    }
    const own = readOwn(this.schema, message.own);
    const tables = { ...this.tables };
    let unknown = false;
    if (message.keyframe) {
      for (const entities of this.entities.values()) entities.clear();
      for (const name of Object.keys(tables)) tables[name] = new Map();
    }
    for (const [number, records] of message.tables) {
      const table = this.schema.tables.get(number);
      const entities = this.entities.get(number);
      if (!table || !entities) throw new ProtocolError(`the schema has no table ${number}`);
      unknown = applyRecords(table, entities, records) || unknown;
      tables[table.name] = new Map([...entities].map(([id, entity]) => [id, entity.row]));
    }
    this.tick = message.tick;
    this.tables = tables;
    /** @type {Fault | null} */
    let fault = null;
    if (unknown) fault = "unknown entity";
    else if (message.hash !== null && message.hash !== this.hash()) fault = "hash";
    return { world: { tick: message.tick, tables, own }, fault };
  }

  /** @returns {number} of all entities: the sum, modulo 2^32, of the CRC-32 of each */
  hash() {
    let sum = 0;
    for (const [table, entities] of this.entities) {
      for (const [id, { bytes }] of entities) {
        const crc = new Crc32();
        for (const byte of [table, id & 0xff, id >>> 8]) crc.byte(byte);
        crc.bytes(bytes);
        sum = (sum + crc.value) >>> 0;
      }
    }
    return sum;
  }
}

/**
 * @param {TableSchema} table
 * @param {Map<number, Entity>} entities changed in place
 * @param {Uint8Array} records
 * @returns {boolean} whether an entity was changed that is not here
 */
function applyRecords(table, entities, records) {
  const { maskBytes, whole, fields, rowBytes } = table;
  /** @type {number[]} */
  const removed = [];
  /** @type {Set<number>} */
  const entered = new Set();
  let unknown = false;
  let at = 0;
  while (at < records.length) {
    if (at + 2 + maskBytes > records.length) throw cutOff(table);
    const id = records[at] | (records[at + 1] << 8);
    const mask = maskBytes === 1 ? records[at + 2] : records[at + 2] | (records[at + 3] << 8);
    at += 2 + maskBytes;
    if (mask > whole) throw new ProtocolError(`the mask ${mask} names a field that table ${table.name} lacks`);
    if (mask === 0) {
      removed.push(id);
      continue;
    }
    const before = entities.get(id);
    const known = before !== undefined || mask === whole;
    const bytes = new Uint8Array(rowBytes);
    if (before) bytes.set(before.bytes);
    for (let index = 0; index < fields.length; index += 1) {
      if (!(mask & (1 << index))) continue;
      const { at: place, width } = fields[index];
      if (at + width > records.length) throw cutOff(table);
      for (let byte = 0; byte < width; byte += 1) bytes[place + byte] = records[at + byte];
      at += width;
    }
    if (!known) {
      unknown = true;
      continue;
    }
    if (mask === whole) entered.add(id);
    entities.set(id, { bytes, row: readRow(table, bytes) });
  }
  for (const id of removed) if (!entered.has(id)) entities.delete(id);
  return unknown;
}

/** @param {TableSchema} table @param {Uint8Array} bytes @returns {Row} */
function readRow(table, bytes) {
  /** @type {Row} */
  const row = {};
  for (const { name, width, at, offset, step } of table.fields) {
    let value = bytes[at];
    if (width > 1) value += bytes[at + 1] * 0x100;
    if (width > 2) value += bytes[at + 2] * 0x10000 + bytes[at + 3] * 0x1000000;
    row[name] = offset + step * value;
  }
  return row;
}

/** @param {TableSchema} table */
function cutOff(table) {
  return new ProtocolError(`the records of table ${table.name} are cut off`);
}
