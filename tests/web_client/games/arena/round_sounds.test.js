import assert from "node:assert/strict";
import { test } from "node:test";

import { PHASES } from "../../../../web_client/src/games/arena/constants.js";
import { RoundSounds } from "../../../../web_client/src/games/arena/round_sounds.js";
import { Teams } from "../../../../web_client/src/games/arena/teams.js";

const ALONE = new Teams({ mode: "free-for-all", friendly_fire: false }, 3);

/** @param {number} phase @param {number} ends @param {number} tick @param {number} winner @param {number} teams */
function scene(phase, ends, tick, winner = 65535, teams = 0) {
  const latest = { round: new Map([[0, { phase, ends, winner, number: 1, teams }]]) };
  return /** @type {import("../../../../web_client/src/play/contract.js").Scene} */ (
    /** @type {unknown} */ ({ latest, latestTick: tick, tickRate: 30, player: 3 })
  );
}

test("every second of the countdown is heard once, and then the start", () => {
  const roundSounds = new RoundSounds(ALONE);
  const heard = [roundSounds.next(scene(PHASES.WARM_UP, 0, 0))];
  for (let tick = 10; tick < 100; tick += 1) heard.push(roundSounds.next(scene(PHASES.COUNTDOWN, 100, tick)));
  for (let tick = 100; tick < 130; tick += 1) heard.push(roundSounds.next(scene(PHASES.PLAYING, 9000, tick)));
  assert.deepEqual(heard.filter(Boolean), ["count", "count", "count", "start"]);
});

test("the end of a round sounds other to its winner", () => {
  for (const [winner, cue] of /** @type {const} */ ([[3, "won"], [1, "over"], [65535, "over"]])) {
    const roundSounds = new RoundSounds(ALONE);
    roundSounds.next(scene(PHASES.PLAYING, 900, 10));
    assert.equal(roundSounds.next(scene(PHASES.RESULTS, 900, 11, winner)), cue);
    assert.equal(roundSounds.next(scene(PHASES.RESULTS, 900, 12, winner)), null);
  }
});

test("who comes into a round that runs hears nothing of its start", () => {
  assert.equal(new RoundSounds(ALONE).next(scene(PHASES.PLAYING, 900, 10)), null);
});

test("a player of the team that has won hears that, and the player of its number does not", () => {
  for (const [player, team, cue] of /** @type {const} */ ([[3, 1, "won"], [3, 2, "over"], [1, 2, "over"]])) {
    const teams = new Teams({ mode: "teams", friendly_fire: false }, player);
    teams.learn(new Map([[player, { kills: 0, deaths: 0, team }]]));
    const roundSounds = new RoundSounds(teams);
    roundSounds.next(scene(PHASES.PLAYING, 900, 10, 65535, 2));
    assert.equal(roundSounds.next(scene(PHASES.RESULTS, 900, 11, 1, 2)), cue);
  }
});
