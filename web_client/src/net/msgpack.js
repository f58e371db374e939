/**
 * msgpack, strictly: what is not well formed, or cannot be represented exactly by a JavaScript number, is refused.
 *
 * Types map one to one: nil - null, bool - boolean, int and float - number, str - string, bin - Uint8Array,
 * array - Array, map - an object without a prototype (keys are strings, each once). Extension types are refused.
 * https://github.com/msgpack/msgpack/blob/master/spec.md
 */

const MAX_DEPTH = 16;
const TWO_32 = 2 ** 32;

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The bytes are no msgpack, or the value has no msgpack form. */
export class MsgpackError extends Error {}

class Writer {
  constructor() {
    this.bytes = new Uint8Array(64);
    this.view = new DataView(this.bytes.buffer);
    this.at = 0;
  }

  /** @param {number} count @returns {number} where the reserved bytes begin */
  reserve(count) {
    const start = this.at;
    const end = start + count;
    if (end > this.bytes.length) {
      const grown = new Uint8Array(Math.max(end, this.bytes.length * 2));
      grown.set(this.bytes.subarray(0, start));
      this.bytes = grown;
      this.view = new DataView(grown.buffer);
    }
    this.at = end;
    return start;
  }

  /** @param {number} value */
  u8(value) {
    const at = this.reserve(1);
    this.bytes[at] = value;
  }

  /** @param {number} head @param {number} value */
  u16(head, value) {
    const at = this.reserve(3);
    this.bytes[at] = head;
    this.view.setUint16(at + 1, value);
  }

  /** @param {number} head @param {number} value */
  u32(head, value) {
    const at = this.reserve(5);
    this.bytes[at] = head;
    this.view.setUint32(at + 1, value);
  }

  /** @param {number} value */
  number(value) {
    if (!Number.isFinite(value)) throw new MsgpackError(`a number must be finite, not ${value}`);
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
      const at = this.reserve(9);
      this.bytes[at] = 0xcb;
      this.view.setFloat64(at + 1, value);
    } else if (value >= 0) {
      this.unsigned(value);
    } else {
      this.negative(value);
    }
  }

  /** @param {number} value */
  unsigned(value) {
    if (value < 0x80) this.u8(value);
    else if (value < 0x100) {
      this.u8(0xcc);
      this.u8(value);
    } else if (value < 0x10000) this.u16(0xcd, value);
    else if (value < TWO_32) this.u32(0xce, value);
    else this.wide(0xcf, value);
  }

  /** @param {number} value */
  negative(value) {
    if (value >= -0x20) this.u8(value & 0xff);
    else if (value >= -0x80) {
      this.u8(0xd0);
      this.u8(value & 0xff);
    } else if (value >= -0x8000) this.u16(0xd1, value & 0xffff);
    else if (value >= -0x80000000) this.u32(0xd2, value >>> 0);
    else this.wide(0xd3, value);
  }

  /** @param {number} head @param {number} value a safe integer */
  wide(head, value) {
    const at = this.reserve(9);
    this.bytes[at] = head;
    this.view.setBigInt64(at + 1, BigInt(value));
  }

  /** @param {string} value */
  string(value) {
    const bytes = textEncoder.encode(value);
    const length = bytes.length;
    if (length < 32) this.u8(0xa0 | length);
    else if (length < 0x100) {
      this.u8(0xd9);
      this.u8(length);
    } else if (length < 0x10000) this.u16(0xda, length);
    else this.u32(0xdb, length);
    this.raw(bytes);
  }

  /** @param {Uint8Array} bytes */
  binary(bytes) {
    const length = bytes.length;
    if (length < 0x100) {
      this.u8(0xc4);
      this.u8(length);
    } else if (length < 0x10000) this.u16(0xc5, length);
    else this.u32(0xc6, length);
    this.raw(bytes);
  }

  /** @param {Uint8Array} bytes */
  raw(bytes) {
    const at = this.reserve(bytes.length);
    this.bytes.set(bytes, at);
  }

  /** @param {number} short @param {number} wide @param {number} length */
  head(short, wide, length) {
    if (length < 16) this.u8(short | length);
    else if (length < 0x10000) this.u16(wide, length);
    else this.u32(wide + 1, length);
  }

  /** @param {unknown} value @param {number} depth */
  value(value, depth) {
    if (depth > MAX_DEPTH) throw new MsgpackError(`nested deeper than ${MAX_DEPTH}`);
    if (value === null) this.u8(0xc0);
    else if (typeof value === "boolean") this.u8(value ? 0xc3 : 0xc2);
    else if (typeof value === "number") this.number(value);
    else if (typeof value === "string") this.string(value);
    else if (value instanceof Uint8Array) this.binary(value);
    else if (Array.isArray(value)) {
      this.head(0x90, 0xdc, value.length);
      for (const item of value) this.value(item, depth + 1);
    } else if (typeof value === "object") {
      const entries = Object.entries(value);
      this.head(0x80, 0xde, entries.length);
      for (const [key, item] of entries) {
        this.string(key);
        this.value(item, depth + 1);
      }
    } else throw new MsgpackError(`a ${typeof value} has no msgpack form`);
  }
}

