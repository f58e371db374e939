import assert from "node:assert/strict";
import { test } from "node:test";

import { InputClock, MatchClock } from "../../../web_client/src/net/clock.js";

const RATE = 30;
const PER_MS = RATE / 1000;

test("the shortest of several round trips gives the match time", () => {
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

test("pings that contradict each other mean that the local clock has jumped: the newer ones are believed at once", () => {
  const clock = new MatchClock(RATE);
  for (const sent of [0, 1000, 2000]) clock.pong(sent, sent + 20, (sent + 10) * PER_MS);
  clock.time(2020);
  // The machine sleeps for ten minutes, in which the local clock stands still.
  clock.pong(3000, 3060, (3030 + 600_000) * PER_MS);
  assert.ok(Math.abs(clock.time(3060) - (3060 + 600_000) * PER_MS) < 1e-6);
});

test("when the server has dropped ticks, the clock follows it back with the next ping, or with a snapshot", () => {
  const clock = new MatchClock(RATE);
  for (const sent of [0, 1000, 2000]) clock.pong(sent, sent + 20, (sent + 10) * PER_MS);
  clock.time(3000);
  clock.pong(3000, 3020, 3010 * PER_MS - 30);
  assert.ok(Math.abs(clock.time(3020) - (3020 * PER_MS - 30)) < 1e-6);
  clock.jump(50, 3040);
  const ahead = clock.time(3040) - 50;
  assert.ok(ahead > 0 && ahead < 1, `${ahead} ticks ahead of a snapshot that has just come`);
});

test("an answer that waited at a server which dropped ticks is believed to have come back in the usual time", () => {
  const clock = new MatchClock(RATE);
  for (const sent of [0, 1000, 2000]) clock.pong(sent, sent + 20, (sent + 10) * PER_MS);
  clock.time(2020);
  // It stalled from 3000 to 4310 ms.
  clock.pong(3500, 4320, 96);
  assert.ok(Math.abs(clock.time(4320) - 96 - 10 * PER_MS) < 1e-6, `${clock.time(4320)}`);
  assert.ok(Math.abs(clock.oneWay - 10 * PER_MS) < 1e-9);
});

test("one slow ping among good ones changes nothing", () => {
  const clock = new MatchClock(RATE);
  for (const sent of [0, 1000, 2000]) clock.pong(sent, sent + 20, (sent + 10) * PER_MS);
  clock.pong(3000, 3900, 3880 * PER_MS);
  assert.ok(Math.abs(clock.time(3900) - 3900 * PER_MS) < 1e-6);
  assert.equal(clock.samples.length, 4);
});

test("a snapshot from the future moves the clock on, since nothing comes from the future", () => {
  const clock = new MatchClock(RATE);
  clock.pong(0, 20, 0.3);
  clock.atLeast(1, 20);
  assert.ok(clock.time(20) < 2);
  clock.atLeast(900, 50);
  assert.ok(clock.time(50) >= 900 && clock.time(50) < 902);
});

test("under jitter the clock stays near the truth", () => {
  const clock = new MatchClock(RATE);
  for (let index = 0; index < 60; index += 1) {
    const sent = index * 1000;
    const [there, back] = [45 + ((index * 7919) % 25), 45 + ((index * 104729) % 25)];
    clock.pong(sent, sent + there + back, (sent + there) * PER_MS);
    const now = sent + there + back;
    assert.ok(Math.abs(clock.time(now) - now * PER_MS) < 0.5, `off by ${clock.time(now) - now * PER_MS} ticks`);
  }
});

/**
 * Plays against a server that takes inputs `late` ticks after they are made, for some seconds at 60 frames a second.
 * @param {InputClock} clock @param {number} lead ticks, at first @param {number} late ticks @param {number} seconds
 * @returns {number[]} the depths that the server reported
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

test("a stall makes inputs late, and the lead hardly longer", () => {
  const clock = new InputClock(RATE);
  clock.start(100, 0);
  for (let tick = 0; tick < 90; tick += 1) clock.report(2, false, tick * 33);
  for (let tick = 0; tick < 8; tick += 1) assert.equal(clock.report(0, true, 3250), false);
  assert.ok(clock.target <= 2, `target ${clock.target}`);
  for (let tick = 0; tick < 300; tick += 1) clock.report(2, false, 3300 + tick * 33);
  assert.ok(clock.target < 1.6, `target ${clock.target}`);
});

test("inputs that keep coming too late make time skip ahead", () => {
  const clock = new InputClock(RATE);
  clock.start(100, 0);
  let skips = 0;
  for (let tick = 0; tick < 30; tick += 1) skips += Number(clock.report(0, true, tick * 33));
  assert.equal(skips, 2);
  assert.equal(clock.time, 104);
});
