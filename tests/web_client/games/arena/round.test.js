import assert from "node:assert/strict";
import { test } from "node:test";

import { NOBODY, PHASES } from "../../../../web_client/src/games/arena/constants.js";
import { hudOf, standingsOf } from "../../../../web_client/src/games/arena/round.js";
import { Teams } from "../../../../web_client/src/games/arena/teams.js";

const ME = 1;
const ALONE = new Teams({ mode: "free-for-all", friendly_fire: false }, ME);
const READY = { alive: 1, dash_wait: 0, fire_wait: 0, rapid_left: 0, shield_left: 0, respawn_wait: 0, x: 0, y: 0 };

/**
 * @param {{phase?: number, ends?: number, winner?: number, tick?: number, own?: {[field: string]: number}}} what
 * @param {[number, number, number][]} scores player, kills, deaths
 */
function scene({ phase = PHASES.PLAYING, ends = 900, winner = NOBODY, tick = 0, own = READY }, scores = []) {
  return /** @type {import("../../../../web_client/src/play/contract.js").Scene} */ (/** @type {unknown} */ ({
    player: ME, own, tickRate: 30, latestTick: tick, time: tick,
    members: new Map([[4, { player: 4, nickname: "Argon", kind: 1 }]]),
    latest: {
      round: new Map([[0, { phase, ends, winner, number: 3 }]]),
      ship: new Map([[ME, { health: 60 }]]),
      score: new Map(scores.map(([player, kills, deaths]) => [player, { kills, deaths, team: 0 }])),
      team: new Map(),
    },
  }));
}

test("the standings are by kills, then by fewer deaths, of those who are here", () => {
  const { rows, sides, results } = standingsOf(scene({}, [[0, 3, 2], [1, 5, 9], [2, 3, 1], [3, 99, 0]]), ALONE, new Set([0, 1, 2]));
  assert.deepEqual(rows, [
    { player: 1, cells: [5, 9], side: -1, place: 1 }, { player: 2, cells: [3, 1], side: -1, place: 2 },
    { player: 0, cells: [3, 2], side: -1, place: 3 },
  ]);
  assert.deepEqual(sides, []);
  assert.equal(results, null);
});

test("equal scores share a place, and the next one is left out", () => {
  const scores = /** @type {[number, number, number][]} */ ([[0, 4, 2], [1, 5, 0], [2, 4, 2], [3, 4, 3], [4, 0, 0]]);
  const { rows } = standingsOf(scene({}, scores), ALONE, new Set([0, 1, 2, 3, 4]));
  assert.deepEqual(rows.map(({ player, place }) => [player, place]), [[1, 1], [0, 2], [2, 2], [3, 4], [4, 5]]);
});

test("the results name the winner, or nobody for a draw", () => {
  const over = { phase: PHASES.RESULTS, ends: 240, tick: 90 };
  assert.deepEqual(standingsOf(scene({ ...over, winner: 4 }), ALONE, new Set()).results, { winner: 4, seconds: 5 });
  assert.deepEqual(standingsOf(scene({ ...over, winner: 0 }), ALONE, new Set()).results, { winner: 0, seconds: 5 });
  assert.deepEqual(standingsOf(scene(over), ALONE, new Set()).results, { winner: null, seconds: 5 });
});

test("a sunk player reads by whom, and when they are back", () => {
  const sunk = { own: { ...READY, alive: 0, respawn_wait: 40 } };
  assert.deepEqual(hudOf(scene(sunk), ALONE, 20, 4).banner, { title: "Sunk", detail: "by Argon · back in 2", aside: false });
  assert.deepEqual(hudOf(scene(sunk), ALONE, 20, NOBODY).banner, { title: "Sunk", detail: "Back in 2", aside: false });
});

test("the countdown counts, and the clock runs while the round does", () => {
  assert.equal(hudOf(scene({ phase: PHASES.COUNTDOWN, ends: 90, tick: 31 }), ALONE, 20, NOBODY).banner?.title, "2");
  assert.deepEqual(hudOf(scene({ ends: 900, tick: 300 }), ALONE, 20, NOBODY).clock, { label: "Round 3", seconds: 20 });
  assert.equal(hudOf(scene({ phase: PHASES.WARM_UP }), ALONE, 20, NOBODY).clock.seconds, null);
});

test("a dash that is not ready fills up, and health is what the server says", () => {
  const { gauges, meter } = hudOf(scene({ own: { ...READY, dash_wait: 30 } }), ALONE, 20, NOBODY);
  assert.deepEqual(gauges[0], { label: "Dash", fraction: 0.5, lit: false });
  assert.equal(meter?.value, 60);
  assert.equal(hudOf(scene({ own: { ...READY, alive: 0 } }), ALONE, 20, NOBODY).meter?.value, 0);
});

// Teams

/** @param {{phase?: number, winner?: number, own?: {[field: string]: number}}} what */
function battle(what = {}) {
  const teams = new Teams({ mode: "teams", friendly_fire: false }, ME);
  const shown = scene(what);
  const score = new Map([
    [ME, { kills: 2, deaths: 1, team: 2 }], [4, { kills: 7, deaths: 0, team: 1 }], [6, { kills: 5, deaths: 3, team: 2 }],
  ]);
  teams.learn(score);
  const team = new Map([[2, { kills: 9 }], [1, { kills: 7 }]]);
  return { teams, shown: { ...shown, latest: { ...shown.latest, score, team } } };
}

test("teams stand in their order with their scores, and every player in one of them", () => {
  const { teams, shown } = battle();
  const { rows, sides } = standingsOf(shown, teams, new Set([ME, 4, 6]));
  assert.deepEqual(sides.map(({ name, score, mine }) => [name, score, mine]), [["North", 7, false], ["South", 9, true]]);
  assert.deepEqual(rows.map(({ player, side, place }) => [player, side, place]), [[4, 0, 1], [6, 1, 1], [ME, 1, 2]]);
  assert.notEqual(sides[0].emblem.path, sides[1].emblem.path);
  assert.notEqual(sides[0].emblem.colour, sides[1].emblem.colour);
});

test("the results name the team that has won, or none for a draw", () => {
  for (const [winner, side] of [[1, 0], [2, 1], [NOBODY, null]]) {
    const { teams, shown } = battle({ phase: PHASES.RESULTS, winner: winner ?? NOBODY });
    assert.equal(standingsOf(shown, teams, new Set()).results?.winner, side);
  }
});

test("before the round you read for which team you fly", () => {
  const { teams, shown } = battle({ phase: PHASES.COUNTDOWN });
  assert.equal(hudOf(shown, teams, 50, NOBODY).banner?.detail, "You fly for South · first to 50 kills");
});

test("one who comes while a round runs reads its goal and time, for some seconds", () => {
  const running = scene({ ends: 900, tick: 300 });
  const at = (/** @type {number} */ now) => hudOf({ ...running, now }, ALONE, 20, NOBODY, 1000).banner;
  assert.deepEqual(at(1000), { title: "Round 3", detail: "First to 20 kills · 0:20 left", aside: true });
  assert.deepEqual(at(6900), at(1000));
  assert.equal(at(7100), null);
});
