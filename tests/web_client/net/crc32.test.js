import assert from "node:assert/strict";
import { test } from "node:test";

import { Crc32 } from "../../../web_client/src/net/crc32.js";

/** @param {string} text */
function crc(text) {
  const sum = new Crc32();
  sum.bytes(new TextEncoder().encode(text));
  return sum.value;
}

test("the check value of the standard comes out", () => {
  assert.equal(crc("123456789"), 0xcbf43926);
  assert.equal(crc(""), 0);
});

test("bytes one by one give the same as bytes together", () => {
  const sum = new Crc32();
  for (const byte of new TextEncoder().encode("quick brown fox")) sum.byte(byte);
  assert.equal(sum.value, crc("quick brown fox"));
});
