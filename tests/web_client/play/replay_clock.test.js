import assert from "node:assert/strict";
import { test } from "node:test";

import { ReplayClock } from "../../../web_client/src/play/replay_clock.js";

/** @param {number} first @param {number} last */
function clock(first = 100, last = 400) {
  const made = new ReplayClock(first, last, 30);
  made.advance(1000, false);
  made.move(first);
  return made;
}

test("the moment runs with the time that passes, at the chosen speed", () => {
  for (const speed of [0.25, 1, 8]) {
    const made = clock();
    made.speed = speed;
    assert.equal(made.advance(1100, false), 0.1 * speed);
    assert.ok(Math.abs(made.time - (100 + 3 * speed)) < 1e-9);
  }
});

test("it stands still when it is paused, while something is on its way, and at the end", () => {
  const made = clock();
  assert.equal(made.advance(1100, true), 0);
  made.toggle();
  assert.equal(made.advance(1200, false), 0);
  made.toggle();
  made.move(400);
  assert.equal(made.advance(1300, false), 0);
  assert.ok(made.atEnd);
});

test("after a pause of the page it does not run on", () => {
  const made = clock();
  made.advance(61_000, false);
  assert.ok(made.time <= 100 + 30 * 0.25);
});

test("a step leads to whole ticks, and pauses", () => {
  const made = clock();
  made.move(150.4);
  made.step(1);
  assert.equal(made.time, 151);
  made.step(-1);
  assert.equal(made.time, 150);
  assert.ok(made.paused);
  made.move(150.4);
  made.step(-1);
  assert.equal(made.time, 150);
});

test("it never leaves the recording", () => {
  const made = clock();
  made.move(-50);
  assert.equal(made.time, 100);
  made.seek(1e9);
  assert.equal(made.time, 400);
  assert.deepEqual([made.seconds, made.length], [10, 10]);
});

test("played at the end, it begins again", () => {
  const made = clock();
  made.move(400);
  assert.ok(made.toggle());
  assert.deepEqual([made.time, made.paused], [100, false]);
  assert.ok(!made.toggle());
  assert.ok(made.paused);
});
