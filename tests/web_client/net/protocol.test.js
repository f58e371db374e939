import assert from "node:assert/strict";
import { test } from "node:test";

import { ProtocolError } from "../../../web_client/src/net/checks.js";
import { decode, encode } from "../../../web_client/src/net/msgpack.js";
import { readMatchEvent } from "../../../web_client/src/net/match_events.js";
import { readMessage } from "../../../web_client/src/net/protocol.js";
import * as requests from "../../../web_client/src/net/requests.js";
import { welcomeArray } from "./toy.js";

/** @param {Uint8Array} bytes */
const hex = (bytes) => Buffer.from(bytes).toString("hex");

/** @param {{[index: number]: unknown}} changes */
const welcome = (changes = {}) => encode(welcomeArray(changes));

test("what the client says has the bytes of the document", () => {
  assert.equal(hex(requests.hello("Ada", "b", "k")), "9401a3416461a162a16b");
  assert.equal(hex(requests.input(904, 17, 1024, 88)), "9502cd038811cd040058");
  assert.equal(hex(requests.chat("hi")), "9303a26869a0");
  assert.equal(hex(requests.ping(5)), "920405");
  assert.equal(hex(requests.resync(65536)), "9205ce00010000");
});

test("every request has the fields of the document, in their order", () => {
  /** @type {import("../../../web_client/src/net/requests.js").Options} */
  const options = {
    name: "Friday", game: "arena", mode: "teams", maxPlayers: 8, bots: 2, rounds: 5, private: true, password: "x",
    options: { map: "park", bombs: 1 }, takeover: true, spectating: 1, delay: 10, rotation: 3, recorded: true,
  };
  /** @type {[Uint8Array, unknown[]][]} */
  const said = [
    [requests.chat("hi", "Bob"), [3, "hi", "Bob"]],
    [requests.join("K7RW2P", "x", true), [6, "K7RW2P", "x", 1]],
    [requests.join(""), [6, "", "", 0]],
    [requests.browse(true), [7, 1]],
    [requests.create(options), [8, "Friday", "arena", "teams", 8, 2, 5, 1, "x", { map: "park", bombs: 1 }, 1, 1, 10, 3, 1]],
    [requests.watch("K7RW2P"), [9, "K7RW2P", ""]],
    [requests.resume("token"), [10, "token"]],
    [requests.leave(), [11]],
    [requests.moderate(requests.DEEDS.kick, 4), [12, 0, 4, ""]],
    [requests.moderate(requests.DEEDS.rename, undefined, "Monday"), [12, 6, 65535, "Monday"]],
    [requests.vote(requests.CHOICES.next), [13, 2]],
    [requests.follow(4), [15, 4]],
    [requests.act(1, [4, "there"]), [28, 1, [4, "there"]]],
  ];
  for (const [bytes, message] of said) assert.deepEqual(structuredClone(decode(bytes)), message);
});

