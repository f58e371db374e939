import assert from "node:assert/strict";
import { test } from "node:test";

import { Heartbeat } from "../../web_client/src/heartbeat.js";

function setUp() {
  let beats = 0;
  /** @type {(import("../../web_client/src/heartbeat.js").Beating & {address: string})[]} */
  const workers = [];
  const heartbeat = new Heartbeat("/src/beat.js", () => {
    beats += 1;
  }, (address) => {
    workers.push({ address, onmessage: null });
    return workers[workers.length - 1];
  });
  return { heartbeat, workers, tick: () => workers[0].onmessage?.call(/** @type {never} */ (null), /** @type {never} */ (null)), beats: () => beats };
}

test("a page that was never hidden has no worker", () => {
  assert.equal(setUp().workers.length, 0);
});

test("a worker keeps the time of a hidden page, and of that alone", () => {
  const { heartbeat, workers, tick, beats } = setUp();
  heartbeat.turn(true);
  tick();
  heartbeat.turn(false);
  tick();
  assert.equal(beats(), 1);
  heartbeat.turn(true);
  tick();
  assert.equal(beats(), 2);
  assert.deepEqual(workers.map(({ address }) => address), ["/src/beat.js"]);
});

test("a browser that has no workers is no worse off", () => {
  const heartbeat = new Heartbeat("/src/beat.js", () => {}, () => {
    throw new Error("no workers");
  });
  heartbeat.turn(true);
  assert.equal(heartbeat.worker, null);
});
