import assert from "node:assert/strict";
import { test } from "node:test";

import { ProtocolError } from "../../../web_client/src/net/checks.js";
import { readRecordings, someOf } from "../../../web_client/src/lobby/recordings.js";

const ROW = {
  id: "0123", match: "K7RW2P", name: "Friday", game: "arena", mode: "teams", players: ["Ada"], bots: 3, seconds: 93.5,
  round: 3, winners: ["Ada"], started: 1_700_000_000, bytes: 5000,
};

test("a list of recordings is read, with those in which no round is over", () => {
  const [row, other] = readRecordings([ROW, { ...ROW, winners: null }]);
  assert.equal(row.started.getTime(), 1_700_000_000_000);
  assert.deepEqual([row.players, row.winners, other.winners], [["Ada"], ["Ada"], null]);
});

test("what is no list of recordings is refused", () => {
  for (const json of [null, {}, [1], [{ ...ROW, players: "Ada" }], [{ ...ROW, seconds: "long" }], [{}]]) {
    assert.throws(() => readRecordings(json), ProtocolError);
  }
});

test("of many names the first are shown", () => {
  assert.equal(someOf(["Ada", "Bob"], 2), "Ada, Bob");
  assert.equal(someOf(["Ada", "Bob", "Eve", "Flo"], 2), "Ada, Bob and 2 more");
});