class Reader {
  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = 0;
  }

  /** @param {number} count @returns {number} where the bytes begin */
  take(count) {
    const start = this.at;
    if (count > this.bytes.length - start) {
      throw new MsgpackError(`cut off: ${count} bytes asked at ${start} of ${this.bytes.length}`);
    }
    this.at = start + count;
    return start;
  }

  /** @param {1 | 2 | 4} width @returns {number} */
  length(width) {
    const at = this.take(width);
    if (width === 1) return this.bytes[at];
    return width === 2 ? this.view.getUint16(at) : this.view.getUint32(at);
  }

  /** @param {number} length @returns {string} */
  string(length) {
    const at = this.take(length);
    try {
      return textDecoder.decode(this.bytes.subarray(at, at + length));
    } catch {
      throw new MsgpackError(`the string at ${at} is not UTF-8`);
    }
  }

  /** @param {number} length @returns {Uint8Array} a view into the message, not a copy */
  binary(length) {
    const at = this.take(length);
    return this.bytes.subarray(at, at + length);
  }

  /** @param {number} length @param {number} depth @returns {unknown[]} */
  array(length, depth) {
    this.room(length, depth);
    const items = [];
    for (let index = 0; index < length; index += 1) items.push(this.value(depth + 1));
    return items;
  }

  /** @param {number} length @param {number} depth @returns {{[key: string]: unknown}} */
  map(length, depth) {
    this.room(length * 2, depth);
    /** @type {{[key: string]: unknown}} */
    const map = Object.create(null);
    for (let index = 0; index < length; index += 1) {
      const key = this.value(depth + 1);
      if (typeof key !== "string") throw new MsgpackError(`a map's key must be a string, not ${typeof key}`);
      if (key in map) throw new MsgpackError(`the key ${JSON.stringify(key)} comes twice in a map`);
      map[key] = this.value(depth + 1);
    }
    return map;
  }

  /** @param {number} items every item takes a byte at least @param {number} depth */
  room(items, depth) {
    if (depth >= MAX_DEPTH) throw new MsgpackError(`nested deeper than ${MAX_DEPTH}`);
    if (items > this.bytes.length - this.at) throw new MsgpackError(`cut off: ${items} items announced at ${this.at}`);
  }

  /** @param {bigint} value @returns {number} */
  exact(value) {
    const number = Number(value);
    if (!Number.isSafeInteger(number)) throw new MsgpackError(`the integer ${value} is beyond 2^53`);
    return number;
  }

  /** @param {number} depth @returns {unknown} */
  value(depth) {
    const head = this.bytes[this.take(1)];
    if (head < 0x80) return head;
    if (head >= 0xe0) return head - 0x100;
    if (head < 0x90) return this.map(head & 0x0f, depth);
    if (head < 0xa0) return this.array(head & 0x0f, depth);
    if (head < 0xc0) return this.string(head & 0x1f);
    switch (head) {
      case 0xc0: return null;
      case 0xc2: return false;
      case 0xc3: return true;
      case 0xc4: return this.binary(this.length(1));
      case 0xc5: return this.binary(this.length(2));
      case 0xc6: return this.binary(this.length(4));
      case 0xca: return this.view.getFloat32(this.take(4));
      case 0xcb: return this.view.getFloat64(this.take(8));
      case 0xcc: return this.length(1);
      case 0xcd: return this.length(2);
      case 0xce: return this.length(4);
      case 0xcf: return this.exact(this.view.getBigUint64(this.take(8)));
      case 0xd0: return this.view.getInt8(this.take(1));
      case 0xd1: return this.view.getInt16(this.take(2));
      case 0xd2: return this.view.getInt32(this.take(4));
      case 0xd3: return this.exact(this.view.getBigInt64(this.take(8)));
      case 0xd9: return this.string(this.length(1));
      case 0xda: return this.string(this.length(2));
      case 0xdb: return this.string(this.length(4));
      case 0xdc: return this.array(this.length(2), depth);
      case 0xdd: return this.array(this.length(4), depth);
      case 0xde: return this.map(this.length(2), depth);
      case 0xdf: return this.map(this.length(4), depth);
      default: throw new MsgpackError(`the byte 0x${head.toString(16)} at ${this.at - 1} begins no known value`);
    }
  }
}

/**
 * @param {unknown} value made of null, booleans, finite numbers, strings, Uint8Array, arrays and plain objects
 * @returns {Uint8Array<ArrayBuffer>} its msgpack, integers in their shortest form
 * @throws {MsgpackError} the value holds something else, or is nested deeper than 16
 */
export function encode(value) {
  const writer = new Writer();
  writer.value(value, 0);
  return writer.bytes.slice(0, writer.at);
}

/**
 * @param {Uint8Array} bytes exactly one value
 * @returns {unknown} byte strings in it are views into `bytes`
 * @throws {MsgpackError} the bytes are cut off, go on after the value, or are no msgpack
 */
export function decode(bytes) {
  const reader = new Reader(bytes);
  const value = reader.value(0);
  if (reader.at !== bytes.length) throw new MsgpackError(`${bytes.length - reader.at} bytes after the value`);
  return value;
}
