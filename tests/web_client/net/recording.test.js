// Reading of recordings: the example of the document, and what is cut off or damaged.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ProtocolError } from "../../../web_client/src/net/checks.js";
import { readMessage } from "../../../web_client/src/net/protocol.js";
import { MARKS, indexSize, readHeader, readIndex, readMessages, scan } from "../../../web_client/src/net/recording.js";
import { CHUNK, FILE, MESSAGES } from "./example_recording.js";

const MARKED = [
  { tick: 1, kind: MARKS.seated, rest: [0, "Ada", 0] }, { tick: 2, kind: MARKS.event, rest: [16, 0] },
];

/** @param {Uint8Array} bytes @param {number} at @param {number} bit */
function flipped(bytes, at, bit) {
  const bad = bytes.slice();
  bad[at] ^= 1 << bit;
  return bad;
}

test("the header has the welcome and the rate of ticks", () => {
  const { header, end } = readHeader(FILE);
  assert.equal(end, CHUNK.offset);
  assert.deepEqual([header.id, header.match, header.tickRate, header.access], ["1m8kc4xej8mr0z", "K7RW2P", 30, 0]);
  assert.equal(readMessage(header.welcome)?.type, "welcome");
});

test("the index says where the chunks are, and what is marked", () => {
  const index = readIndex(FILE.subarray(FILE.length - indexSize(FILE)));
  assert.deepEqual(index, { chunks: [{ ...CHUNK, first: 1, last: 2 }], marks: MARKED });
});

test("a look at the chunks gives what the index says", () => {
  assert.deepEqual(scan(FILE, CHUNK.offset), readIndex(FILE.subarray(FILE.length - indexSize(FILE))));
});

test("the messages of a chunk are those of the document", async () => {
  const messages = await readMessages(FILE.subarray(CHUNK.offset, CHUNK.offset + CHUNK.size));
  assert.deepEqual(messages.map((message) => [...message]), MESSAGES.map((message) => [...message]));
});

test("a file that is cut off at any byte has the chunks before that", () => {
  const end = CHUNK.offset + CHUNK.size;
  for (let size = CHUNK.offset; size < FILE.length; size += 1) {
    assert.equal(scan(FILE.subarray(0, size), CHUNK.offset).chunks.length, size >= end ? 1 : 0);
    assert.equal(indexSize(FILE.subarray(0, size)), 0);
  }
  for (let size = 0; size < CHUNK.offset; size += 1) assert.throws(() => readHeader(FILE.subarray(0, size)), ProtocolError);
});

test("a flipped bit is found, wherever it is", async () => {
  for (let at = 0; at < FILE.length; at += 1) {
    const bad = flipped(FILE, at, at % 8);
    if (at < CHUNK.offset) assert.throws(() => readHeader(bad), ProtocolError, `byte ${at}`);
    else if (at < CHUNK.offset + CHUNK.size) assert.equal(scan(bad, CHUNK.offset).chunks.length, 0, `byte ${at}`);
    else assert.equal(readIndex(bad.subarray(bad.length - Math.min(bad.length, indexSize(bad)))), null, `byte ${at}`);
  }
  await assert.rejects(readMessages(flipped(FILE, CHUNK.offset + 60, 0).subarray(CHUNK.offset)), ProtocolError);
  await assert.rejects(readMessages(FILE.subarray(CHUNK.offset, CHUNK.offset + 50)), ProtocolError);
});

test("what is no recording, or a newer one, is refused in words", () => {
  assert.throws(() => readHeader(new Uint8Array()), /no recording/);
  assert.throws(() => readHeader(new TextEncoder().encode("<!doctype html>")), /no recording/);
  const newer = FILE.slice();
  newer[7] = 2;
  assert.throws(() => readHeader(newer), ProtocolError);
});
