import assert from "node:assert/strict";
import { test } from "node:test";

import { InputClock, MatchClock } from "../../../web_client/src/net/clock.js";

const RATE = 30;
const PER_MS = RATE / 1000;

test("the shortest of several round trips tells the match time", () => {
  const clock = new MatchClock(RATE);
  // Match time is 1000 ticks at local time 0; the answers wait 40, 0 and 90 ms on their way back.
  for (const [sent, wait] of [[0, 40], [100, 0], [200, 90]]) {
    clock.pong(sent, sent + 50 + wait, 1000 + (sent + 25) * PER_MS);
  }
  assert.ok(Math.abs(clock.best().offset - 1000) < 1e-9);
  assert.equal(clock.oneWay, 25 * PER_MS);
});

test("match time never runs backwards, and is slewed by at most 2 %", () => {
  const clock = new MatchClock(RATE);
  clock.pong(0, 200, 1000);
  clock.pong(300, 320, 1000);
  let before = clock.time(400);
  for (let now = 410; now < 5000; now += 10) {
    const time = clock.time(now);
    const speed = (time - before) / (10 * PER_MS);
    assert.ok(speed >= 0.98 - 1e-9 && speed <= 1.02 + 1e-9, `speed ${speed} at ${now} ms`);
    before = time;
  }
});

test("a clock that is more than half a second behind jumps ahead", () => {
  const clock = new MatchClock(RATE);
  clock.pong(0, 20, 1000);
  clock.time(20);
  clock.pong(1000, 1010, 5000);
  assert.ok(clock.time(1010) > 4999);
});

test("a round trip that ends before it began is not believed", () => {
  const clock = new MatchClock(RATE);
  clock.pong(100, 50, 1000);
  assert.equal(clock.synchronised, false);
});

/**
 * Plays against a server that takes inputs `late` ticks after they are made, for some seconds at 60 frames a second.
 * @param {InputClock} clock @param {number} lead ticks, at first @param {number} late ticks @param {number} seconds
 * @returns {number[]} the depths that the server told
 */
function playAgainstServer(clock, lead, late, seconds) {
  clock.start(lead, 0);
  /** @type {{arrives: number, tick: number}[]} */
  let sent = [];
  /** @type {number[]} */
  const depths = [];
  let made = 0;
  let served = 0;
  for (let now = 0; now < seconds * 1000; now += 1000 / 60) {
    for (const tick = Math.floor(clock.advance(now)); made < tick;) {
      made += 1;
      sent.push({ arrives: now * PER_MS + late, tick: made });
    }
    while (served + 1 <= now * PER_MS) {
      served += 1;
      sent = sent.filter(({ tick, arrives }) => arrives > served || tick > served);
      const depth = sent.filter(({ arrives }) => arrives <= served).length;
      depths.push(depth);
      clock.report(depth, depth === 0, now);
    }
  }
  return depths;
}

test("the lead grows until the server's buffer holds about what it should", () => {
  const clock = new InputClock(RATE);
  const depths = playAgainstServer(clock, 0, 4, 20);
  const settled = depths.slice(-RATE * 5);
  const mean = settled.reduce((sum, depth) => sum + depth, 0) / settled.length;
  assert.ok(Math.min(...settled) >= 1, `depths ${settled}`);
  assert.ok(mean < 3, `mean depth ${mean}`);
});

test("a lead that is too long shrinks", () => {
  const clock = new InputClock(RATE);
  const depths = playAgainstServer(clock, 8, 1, 20);
  assert.ok(depths[RATE] >= 5);
  assert.ok(Math.max(...depths.slice(-RATE * 5)) <= 3);
});

test("the step is stretched by at most 2 %", () => {
  const clock = new InputClock(RATE);
  for (const depth of [32, 32, 32, 32, 32]) clock.report(depth, false, 0);
  assert.equal(clock.stretch, -0.02);
  clock.start(100, 0);
  assert.ok(Math.abs(clock.advance(1000) - (100 + RATE)) <= RATE * 0.02);
});
