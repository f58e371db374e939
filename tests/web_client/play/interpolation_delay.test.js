import assert from "node:assert/strict";
import { test } from "node:test";

import { InterpolationDelay } from "../../../web_client/src/play/interpolation_delay.js";

const RATE = 30;
const INTERVAL = 1000 / RATE;

/**
 * Snapshots of ticks `from` to `to` arrive, each late by what `late` says in ms; frames come at 60 a second.
 * @param {InterpolationDelay} shown @param {number} from @param {number} to @param {(tick: number) => number} late
 * @returns {{now: number, time: number, newest: number}[]} a line a frame
 */
function watch(shown, from, to, late) {
  const arrivals = [];
  for (let tick = from; tick <= to; tick += 1) arrivals.push({ tick, at: tick * INTERVAL + late(tick) });
  const frames = [];
  let newest = from;
  let next = 0;
  let bound = 0;
  for (let now = arrivals[0].at; now < arrivals[arrivals.length - 1].at; now += 1000 / 60) {
    // TCP keeps the order: nothing arrives before what was sent earlier.
    while (next < arrivals.length && Math.max(bound, arrivals[next].at) <= now) {
      bound = Math.max(bound, arrivals[next].at);
      newest = arrivals[next].tick;
      shown.arrive(newest, bound);
      next += 1;
    }
    frames.push({ now, time: shown.advance(now), newest });
  }
  return frames;
}

test("on a good link others are shown two snapshot intervals behind", () => {
  const shown = new InterpolationDelay(RATE);
  const frames = watch(shown, 100, 300, () => 0);
  assert.equal(shown.delay, 2);
  for (const { now, time } of frames.slice(RATE)) assert.ok(Math.abs(now / INTERVAL - 2 - time) < 0.01);
});

test("time runs evenly and never backwards under jitter", () => {
  const shown = new InterpolationDelay(RATE);
  const frames = watch(shown, 100, 600, (tick) => (tick * 7919) % 40);
  for (let index = 1; index < frames.length; index += 1) {
    const speed = (frames[index].time - frames[index - 1].time) / (RATE / 60);
    assert.ok(speed >= 0.939 && speed <= 1.031, `speed ${speed}`);
  }
});

test("with jitter the delay grows until the next snapshot is nearly always there", () => {
  const shown = new InterpolationDelay(RATE);
  const frames = watch(shown, 100, 600, (tick) => (tick * 7919) % 60).slice(RATE * 6);
  const starved = frames.filter(({ time, newest }) => time > newest);
  assert.ok(starved.length < frames.length * 0.05, `${starved.length} of ${frames.length} frames without a snapshot ahead`);
  assert.ok(shown.delay < 5, `delay ${shown.delay}`);
});

test("the delay comes back once the link is good again", () => {
  const shown = new InterpolationDelay(RATE);
  watch(shown, 100, 300, (tick) => (tick * 7919) % 120);
  assert.ok(shown.delay > 3.5);
  watch(shown, 301, 301 + RATE * 15, () => 0);
  assert.ok(shown.delayMs <= 75, `${shown.delayMs} ms`);
});

test("one stall does not change the delay for long, and time goes on through it", () => {
  const shown = new InterpolationDelay(RATE);
  const frames = watch(shown, 100, 400, (tick) => (tick >= 200 && tick < 206 ? (206 - tick) * INTERVAL : 0));
  assert.ok(shown.delay < 2.5);
  const last = frames[frames.length - 1];
  assert.ok(Math.abs(last.now / INTERVAL - shown.delay - last.time) < 0.2);
});

test("after a long pause time jumps ahead", () => {
  const shown = new InterpolationDelay(RATE);
  watch(shown, 100, 200, () => 0);
  const frames = watch(shown, 1000, 1030, () => 0);
  assert.ok(frames[1].time > 990);
});

test("a stall of a second does not make the delay longer, and time goes on through it", () => {
  const shown = new InterpolationDelay(RATE);
  const frames = watch(shown, 100, 400, (tick) => (tick >= 200 && tick < 230 ? (230 - tick) * INTERVAL : 0));
  assert.ok(shown.delay < 4, `delay ${shown.delay}`);
  for (let index = 1; index < frames.length; index += 1) assert.ok(frames[index].time > frames[index - 1].time);
});

test("stalls of 400 ms every 5 s are borne, and 15 s after the last the delay is under 110 ms", () => {
  const shown = new InterpolationDelay(RATE);
  /** @param {number} tick */
  const bad = (tick) => (tick % 150 < 12 ? (12 - (tick % 150)) * INTERVAL : (tick * 7919) % 40);
  watch(shown, 150, 150 + RATE * 30, bad);
  assert.ok(shown.delay <= 8);
  watch(shown, 151 + RATE * 30, 151 + RATE * 45, () => 0);
  assert.ok(shown.delayMs < 110, `${shown.delayMs} ms`);
});

test("a link that becomes longer once and for all does not keep the delay long", () => {
  const shown = new InterpolationDelay(RATE);
  watch(shown, 100, 300, () => 0);
  watch(shown, 301, 301 + RATE * 8, () => 120);
  assert.ok(shown.delayMs < 75, `${shown.delayMs} ms`);
});

test("after a pause the next moment is shown as it should be, at once", () => {
  const shown = new InterpolationDelay(RATE);
  watch(shown, 100, 200, () => 0);
  for (let tick = 201; tick < 260; tick += 1) shown.arrive(tick, tick * INTERVAL);
  shown.restart();
  assert.ok(Math.abs(shown.advance(259 * INTERVAL) - 257) < 1e-6);
});

test("a local clock that stood still while the machine slept is no bad link", () => {
  const shown = new InterpolationDelay(RATE);
  watch(shown, 100, 200, () => 0);
  for (let tick = 5000; tick < 5010; tick += 1) shown.arrive(tick, (tick - 4799) * INTERVAL);
  assert.equal(shown.delay, 2);
  shown.restart();
  assert.ok(Math.abs(shown.advance(210 * INTERVAL) - 5007) < 1e-6);
});

test("a page that stood still for three seconds shows the others as near as before, a second later", () => {
  const shown = new InterpolationDelay(30);
  for (let tick = 0; tick < 150; tick += 1) shown.arrive(tick, tick / 0.03);
  const before = shown.delay;
  const awake = 240 / 0.03;
  for (let tick = 150; tick < 240; tick += 1) shown.arrive(tick, awake);
  shown.forget();
  for (let tick = 240; tick < 275; tick += 1) shown.arrive(tick, tick / 0.03);
  assert.ok(shown.delay < before + 0.1, `${shown.delay} ticks, ${before} before`);
});
