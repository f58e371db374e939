import assert from "node:assert/strict";
import { test } from "node:test";

import { PHASES } from "../../../../web_client/src/games/arena/constants.js";
import { Cues } from "../../../../web_client/src/games/arena/cues.js";

/** @param {number} phase @param {number} ends @param {number} tick @param {number} winner */
function scene(phase, ends, tick, winner = 65535) {
  const latest = { round: new Map([[0, { phase, ends, winner, number: 1 }]]) };
  return /** @type {import("../../../../web_client/src/games/contract.js").Scene} */ (
    /** @type {unknown} */ ({ latest, latestTick: tick, tickRate: 30, player: 3 })
  );
}

test("every second of the countdown is heard once, and then the start", () => {
  const cues = new Cues();
  const heard = [cues.next(scene(PHASES.WARM_UP, 0, 0))];
  for (let tick = 10; tick < 100; tick += 1) heard.push(cues.next(scene(PHASES.COUNTDOWN, 100, tick)));
  for (let tick = 100; tick < 130; tick += 1) heard.push(cues.next(scene(PHASES.PLAYING, 9000, tick)));
  assert.deepEqual(heard.filter(Boolean), ["count", "count", "count", "start"]);
});

test("the end of a round sounds other to its winner", () => {
  for (const [winner, cue] of /** @type {const} */ ([[3, "won"], [1, "over"], [65535, "over"]])) {
    const cues = new Cues();
    cues.next(scene(PHASES.PLAYING, 900, 10));
    assert.equal(cues.next(scene(PHASES.RESULTS, 900, 11, winner)), cue);
    assert.equal(cues.next(scene(PHASES.RESULTS, 900, 12, winner)), null);
  }
});

test("who comes into a round that runs hears nothing of its start", () => {
  assert.equal(new Cues().next(scene(PHASES.PLAYING, 900, 10)), null);
});
