import assert from "node:assert/strict";
import { test } from "node:test";

import { DisconnectNews, MOMENT } from "../../../web_client/src/lobby/disconnect_news.js";
import { Roster } from "../../../web_client/src/lobby/roster.js";
import { welcome } from "../net/toy.js";

/** @typedef {import("../../../web_client/src/net/match_events.js").MatchEvent} MatchEvent */

const BOB = 5;
/** @type {MatchEvent[]} */
const GONE = [{ name: "lost", player: BOB, seconds: 30 }, { name: "kind", player: BOB, kind: 1 }];
/** @type {MatchEvent[]} */
const BACK = [{ name: "back", player: BOB }, { name: "kind", player: BOB, kind: 0 }];

/** The news of Bob when `events` come at the times beside them, `until` then. @param {[number, MatchEvent[]][]} happened @param {number} until */
function newsOf(happened, until) {
  /** @type {string[]} */
  const lines = [];
  const roster = new Roster(welcome());
  const news = new DisconnectNews((text) => lines.push(text));
  for (let now = 0; now <= until; now += 100) {
    for (const [at, events] of happened) {
      if (at === now) for (const event of events) news.hear(event, roster.apply(event), now);
    }
    news.keepTime(now);
  }
  return lines;
}

test("one who is back in a moment makes one line", () => {
  assert.deepEqual(newsOf([[0, GONE], [MOMENT - 100, BACK]], 3 * MOMENT), ["Bob is back"]);
});

test("an absence that lasts is reported after a moment, and so is the return", () => {
  const lost = ["Bob lost the connection; the seat is kept for 30 s", "A bot plays for Bob"];
  assert.deepEqual(newsOf([[0, GONE]], MOMENT - 100), []);
  assert.deepEqual(newsOf([[0, GONE]], MOMENT), lost);
  assert.deepEqual(newsOf([[0, GONE], [MOMENT + 100, BACK]], 3 * MOMENT), [...lost, "Bob is back"]);
});

test("one who leaves within a moment makes one line", () => {
  assert.deepEqual(newsOf([[0, GONE], [100, [{ name: "left", player: BOB, reason: 1 }]]], 3 * MOMENT), ["Bob did not come back"]);
});

test("a second loss waits for a moment of its own", () => {
  const lines = newsOf([[0, GONE], [1000, BACK], [2000, GONE]], MOMENT + 1000);
  assert.deepEqual(lines, ["Bob is back"]);
});

test("what happens to others is reported at once", () => {
  /** @type {MatchEvent} */
  const joined = { name: "joined", member: { player: 6, nickname: "Eve", kind: 0, present: true } };
  assert.deepEqual(newsOf([[0, GONE], [100, [joined]]], 100), ["Eve joined"]);
});
