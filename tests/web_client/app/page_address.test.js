import assert from "node:assert/strict";
import { test } from "node:test";

import { addressOf, readAddress, recordingAddress, replayAddress } from "../../../web_client/src/app/page_address.js";

const QUICK = { kind: "join", match: "", password: "", wait: false };

test("a link with a code goes into that match, and queues when it is full", () => {
  assert.deepEqual(readAddress("?match=k7rw2p"), {
    intent: { kind: "join", match: "K7RW2P", password: "", wait: true }, nickname: null, replay: null,
  });
});

test("the plain address goes to the lobby", () => {
  assert.deepEqual(readAddress(""), { intent: null, nickname: null, replay: null });
});

test("?play goes into any match, and so does a nickname with nothing beside it", () => {
  assert.deepEqual(readAddress("?play"), { intent: QUICK, nickname: null, replay: null });
  assert.deepEqual(readAddress("?nick=Ada"), { intent: QUICK, nickname: "Ada", replay: null });
});

test("the address shown leads back to the match", () => {
  assert.equal(addressOf("/", "K7RW2P"), "/?match=K7RW2P");
  assert.equal(addressOf("/", ""), "/");
});

test("a link to a recording has the moment, the player in the middle, and the code of a private match", () => {
  assert.deepEqual(readAddress("?replay=0123&t=93.5&follow=Ada&match=k7rw2p").replay, {
    id: "0123", seconds: 93.5, follow: "Ada", match: "K7RW2P",
  });
  assert.deepEqual(readAddress("?replay=0123&t=x").replay, { id: "0123", seconds: 0, follow: "", match: "" });
  assert.equal(readAddress("?replay=0123&t=-5").replay?.seconds, 0);
});

test("the address of a moment leads back to it", () => {
  const moment = { id: "0123", seconds: 93.5, follow: "Ada & Bob", match: "K7RW2P" };
  assert.deepEqual(readAddress(replayAddress("/", moment).slice(1)).replay, moment);
  assert.equal(replayAddress("/play/", { id: "0123", seconds: 0, follow: "", match: "" }), "/play/?replay=0123");
});

test("a recording is beside the page, and one of a private match needs its code", () => {
  assert.equal(recordingAddress({ id: "../x", match: "" }), "recordings/..%2Fx");
  assert.equal(recordingAddress({ id: "0123", match: "K7RW2P" }), "recordings/0123?match=K7RW2P");
});

test("a page that was exported for a recording shows it, at the moment of the link", () => {
  assert.equal(readAddress("", "0123").replay?.id, "0123");
  assert.deepEqual(readAddress("?replay=9&t=5", "0123").replay, { id: "0123", seconds: 5, follow: "", match: "" });
});
