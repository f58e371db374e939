import assert from "node:assert/strict";
import { test } from "node:test";

import { ProtocolError } from "../../../web_client/src/net/checks.js";
import { encode } from "../../../web_client/src/net/msgpack.js";
import { chat, hello, input, ping, readMessage, resync } from "../../../web_client/src/net/protocol.js";
import { SCHEMA } from "./toy.js";

/** @param {Uint8Array} bytes */
const hex = (bytes) => Buffer.from(bytes).toString("hex");

/** @param {{[index: number]: unknown}} changes */
function welcome(changes = {}) {
  return encode(Object.assign(
    [16, 3, "Ada", ["m1", "Friday", "arena", 16], 30, 900, 15, SCHEMA, { width: 4 }, [[3, "Ada", 0], [0, "Flint", 1]]],
    changes,
  ));
}

test("what the client says has the bytes of the document", () => {
  assert.equal(hex(hello("Ada", "", "b")), "9401a3416461a0a162");
  assert.equal(hex(input(904, 17, 1024, 88)), "9502cd038811cd040058");
  assert.equal(hex(chat("hi")), "9203a26869");
  assert.equal(hex(ping(5)), "920405");
  assert.equal(hex(resync(65536)), "9205ce00010000");
});

test("a welcome is read with all that it tells", () => {
  const message = readMessage(welcome());
  assert.ok(message?.type === "welcome");
  assert.equal(message.nickname, "Ada");
  assert.deepEqual(message.match, { id: "m1", name: "Friday", game: "arena", maxPlayers: 16 });
  assert.equal(message.schema.tables.get(1)?.rowBytes, 5);
  assert.equal(message.schema.ownBytes, 18);
  assert.deepEqual(message.schema.events.get(16), { name: "kill", fields: ["killer", "victim"] });
  assert.deepEqual(message.roster[1], { player: 0, nickname: "Flint", kind: 1 });
});

test("a snapshot, events, a pong and a notice are read", () => {
  const bin = new Uint8Array([1, 2]);
  assert.deepEqual(readMessage(encode([17, 901, 0, 899, 2, null, bin, [1, bin]])), {
    type: "snapshot", tick: 901, keyframe: false, ack: 899, depth: 2, hash: null, own: bin, tables: [[1, bin]],
  });
  assert.deepEqual(readMessage(encode([18, 901, [[0, 4, "Bob", 0], [16, 1, 2]]])), {
    type: "events", tick: 901, events: [{ code: 0, fields: [4, "Bob", 0] }, { code: 16, fields: [1, 2] }],
  });
  assert.deepEqual(readMessage(encode([19, 12.5, 901.25])), { type: "pong", clientTime: 12.5, matchTime: 901.25 });
  assert.deepEqual(readMessage(encode([20, 1, "slowly"])), { type: "notice", code: 1, text: "slowly" });
});

test("a message of a type from the future is passed over", () => {
  assert.equal(readMessage(encode([77, "something"])), null);
});

test("a server that breaks the protocol is not believed", () => {
  const broken = {
    "not msgpack": new Uint8Array([0xc1]),
    "not an array": encode({ type: 16 }),
    "an empty array": encode([]),
    "a type that is no integer": encode(["16"]),
    "a snapshot that is too short": encode([17, 1, 0, 0, 0, null, new Uint8Array()]),
    "a kind of snapshot that does not exist": encode([17, 1, 2, 0, 0, null, new Uint8Array(), []]),
    "a depth beyond the buffer": encode([17, 1, 0, 0, 33, null, new Uint8Array(), []]),
    "a str where a bin is due": encode([17, 1, 0, 0, 0, null, "", []]),
    "tables out of pairs": encode([17, 1, 0, 0, 0, null, new Uint8Array(), [1]]),
    "a tick rate of nought": welcome({ 4: 0 }),
    "a tick rate that is no number": welcome({ 4: "30" }),
    "a setup that is no map": welcome({ 8: [1] }),
    "a field three bytes wide": welcome({ 7: [[[1, "t", [["x", 3, 0, 1]]]], [], []] }),
    "a table without fields": welcome({ 7: [[[1, "t", []]], [], []] }),
    "a field called __proto__": welcome({ 7: [[[1, "t", [["__proto__", 1, 0, 1]]]], [], []] }),
    "an unknown code in own": welcome({ 7: [[], [["x", "f4"]], []] }),
    "an event of the protocol's own": welcome({ 7: [[], [], [[2, "chat", []]]] }),
  };
  for (const [what, bytes] of Object.entries(broken)) assert.throws(() => readMessage(bytes), ProtocolError, what);
});
