// An hour of a page in virtual time, played and drawn: hidden tabs, stalls of the server, cuts, dead lines, unknown games.

import assert from "node:assert/strict";
import { test } from "node:test";

import { playHour, times } from "./fakes/hour.js";

test("an hour of all that can happen: a seat for each stay, never long away, and no more memory", async () => {
  const { state, faults, refusals, frames, ...figures } = await playHour(8);
  assert.deepEqual(faults, []);
  assert.equal(state, "playing");
  assert.equal(refusals.length, times("unknown game"));
  assert.deepEqual([...new Set(refusals)], ["This page has no game called chess."]);
  assert.ok(frames > 44_000, `${frames} frames`);
  assert.equal(figures.seats, 1 + refusals.length, "a new seat only after each refusal, whatever was cut while nobody looked");
  const cuts = times("cut") + times("dead");
  // Two of them may fall into one absence, and what is only suspected to be dead is resumed as well.
  assert.ok(figures.resumed >= cuts / 2 && figures.resumed <= cuts + 5, `${figures.resumed} times resumed for ${cuts} cuts`);
  assert.ok(figures.connections <= 2 * cuts, `${figures.connections} connections`);
  assert.ok(figures.longest_away_ms < 2500, `away for ${figures.longest_away_ms} ms`);
  assert.ok(figures.longest_frozen_ms < 3100, `frozen for ${figures.longest_frozen_ms} ms`);
  assert.ok(figures.heap_growth_bytes < 2e6, `the heap grew by ${figures.heap_growth_bytes} bytes`);
});
