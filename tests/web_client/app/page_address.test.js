import assert from "node:assert/strict";
import { test } from "node:test";

import { addressOf, readAddress } from "../../../web_client/src/app/page_address.js";

const QUICK = { kind: "join", match: "", password: "", wait: false };

test("a link with a code goes into that match, and queues when it is full", () => {
  assert.deepEqual(readAddress("?match=k7rw2p"), {
    intent: { kind: "join", match: "K7RW2P", password: "", wait: true }, nickname: null,
  });
});

test("the plain address goes to the lobby", () => {
  assert.deepEqual(readAddress(""), { intent: null, nickname: null });
});

test("?play goes into any match, and so does a nickname with nothing beside it", () => {
  assert.deepEqual(readAddress("?play"), { intent: QUICK, nickname: null });
  assert.deepEqual(readAddress("?nick=Ada"), { intent: QUICK, nickname: "Ada" });
});

test("the address shown leads back to the match", () => {
  assert.equal(addressOf("/", "K7RW2P"), "/?match=K7RW2P");
  assert.equal(addressOf("/", ""), "/");
});
