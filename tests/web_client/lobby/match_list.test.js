import assert from "node:assert/strict";
import { test } from "node:test";

import { MatchList, isFull, seatsText } from "../../../web_client/src/lobby/match_list.js";

/** @typedef {import("../../../web_client/src/net/read_lobby.js").MatchRow} MatchRow */

/** @param {string} id @param {Partial<MatchRow>} changes @returns {MatchRow} */
const row = (id, changes = {}) => ({
  id, name: id, game: "arena", mode: "", phase: "playing", people: 1, bots: 0, maxPlayers: 8, spectators: 0, flags: 0, ...changes,
});

/** @param {MatchRow[]} matches @param {string[]} gone @returns {import("../../../web_client/src/net/read_lobby.js").Lobby} */
const news = (matches, gone = [], whole = false) => ({ type: "lobby", whole, people: 5, matches, gone });

/** @param {MatchList} list */
const ids = (list) => list.rows.map(({ id }) => id);

test("what has changed takes the place of what it was, and what is gone is gone", () => {
  const list = new MatchList();
  list.apply(news([row("A"), row("B")], [], true));
  list.apply(news([row("B", { people: 4 }), row("C")], ["A"]));
  assert.deepEqual(ids(list), ["B", "C"]);
  assert.equal(list.matches.get("B")?.people, 4);
  assert.equal(list.people, 5);
});

test("a whole list forgets everything before it", () => {
  const list = new MatchList();
  list.apply(news([row("A")], [], true));
  list.apply(news([row("B")], [], true));
  assert.deepEqual(ids(list), ["B"]);
});

test("matches with people and a seat come first, then full, empty and locked ones; within, those with most people", () => {
  const list = new MatchList();
  list.apply(news([
    row("locked", { people: 7, flags: 2 }), row("full", { people: 8 }), row("small", { people: 2 }), row("big", { people: 6 }),
    row("bots", { people: 0, bots: 8 }),
  ], [], true));
  assert.deepEqual(ids(list), ["big", "small", "full", "bots", "locked"]);
});

test("seats of bots are free for people", () => {
  assert.equal(isFull(row("A", { people: 3, bots: 5 })), false);
  assert.equal(isFull(row("A", { people: 8 })), true);
});

test("the seats are put into words", () => {
  assert.equal(seatsText(row("A", { people: 3, bots: 5 })), "3 players, 5 bots / 8");
  assert.equal(seatsText(row("A", { people: 1, bots: 1 })), "1 player, 1 bot / 8");
  assert.equal(seatsText(row("A", { people: 0, bots: 4 })), "4 bots / 8");
  assert.equal(seatsText(row("A", { people: 0, bots: 0 })), "0 players / 8");
});
