import assert from "node:assert/strict";
import { test } from "node:test";

import { FinalStandings } from "../../../web_client/src/screens/scoreboard.js";

/** @param {string} title @param {number | null} winner @param {number[]} players @param {boolean} over */
const standings = (title, winner, players, over = true) => ({
  title, round: 1, columns: ["Kills"], rows: players.map((player) => ({ player, cells: [player], side: -1, place: player })), sides: [],
  results: over ? { winner, seconds: 5 } : null,
});

const members = new Map(["Ada", "Bob"].map((nickname, at) => [at + 1, { player: at + 1, nickname, kind: 0, present: true }]));

test("results stay as they were when the round ended, even if players leave", () => {
  const verdict = new FinalStandings();
  verdict.of(standings("Round 1", 2, [1, 2]), members);
  const later = verdict.of(standings("Round 1", null, [1]), new Map());
  assert.equal(later?.standings.results?.winner, 2);
  assert.deepEqual(later?.standings.rows.map(({ player }) => player), [1, 2]);
  assert.equal(later?.members.get(2)?.nickname, "Bob");
});

test("while a round runs there are none, and the next round has its own", () => {
  const verdict = new FinalStandings();
  verdict.of(standings("Round 1", 2, [1, 2]), members);
  assert.equal(verdict.of(standings("Round 2", null, [1, 2], false), members), null);
  assert.equal(verdict.of(standings("Round 2", 1, [1, 2]), members)?.standings.results?.winner, 1);
});