test("a welcome is read with all of its fields", () => {
  const message = readMessage(welcome());
  assert.ok(message?.type === "welcome");
  assert.equal(message.nickname, "Ada");
  assert.deepEqual(message.match, { id: "K7RW2P", name: "Friday", game: "toy", maxPlayers: 16, whole: true, minimap: false });
  assert.equal(message.schema.tables.get(1)?.rowBytes, 5);
  assert.equal(message.schema.ownBytes, 18);
  assert.deepEqual(message.schema.events.get(16), { name: "kill", fields: ["killer", "victim"] });
  assert.deepEqual(message.roster[1], { player: 0, nickname: "Flint", kind: 1, present: true });
  assert.equal(message.roster[2].present, false);
  assert.deepEqual([message.token, message.host], ["token", 3]);
  assert.deepEqual(message.settings, {
    mode: "teams", options: { bombs: 1 }, rounds: 5, takeover: true, spectating: 2, delay: 10, rotation: 3, flags: 2,
  });
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

test("what the lobby says is read", () => {
  assert.deepEqual(readMessage(encode([21, 2, "you were kicked", "Ada", [[
    "arena", "Arena", 1, 16, [["teams", "Teams"]], [[2, "map", "Map", "park", 0, 0, [["park", "Park"]]]], 3,
  ]]])), {
    type: "home", code: 2, text: "you were kicked", nickname: "Ada",
    games: [{
      name: "arena", title: "Arena", least: 1, most: 16, modes: [{ name: "teams", title: "Teams" }],
      options: [{
        kind: 2, name: "map", label: "Map", preset: "park", low: 0, high: 0, choices: [{ name: "park", title: "Park" }],
      }],
      rotation: 3,
    }],
  });
  const row = ["K7RW2P", "Friday", "arena", "teams", "playing", 3, 5, 16, 2, 4];
  assert.deepEqual(readMessage(encode([22, 1, 9, [row], ["ZZZZZZ"]])), {
    type: "lobby", whole: true, people: 9, gone: ["ZZZZZZ"],
    matches: [{
      id: "K7RW2P", name: "Friday", game: "arena", mode: "teams", phase: "playing", people: 3, bots: 5, maxPlayers: 16,
      spectators: 2, flags: 4,
    }],
  });
  assert.deepEqual(readMessage(encode([23, [[2, 4, "Bob", "hi"]]])), {
    type: "said", lines: [{ kind: 2, player: 4, nickname: "Bob", text: "hi" }],
  });
  assert.deepEqual(readMessage(encode([24, 6, 3, "wrong", 30])), { type: "refused", request: 6, code: 3, text: "wrong", wait: 30 });
  assert.deepEqual(readMessage(encode([25, "K7RW2P", 2, 3, "Friday"])), {
    type: "queued", match: "K7RW2P", place: 2, length: 3, name: "Friday",
  });
});

test("the protocol's own events are read; those from the future are passed over", () => {
  /** @param {number} code @param {unknown[]} fields */
  const read = (code, ...fields) => readMatchEvent({ code, fields });
  assert.deepEqual(read(0, 4, "Bob", 0), { name: "joined", member: { player: 4, nickname: "Bob", kind: 0, present: true } });
  assert.deepEqual(read(1, 4, 2), { name: "left", player: 4, reason: 2 });
  assert.deepEqual(read(2, 4, 30), { name: "lost", player: 4, seconds: 30 });
  assert.deepEqual(read(3, 4), { name: "back", player: 4 });
  assert.deepEqual(read(4, 4, 1), { name: "kind", player: 4, kind: 1 });
  assert.deepEqual(read(5, 65535), { name: "host", player: 65535 });
  assert.deepEqual(read(6, "Monday"), { name: "renamed", title: "Monday" });
  assert.deepEqual(read(7, 1), { name: "locked", locked: true });
  assert.deepEqual(read(8, 2, 1, 4), { name: "votes", rematch: 2, next: 1, people: 4 });
  assert.equal(read(15, "?"), null);
  assert.throws(() => read(1, 65535, 0), ProtocolError);
  assert.throws(() => read(0, 4, "Bob"), ProtocolError);
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
    "a roster without presence": welcome({ 9: [[3, "Ada", 0]] }),
    "a token that is no str": welcome({ 10: 7 }),
    "settings cut short": welcome({ 12: ["teams"] }),
    "a home without a name": encode([21, 0, "Welcome", null, []]),
    "a game without modes": encode([21, 0, "Welcome", "Ada", [["arena"]]]),
    "a match of the lobby cut short": encode([22, 1, 9, [["K7RW2P"]], []]),
    "a line without words": encode([23, [[0, 1, "Bob"]]]),
    "a refusal without a reason": encode([24, 6, 3]),
    "a place in no queue": encode([25, null, 1, 1, "Friday"]),
  };
  for (const [what, bytes] of Object.entries(broken)) assert.throws(() => readMessage(bytes), ProtocolError, what);
});
