// What a frame costs with 64 ships in a fight, on a page without a browser: calls of canvases, and memory.

import assert from "node:assert/strict";
import { test } from "node:test";
import v8 from "node:v8";
import vm from "node:vm";

import { startFight } from "./fakes/fight.js";
import { drawn } from "./fakes/page.js";

/** Frames until everything is made that is made once, and compiled. */
const WARM = 1200;
const FRAMES = 60;
/**
 * What a frame may take at most. Before wakes were drawn together, and things that several parts of a frame need were
 * made once for all of them, it was 3,783 calls, 2,175 properties and 238,000 bytes of objects for a player, and 26,880,
 * 4,127 and 270,000 for one who watches all of it.
 */
const MOST_CALLS = { playing: 945, watching: 1800 };
const MOST_PROPERTIES = { playing: 320, watching: 660 };
const MOST_BYTES = { playing: 112_000, watching: 118_000 };

v8.setFlagsFromString("--expose-gc");
const collect = vm.runInNewContext("gc");

/** @param {number[]} values @returns {number} */
const middle = (values) => values.sort((a, b) => a - b)[values.length >> 1];

for (const how of /** @type {const} */ (["playing", "watching"])) {
  test(`a frame of 64 ships, ${how}, makes few calls and few objects`, async () => {
    const { frame } = await startFight({ watching: how === "watching" });
    for (let count = 0; count < WARM; count += 1) frame();
    drawn.reset();
    for (let count = 0; count < FRAMES; count += 1) frame();
    assert.ok(drawn.calls / FRAMES <= MOST_CALLS[how], `${drawn.calls / FRAMES} calls: ${JSON.stringify(drawn.by)}`);
    assert.ok(drawn.properties / FRAMES <= MOST_PROPERTIES[how], `${drawn.properties / FRAMES} properties`);
    assert.ok(drawn.canvases <= FRAMES / 10, `${drawn.canvases} canvases made while little changes`);
    const made = Array.from({ length: 5 }, () => {
      collect();
      const before = process.memoryUsage().heapUsed;
      for (let count = 0; count < FRAMES / 2; count += 1) frame();
      return (process.memoryUsage().heapUsed - before) / (FRAMES / 2);
    });
    assert.ok(middle(made) <= MOST_BYTES[how], `${middle(made)} bytes`);
  });
}

test("the whole of a large map is painted once, and drawn from then on", async () => {
  const { frame } = await startFight({ watching: true });
  for (let count = 0; count < 120; count += 1) frame();
  drawn.reset();
  for (let count = 0; count < 60; count += 1) frame();
  assert.equal(drawn.canvases, 0);
});
