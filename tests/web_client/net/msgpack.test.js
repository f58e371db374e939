// Golden bytes are what Python's msgpack writes for the same values.

import assert from "node:assert/strict";
import { test } from "node:test";

import { MsgpackError, decode, encode } from "../../../web_client/src/net/msgpack.js";

/** @type {[unknown, string][]} */
const GOLDEN = [
  [null, "c0"], [true, "c3"], [false, "c2"],
  [0, "00"], [127, "7f"], [128, "cc80"], [255, "ccff"], [256, "cd0100"], [65535, "cdffff"], [65536, "ce00010000"],
  [2 ** 32 - 1, "ceffffffff"], [2 ** 32, "cf0000000100000000"], [2 ** 53 - 1, "cf001fffffffffffff"],
  [-1, "ff"], [-32, "e0"], [-33, "d0df"], [-128, "d080"], [-129, "d1ff7f"], [-32768, "d18000"],
  [-32769, "d2ffff7fff"], [-(2 ** 31), "d280000000"], [-(2 ** 31) - 1, "d3ffffffff7fffffff"],
  [-(2 ** 53) + 1, "d3ffe0000000000001"],
  [1.5, "cb3ff8000000000000"], [-0, "cb8000000000000000"], [1e300, "cb7e37e43c8800759c"],
  ["", "a0"], ["a", "a161"], ["é".repeat(16), `d920${"c3a9".repeat(16)}`],
  ["x".repeat(31), `bf${"78".repeat(31)}`], ["x".repeat(32), `d920${"78".repeat(32)}`],
  ["x".repeat(256), `da0100${"78".repeat(256)}`],
  [new Uint8Array(), "c400"], [new Uint8Array([0, 255]), "c40200ff"],
  [new Uint8Array(300).fill(0x7a), `c5012c${"7a".repeat(300)}`],
  [[], "90"], [[1, [2, [3]]], "920192029103"], [new Array(15).fill(0), `9f${"00".repeat(15)}`],
  [new Array(16).fill(0), `dc0010${"00".repeat(16)}`],
];

/** @param {string} hex */
const bytes = (hex) => new Uint8Array(Buffer.from(hex, "hex"));
/** @param {Uint8Array} value */
const hexOf = (value) => Buffer.from(value).toString("hex");

test("every kind of value is written as Python's msgpack writes it", () => {
  for (const [value, hex] of GOLDEN) assert.equal(hexOf(encode(value)), hex);
});

test("every kind of value is read back", () => {
  for (const [value, hex] of GOLDEN) assert.deepEqual(decode(bytes(hex)), value);
});

test("a map is read into an object without a prototype", () => {
  const map = decode(bytes("82a16101a16291c0"));
  assert.equal(Object.getPrototypeOf(map), null);
  assert.deepEqual({ .../** @type {object} */ (map) }, { a: 1, b: [null] });
  assert.equal(hexOf(encode({ a: 1, b: [null] })), "82a16101a16291c0");
});

test("wider forms than needed are read too", () => {
  assert.equal(decode(bytes("cd0005")), 5);
  assert.equal(decode(bytes("d3ffffffffffffffff")), -1);
  assert.equal(decode(bytes("ca3fc00000")), 1.5);
  assert.equal(decode(bytes("db0000000161")), "a");
  assert.deepEqual(decode(bytes("dd0000000101")), [1]);
  assert.deepEqual(decode(bytes("c60000000107")), new Uint8Array([7]));
});

test("a byte string is a view of the message, in place", () => {
  const message = bytes("92c403010203c0");
  const [inner] = /** @type {[Uint8Array]} */ (decode(message));
  assert.equal(inner.buffer, message.buffer);
  assert.deepEqual([...inner], [1, 2, 3]);
});

test("whatever is cut off is refused, at every byte", () => {
  const whole = encode([1, "word", new Uint8Array(40), [2.5, { key: [true] }], -70000, 2 ** 40]);
  decode(whole);
  for (let length = 0; length < whole.length; length += 1) {
    assert.throws(() => decode(whole.subarray(0, length)), MsgpackError);
  }
});

test("hostile bytes are refused", () => {
  const hostile = {
    "bytes after the value": "c0c0",
    "a byte that begins nothing": "c1",
    "an extension": "d40100",
    "a long extension": "c70101ff",
    "an array of four thousand million": "ddffffffff",
    "a map of four thousand million": "dfffffffff",
    "a string longer than the message": "dbffffffff61",
    "a bin longer than the message": "c6ffffffff00",
    "a string that is not UTF-8": "a2c328",
    "an overlong encoding": "a2c080",
    "half a surrogate pair": "a3eda080",
    "an integer beyond 2^53": "cf0020000000000000",
    "a negative integer beyond -2^53": "d3ffe0000000000000",
    "a key that is no string": "810102",
    "the same key twice": "82a16101a16102",
  };
  for (const [what, hex] of Object.entries(hostile)) assert.throws(() => decode(bytes(hex)), MsgpackError, what);
});

test("deep nesting is refused before the stack is used up", () => {
  assert.throws(() => decode(new Uint8Array(100_000).fill(0x91)), MsgpackError);
  assert.throws(() => decode(new Uint8Array(100_000).fill(0x81)), MsgpackError);
  /** @type {unknown[]} */
  let nested = [];
  for (let depth = 0; depth < 100; depth += 1) nested = [nested];
  assert.throws(() => encode(nested), MsgpackError);
});

test("what has no msgpack form is not written", () => {
  for (const value of [NaN, Infinity, -Infinity, undefined, () => 0, Symbol("s"), 1n]) {
    assert.throws(() => encode(value), MsgpackError);
  }
});

test("random bytes are either read or refused as msgpack, never anything else", () => {
  let seed = 1;
  const random = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed >>> 24;
  };
  for (let round = 0; round < 20_000; round += 1) {
    const message = Uint8Array.from({ length: 1 + (random() % 24) }, random);
    try {
      decode(message);
    } catch (error) {
      assert.ok(error instanceof MsgpackError, String(error));
    }
  }
});
