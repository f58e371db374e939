// A match played again: any moment, in any order.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Roster } from "../../../web_client/src/lobby/roster.js";
import { encode } from "../../../web_client/src/net/msgpack.js";
import { NO_PLAYER } from "../../../web_client/src/net/requests.js";
import { ReplaySession, readChunk } from "../../../web_client/src/play/replay_session.js";
import { SHIP, shipX, welcome, wholeShip } from "../net/toy.js";
import { toyGame } from "./toy_game.js";

const WELCOME = welcome({ player: NO_PLAYER, roster: [] });
/** Wire units of x a tick, of a quarter of a world unit each. */
const SPEED = 40;

/** @param {number} tick @param {boolean} keyframe @param {number[]} records */
const snapshot = (tick, keyframe, records) => (
  encode([17, tick, keyframe ? 1 : 0, 0, 0, null, new Uint8Array(), [SHIP, new Uint8Array(records)]]));
/** @param {number} tick @param {unknown[][]} events */
const events = (tick, events) => encode([18, tick, events]);
/** @param {string} text */
const said = (text) => encode([23, [[0, 2, "Ada", text]]]);

/** A chunk in which Ada's ship flies to the right. @param {number} number of 10 ticks each, from tick 1 @param {{[tick: number]: Uint8Array<ArrayBuffer>}} more what comes after a tick */
function chunk(number, more = {}) {
  const first = 10 * number + 1;
  const messages = [events(first, [[0, 2, "Ada", 0], [5, 2]])];
  for (let tick = first; tick < first + 10; tick += 1) {
    const x = SPEED * tick;
    messages.push(snapshot(tick, tick === first, tick === first ? wholeShip(2, x, 0, 0) : shipX(2, x)));
    if (more[tick]) messages.push(more[tick]);
  }
  return readChunk(WELCOME, number, messages);
}

/** @param {import("../../../web_client/src/play/replay_session.js").Chunk[]} chunks */
function replay(...chunks) {
  /** @type {string[]} */
  const heard = [];
  /** @type {number[]} */
  const arrived = [];
  const game = { ...toyGame(), arrived: (/** @type {{tick: number}} */ { tick }) => arrived.push(tick), jump: () => heard.push("jump") };
  const session = new ReplaySession(WELCOME, game, (of) => new Roster(of), {
    news: (text) => heard.push(text),
    feed: ({ parts }) => heard.push(parts.map((part) => ("text" in part ? part.text : part.player)).join(" ")),
    said: (lines) => heard.push(...lines.map(({ text }) => text)),
  });
  session.show(chunks);
  return { session, heard, arrived };
}

/** @param {ReplaySession} session @param {number} time */
function shipAt(session, time) {
  const scene = session.frame(time, 0, 0.02);
  return scene?.tables.ship.get(2)?.x;
}

test("between two ticks a ship is between its places, at any moment and in any order", () => {
  const { session } = replay(chunk(0), chunk(1));
  for (const time of [5, 5.5, 1, 19.75, 10.5, 3.25]) {
    session.jump();
    const x = shipAt(session, time);
    assert.ok(Math.abs(Number(x) - 10 * time) < 0.01, `${x} at ${time}`);
  }
});

test("who is there at a moment is known after a jump, without news of it", () => {
  const { session, heard } = replay(chunk(0, { 5: events(5, [[0, 7, "Grace", 0]]) }));
  session.frame(3, 0, 0);
  assert.deepEqual(session.roster.seated.map(({ nickname }) => nickname), ["Ada"]);
  session.jump();
  session.frame(8, 0, 0);
  assert.deepEqual(session.roster.seated.map(({ nickname }) => nickname), ["Ada", "Grace"]);
  assert.deepEqual(heard, ["jump", "jump"]);
});

test("what happens is reported once, when its tick is shown", () => {
  const { session, heard } = replay(chunk(0, { 4: events(4, [[16, 2, 7]]), 6: said("hello") }), chunk(1));
  for (const time of [1, 3.9, 4.1, 5, 5.9, 6.2, 7, 12]) session.frame(time, 0, 0.02);
  assert.deepEqual(heard, ["jump", "2 kill 7", "hello"]);
});

test("the introduction of a chunk is no news to one who comes from the chunk before", () => {
  const { session, heard } = replay(chunk(0), chunk(1));
  for (const time of [9, 10.5, 11.5]) session.frame(time, 0, 0.02);
  assert.deepEqual(heard, ["jump"]);
});

test("a jump reports nothing of what lies between", () => {
  const { session, heard } = replay(chunk(0, { 4: events(4, [[16, 2, 7]]) }));
  session.frame(2, 0, 0);
  session.jump();
  session.frame(8, 0, 0);
  assert.deepEqual(heard, ["jump", "jump"]);
});

test("the game gets each snapshot once, in order, and one beyond the moment", () => {
  const { session, arrived } = replay(chunk(0), chunk(1));
  for (const time of [2, 2.5, 4, 11]) session.frame(time, 0, 0.02);
  assert.deepEqual(arrived, [3, 4, 5, 6, 7, 8, 9, 10, 11]);
});

test("nothing is shown while nothing is there", () => {
  const { session } = replay();
  assert.equal(session.frame(1, 0, 0), null);
});

test("at the last tick the match stands as it was", () => {
  const { session } = replay(chunk(0));
  assert.equal(shipAt(session, 10), 100);
});
