import assert from "node:assert/strict";
import { test } from "node:test";

import { NOBODY } from "../../../../web_client/src/games/arena/constants.js";
import { Teams } from "../../../../web_client/src/games/arena/teams.js";

const ME = 1;
const MATE = 3;
const FOE = 2;

/** @param {{[key: string]: unknown}} setup */
function teams(setup = { mode: "teams", friendly_fire: false }) {
  const made = new Teams(setup, ME);
  const rows = [[ME, 1], [MATE, 1], [FOE, 2]].map(([player, team]) => /** @type {const} */ ([player, { team }]));
  made.learn(new Map(rows));
  return made;
}

/** @param {number} winner @param {number} count */
const round = (winner, count) => ({ winner, teams: count });

test("those of your team are your mates, but for yourself", () => {
  assert.deepEqual([ME, MATE, FOE, 9].map((player) => teams().isMate(player)), [false, true, false, false]);
});

test("bolts spare mates, unless friendly fire is on", () => {
  assert.deepEqual([teams().spares(ME, MATE), teams().spares(ME, FOE)], [true, false]);
  assert.equal(teams({ mode: "teams", friendly_fire: true }).spares(ME, MATE), false);
});

test("who is alone, or in a mode that is not known, has no mates", () => {
  for (const mode of ["free-for-all", "hunt", undefined]) {
    const alone = new Teams({ mode }, ME);
    alone.learn(new Map([[ME, { team: 0 }], [FOE, { team: 0 }]]));
    assert.deepEqual([alone.isMate(FOE), alone.spares(ME, FOE), alone.mine], [false, false, 0]);
  }
});

test("a team has one colour and one emblem, and the other team others", () => {
  const { path, colour } = teams().emblem(ME);
  assert.deepEqual(teams().emblem(MATE), { path, colour });
  assert.equal(teams().colour(MATE), colour);
  assert.notEqual(teams().emblem(FOE).path, path);
  assert.notEqual(teams().emblem(FOE).colour, colour);
});

test("a player who changes over has new mates, and one who has left is still known", () => {
  const changed = teams();
  changed.learn(new Map([[ME, { team: 2 }], [FOE, { team: 2 }]]));
  assert.deepEqual([FOE, MATE].map((player) => changed.isMate(player)), [true, false]);
  assert.equal(changed.of(MATE), 1);
});

test("a round is won by your team where teams play, and by yourself where you are alone", () => {
  assert.deepEqual([round(1, 2), round(2, 2), round(NOBODY, 2)].map((row) => teams().won(row)), [true, false, false]);
  const alone = new Teams({ mode: "free-for-all" }, ME);
  assert.deepEqual([round(ME, 0), round(0, 0), round(NOBODY, 0)].map((row) => alone.won(row)), [true, false, false]);
});
