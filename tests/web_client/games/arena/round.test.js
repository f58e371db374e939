import assert from "node:assert/strict";
import { test } from "node:test";

import { NOBODY, PHASES } from "../../../../web_client/src/games/arena/constants.js";
import { hudOf, standingsOf } from "../../../../web_client/src/games/arena/round.js";

const ME = 1;
const READY = { alive: 1, dash_wait: 0, fire_wait: 0, rapid_left: 0, shield_left: 0, respawn_wait: 0, x: 0, y: 0 };

/**
 * @param {{phase?: number, ends?: number, winner?: number, tick?: number, own?: {[field: string]: number}}} what
 * @param {[number, number, number][]} scores player, kills, deaths
 */
function scene({ phase = PHASES.PLAYING, ends = 900, winner = NOBODY, tick = 0, own = READY }, scores = []) {
  return /** @type {import("../../../../web_client/src/games/contract.js").Scene} */ (/** @type {unknown} */ ({
    player: ME, own, tickRate: 30, latestTick: tick, time: tick,
    members: new Map([[4, { player: 4, nickname: "Argon", kind: 1 }]]),
    latest: {
      round: new Map([[0, { phase, ends, winner, number: 3 }]]),
      ship: new Map([[ME, { health: 60 }]]),
      score: new Map(scores.map(([player, kills, deaths]) => [player, { kills, deaths }])),
    },
  }));
}

test("the standings are by kills, then by fewer deaths, of those who are here", () => {
  const { rows, results } = standingsOf(scene({}, [[0, 3, 2], [1, 5, 9], [2, 3, 1], [3, 99, 0]]), new Set([0, 1, 2]));
  assert.deepEqual(rows, [{ player: 1, cells: [5, 9] }, { player: 2, cells: [3, 1] }, { player: 0, cells: [3, 2] }]);
  assert.equal(results, null);
});

test("the results name the winner, or nobody for a draw", () => {
  const over = { phase: PHASES.RESULTS, ends: 240, tick: 90 };
  assert.deepEqual(standingsOf(scene({ ...over, winner: 4 }), new Set()).results, { winner: 4, seconds: 5 });
  assert.deepEqual(standingsOf(scene({ ...over, winner: 0 }), new Set()).results, { winner: 0, seconds: 5 });
  assert.deepEqual(standingsOf(scene(over), new Set()).results, { winner: null, seconds: 5 });
});

test("whoever is sunk is told by whom, and when it goes on", () => {
  const sunk = { own: { ...READY, alive: 0, respawn_wait: 40 } };
  assert.deepEqual(hudOf(scene(sunk), 4).banner, { title: "Sunk", detail: "by Argon · back in 2" });
  assert.deepEqual(hudOf(scene(sunk), NOBODY).banner, { title: "Sunk", detail: "Back in 2" });
});

test("the countdown counts, and the clock runs while the round does", () => {
  assert.equal(hudOf(scene({ phase: PHASES.COUNTDOWN, ends: 90, tick: 31 }), NOBODY).banner?.title, "2");
  assert.deepEqual(hudOf(scene({ ends: 900, tick: 300 }), NOBODY).clock, { label: "Round 3", seconds: 20 });
  assert.equal(hudOf(scene({ phase: PHASES.WARM_UP }), NOBODY).clock.seconds, null);
});

test("a dash that is not ready fills up, and health is what the server says", () => {
  const { gauges, meter } = hudOf(scene({ own: { ...READY, dash_wait: 30 } }), NOBODY);
  assert.deepEqual(gauges[0], { label: "Dash", fraction: 0.5, lit: false });
  assert.equal(meter?.value, 60);
  assert.equal(hudOf(scene({ own: { ...READY, alive: 0 } }), NOBODY).meter?.value, 0);
});
