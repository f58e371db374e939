import assert from "node:assert/strict";
import { test } from "node:test";

import { Dispatcher } from "../../../web_client/src/net/dispatcher.js";

/** @typedef {import("../../../web_client/src/net/protocol.js").ServerMessage} ServerMessage */

/** @type {ServerMessage} */
const PONG = { type: "pong", clientTime: 1, matchTime: 2 };

function setUp() {
  const messages = new Dispatcher();
  /** @type {unknown[]} */
  const heard = [];
  return { messages, heard };
}

test("a message goes to the handlers of its type, in the order in which they subscribed", () => {
  const { messages, heard } = setUp();
  messages.on("pong", ({ matchTime }, now) => heard.push(["first", matchTime, now]));
  messages.on("queued", () => heard.push("another type"));
  messages.on("pong", () => heard.push("second"));
  messages.message(PONG, 7);
  assert.deepEqual(heard, [["first", 2, 7], "second"]);
});

test("changes of the connection and faults have types of their own", () => {
  const { messages, heard } = setUp();
  messages.on("status", ({ state }) => heard.push(state));
  messages.on("fault", (error) => heard.push(error));
  messages.status({ state: "lobby", reason: "", retryAt: null });
  messages.fault("odd");
  assert.deepEqual(heard, ["lobby", "odd"]);
});

test("a handler is called no more once its subscription has ended, and the others still are", () => {
  const { messages, heard } = setUp();
  const stop = messages.on("pong", () => heard.push("ended"));
  messages.on("pong", () => heard.push("kept"));
  stop();
  stop();
  messages.message(PONG, 0);
  assert.deepEqual(heard, ["kept"]);
});

test("what a handler throws comes out, so that it costs the connection", () => {
  const { messages } = setUp();
  messages.on("pong", () => {
    throw new TypeError("odd");
  });
  assert.throws(() => messages.message(PONG, 0), TypeError);
});
