import assert from "node:assert/strict";
import { test } from "node:test";

import { BackgroundTimer } from "../../../web_client/src/app/background_timer.js";

function setUp() {
  let beats = 0;
  /** @type {(import("../../../web_client/src/app/background_timer.js").Beating & {address: string})[]} */
  const workers = [];
  const timer = new BackgroundTimer("/src/app/background_worker.js", () => {
    beats += 1;
  }, (address) => {
    workers.push({ address, onmessage: null });
    return workers[workers.length - 1];
  });
  return { timer, workers, tick: () => workers[0].onmessage?.call(/** @type {never} */ (null), /** @type {never} */ (null)), beats: () => beats };
}

test("a page that was never hidden has no worker", () => {
  assert.equal(setUp().workers.length, 0);
});

test("a worker keeps the time of a hidden page, and of that alone", () => {
  const { timer, workers, tick, beats } = setUp();
  timer.turn(true);
  tick();
  timer.turn(false);
  tick();
  assert.equal(beats(), 1);
  timer.turn(true);
  tick();
  assert.equal(beats(), 2);
  assert.deepEqual(workers.map(({ address }) => address), ["/src/app/background_worker.js"]);
});

test("a browser that has no workers is no worse off", () => {
  const timer = new BackgroundTimer("/src/app/background_worker.js", () => {}, () => {
    throw new Error("no workers");
  });
  timer.turn(true);
  assert.equal(timer.worker, null);
});
