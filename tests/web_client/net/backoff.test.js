import assert from "node:assert/strict";
import { test } from "node:test";

import { Backoff } from "../../../web_client/src/net/backoff.js";

/** @param {Backoff} backoff @param {number} count */
const waits = (backoff, count) => Array.from({ length: count }, () => backoff.next());

test("waits double up to a ceiling", () => {
  assert.deepEqual(waits(new Backoff(() => 1), 7), [0.3, 0.6, 1.2, 2.4, 4.8, 5, 5]);
});

test("jitter takes away up to half of a wait", () => {
  assert.deepEqual(waits(new Backoff(() => 0), 4), [0.15, 0.3, 0.6, 1.2]);
});

test("a connection that proved itself starts again", () => {
  const backoff = new Backoff(() => 1);
  waits(backoff, 5);
  backoff.reset();
  assert.equal(backoff.next(), 0.3);
});

test("patience comes on top", () => {
  assert.equal(new Backoff(() => 1).next(10), 10.3);
});

test("a lower ceiling keeps the steps short", () => {
  const backoff = new Backoff(() => 1);
  assert.deepEqual([1, 2, 3, 4].map(() => backoff.next(0, 1)), [0.3, 0.6, 1, 1]);
});
