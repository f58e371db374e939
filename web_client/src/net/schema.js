/** The schema of docs/PROTOCOL.md section 5: what the bytes of a snapshot mean. */

import { ProtocolError, integer, list, number, string, tuple } from "./checks.js";

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {1 | 2 | 4} width bytes on the wire
 * @property {number} at where it lies in a whole row, in bytes
 * @property {number} offset
 * @property {number} step value = offset + step * integer
 */

/**
 * @typedef {object} TableSchema
 * @property {number} table
 * @property {string} name
 * @property {Field[]} fields
 * @property {number} rowBytes
 * @property {1 | 2} maskBytes
 * @property {number} whole the mask of a whole row
 */

/** @typedef {{name: string, code: string, width: number}} OwnField */

/**
 * @typedef {object} Schema
 * @property {ReadonlyMap<number, TableSchema>} tables in the order of the schema
 * @property {OwnField[]} own
 * @property {number} ownBytes
 * @property {ReadonlyMap<number, {name: string, fields: string[]}>} events
 */

/** @typedef {{[field: string]: number}} Row */

/** @type {{[code: string]: number}} */
const OWN_WIDTHS = { f8: 8, u1: 1, u2: 2, u4: 4, i1: 1, i2: 2, i4: 4 };

/**
 * @param {unknown} value the `schema` of a welcome
 * @returns {Schema}
 * @throws {ProtocolError}
 */
export function readSchema(value) {
  const [tables, own, events] = tuple(value, 3, "schema");
  const ownFields = list(own, "own").map((entry) => {
    const [name, code] = tuple(entry, 2, "a field of own");
    const width = Object.hasOwn(OWN_WIDTHS, String(code)) ? OWN_WIDTHS[String(code)] : 0;
    if (!width) throw new ProtocolError(`a field of own has the unknown code ${String(code)}`);
    return { name: fieldName(name), code: String(code), width };
  });
  return {
    tables: new Map(list(tables, "tables").map((entry) => {
      const table = readTable(entry);
      return [table.table, table];
    })),
    own: ownFields,
    ownBytes: ownFields.reduce((sum, field) => sum + field.width, 0),
    events: new Map(list(events, "events").map((entry) => {
      const [code, name, fields] = tuple(entry, 3, "an event's declaration");
      return [
        integer(code, 16, 255, "an event's code"),
        { name: string(name, "an event's name"), fields: list(fields, "an event's fields").map(fieldName) },
      ];
    })),
  };
}

/** @param {unknown} entry @returns {TableSchema} */
function readTable(entry) {
  const [table, name, declared] = tuple(entry, 3, "a table");
  let at = 0;
  const fields = list(declared, "a table's fields").map((item) => {
    const [fieldLabel, bytes, offset, step] = tuple(item, 4, "a field");
    const width = integer(bytes, 1, 4, "a field's width");
    if (width !== 1 && width !== 2 && width !== 4) throw new ProtocolError("a field is 1, 2 or 4 bytes wide, not 3");
    /** @type {Field} */
    const field = {
      name: fieldName(fieldLabel), width, at, offset: number(offset, "offset"), step: number(step, "step"),
    };
    at += width;
    return field;
  });
  integer(fields.length, 1, 16, "the number of a table's fields");
  return {
    table: integer(table, 0, 255, "a table's number"),
    name: string(name, "a table's name"),
    fields,
    rowBytes: at,
    maskBytes: fields.length > 8 ? 2 : 1,
    whole: 2 ** fields.length - 1,
  };
}

/** @param {unknown} value @returns {string} */
function fieldName(value) {
  const name = string(value, "a field's name");
  if (name === "__proto__") throw new ProtocolError("a field cannot be called __proto__");
  return name;
}

/**
 * @param {Schema} schema
 * @param {Uint8Array} bytes the `own` of a snapshot
 * @returns {Row | null} null when the player has no entity
 * @throws {ProtocolError} the length is not the schema's
 */
export function readOwn(schema, bytes) {
  if (!bytes.length) return null;
  if (bytes.length !== schema.ownBytes) {
    throw new ProtocolError(`own must have ${schema.ownBytes} bytes, not ${bytes.length}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** @type {Row} */
  const row = {};
  let at = 0;
  for (const { name, code, width } of schema.own) {
    row[name] = ownValue(view, at, code);
    at += width;
  }
  return row;
}

/** @param {DataView} view @param {number} at @param {string} code @returns {number} */
function ownValue(view, at, code) {
  switch (code) {
    case "f8": return view.getFloat64(at, true);
    case "u1": return view.getUint8(at);
    case "u2": return view.getUint16(at, true);
    case "u4": return view.getUint32(at, true);
    case "i1": return view.getInt8(at);
    case "i2": return view.getInt16(at, true);
    default: return view.getInt32(at, true);
  }
}
