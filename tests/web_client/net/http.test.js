// Requests over HTTP: how long they wait for a server that says nothing.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { PATIENCE, request } from "../../../web_client/src/net/http.js";

/** Let everything go on that waits for nothing but its turn. */
const settle = () => new Promise((done) => { setImmediate(done); });

/** @param {() => Promise<void>} body run with timers that stand still */
async function withTimers(body) {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    await body();
  } finally {
    mock.timers.reset();
  }
}

/** A server that sends its body in parts, as it is asked to. */
function slowServer() {
  /** @type {ReadableStreamDefaultController<Uint8Array>} */
  let sending;
  /** @type {import("../../../web_client/src/net/http.js").Fetch} */
  const get = async (_url, { signal } = {}) => new Response(new ReadableStream({
    start: (controller) => {
      sending = controller;
      signal?.addEventListener("abort", () => controller.error(signal.reason));
    },
  }));
  return {
    get,
    /** @param {string} text */
    send: (text) => sending.enqueue(new TextEncoder().encode(text)),
    end: () => sending.close(),
  };
}

test("the whole body comes with the head", async () => {
  const { answer, body } = await request("x", {}, async () => new Response("hello", { status: 206 }));
  assert.equal(answer.status, 206);
  assert.equal(new TextDecoder().decode(body), "hello");
});

test("a server that does not answer is given up", () => withTimers(async () => {
  /** @type {import("../../../web_client/src/net/http.js").Fetch} */
  const silent = (_url, { signal } = {}) => new Promise((_, fail) => {
    signal?.addEventListener("abort", () => fail(signal.reason));
  });
  const asked = assert.rejects(request("x", {}, silent), /does not answer/);
  mock.timers.tick(PATIENCE);
  await asked;
}));

test("a body that stops half-way is given up", () => withTimers(async () => {
  const { get, send } = slowServer();
  const asked = assert.rejects(request("x", {}, get), /does not answer/);
  await settle();
  send("half");
  await settle();
  mock.timers.tick(PATIENCE);
  await asked;
}));

test("a body that comes slowly is waited for", () => withTimers(async () => {
  const { get, send, end } = slowServer();
  const asked = request("x", {}, get);
  for (const letter of "abc") {
    await settle();
    mock.timers.tick(PATIENCE - 1);
    send(letter);
  }
  await settle();
  end();
  assert.equal(new TextDecoder().decode((await asked).body), "abc");
}));
