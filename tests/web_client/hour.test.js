// An hour of a page in virtual time: hidden tabs, stalls of the server, cuts and dead lines.
// The page is the connection and the session, without what is drawn; the test is the server.

import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { test } from "node:test";
import { runInNewContext } from "node:vm";

import { Roster } from "../../web_client/src/lobby/roster.js";
import { Backoff } from "../../web_client/src/net/backoff.js";
import { Connection } from "../../web_client/src/net/connection.js";
import { decode, encode } from "../../web_client/src/net/msgpack.js";
import { toJoin } from "../../web_client/src/net/wishes.js";
import { Input } from "../../web_client/src/play/input.js";
import { Session } from "../../web_client/src/play/session.js";
import { SHIP, own, shipX, welcomeArray, wholeShip } from "./net/toy.js";
import { toyGame } from "./play/toy_game.js";

const RATE = 30;
const INTERVAL = 1000 / RATE;
const DELAY = 30;
const SEAT = 3;
/** Milliseconds for which the server keeps a seat, and in which it hears that a connection is gone. */
const HOLD = 30_000;
const MAX_CATCH_UP = 5;
const RESUME = 10;

/** @typedef {{at: number, run: () => void}} Due */

/** What happens at which second. @type {{[second: number]: "stall" | "cut" | "dead" | "hide" | "show"}} */
const STORY = {};
for (let minute = 1; minute < 60; minute += 2) STORY[minute * 60] = "hide";
for (let minute = 2; minute < 60; minute += 2) STORY[minute * 60] = "show";
for (let second = 20; second < 3600; second += 97) STORY[second] ??= "stall";
for (let second = 50; second < 3600; second += 211) STORY[second] ??= "cut";
// Nobody hears that a line is dead before a timer fires, and a hidden tab's may come when the seat is gone: see `late`.
for (let second = 15; second < 3600; second += 240) STORY[second] ??= "dead";

class World {
  constructor() {
    this.now = 0;
    /** @type {Due[]} in the order of their times */
    this.due = [];
    this.hidden = false;
    this.stalledUntil = 0;
    this.tick = 0;
    this.dropped = 0;
    this.seats = 0;
    this.resumed = 0;
    this.sockets = 0;
    /** @type {FakeSocket | null} whose connection has the seat */
    this.seated = null;
    this.lostAt = -Infinity;
    this.keyframe = true;
    /** @type {Set<FakeSocket>} */
    this.dead = new Set();
  }

  /** @param {number} after milliseconds @param {() => void} run */
  later(after, run) {
    const at = this.now + after;
    let index = this.due.length;
    while (index > 0 && this.due[index - 1].at > at) index -= 1;
    this.due.splice(index, 0, { at, run });
  }

  /** The server reads once it does not stall. @param {FakeSocket} socket @param {number[]} message */
  read(socket, message) {
    if (this.now < this.stalledUntil) {
      this.later(this.stalledUntil - this.now + 1, () => this.read(socket, message));
      return;
    }
    const [type, first] = message;
    if (type === 1) this.say(socket, [21, 0, "Welcome, Ada", "Ada", []]);
    if (type === 4) this.say(socket, [19, first, this.now / INTERVAL - this.dropped]);
    if (type === 6 || type === RESUME) this.seat(socket, type);
  }

  /** @param {FakeSocket} socket @param {number} type */
  seat(socket, type) {
    if (type === RESUME && !this.seated && this.now - this.lostAt > HOLD) {
      this.say(socket, [24, RESUME, 7, "the seat was given up", 0]);
      return;
    }
    if (type === RESUME) this.resumed += 1;
    else this.seats += 1;
    this.seated = socket;
    this.keyframe = true;
    this.say(socket, welcomeArray({ 1: SEAT, 5: this.tick }));
  }

  /** @param {FakeSocket} socket @param {unknown} message */
  say(socket, message) {
    const { buffer } = encode(message);
    this.later(DELAY, () => {
      if (!socket.gone && !this.dead.has(socket)) socket.onmessage({ data: buffer });
    });
  }

  step() {
    if (this.now < this.stalledUntil) return;
    while ((this.tick + 1 + this.dropped) * INTERVAL <= this.now) {
      const overdue = Math.floor(this.now / INTERVAL - this.dropped - this.tick - 1);
      this.dropped += Math.max(0, overdue - MAX_CATCH_UP);
      this.tick += 1;
      if (!this.seated) continue;
      const rows = this.keyframe ? wholeShip(SEAT, 400, 0, 0) : shipX(SEAT, 400 + (this.tick % 100));
      const events = [[16, 0, 1]];
      if (this.tick % 3 === 0) this.say(this.seated, [18, this.tick, events]);
      this.say(this.seated, [
        17, this.tick, Number(this.keyframe), this.tick, 2, null, own(100, 0, 0), [SHIP, new Uint8Array(rows)],
      ]);
      this.keyframe = false;
    }
  }

  /** @param {FakeSocket} socket whose end the server hears of */
  hearEnd(socket) {
    if (this.seated !== socket) return;
    this.seated = null;
    this.lostAt = this.now;
  }
}

class FakeSocket {
  /** @param {World} world */
  constructor(world) {
    this.world = world;
    this.readyState = 0;
    this.gone = false;
    this.onopen = () => {};
    /** @param {{data: unknown}} _event */
    this.onmessage = (_event) => {};
    /** @param {{code: number, reason: string}} _event */
    this.onclose = (_event) => {};
    world.sockets += 1;
    world.later(2 * DELAY, () => {
      if (this.gone) return;
      this.readyState = 1;
      this.onopen();
    });
  }

  /** @param {Uint8Array} bytes */
  send(bytes) {
    const message = /** @type {number[]} */ (decode(bytes));
    if (!this.world.dead.has(this)) this.world.later(DELAY, () => this.world.read(this, message));
  }

  close() {
    this.gone = true;
    if (!this.world.dead.has(this)) this.world.later(DELAY, () => this.world.hearEnd(this));
  }
}

/** @returns {number} bytes */
function heap() {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().heapUsed;
}

test("an hour of hidden tabs, stalls, cuts and dead lines: one seat, never long away, and no more memory", () => {
  const world = new World();
  let session = /** @type {Session | null} */ (null);
  /** @type {FakeSocket | null} */
  let socket = null;
  const input = new Input();
  const faults = /** @type {unknown[]} */ ([]);
  const connection = new Connection("ws://here/ws", {
    status() {},
    message(message, now) {
      if (message.type === "welcome") {
        session = new Session(message, new Roster(message), toyGame(), (bytes) => connection.send(bytes), { news() {}, feed() {} });
      } else if (session) {
        session.receive(message, now);
        if (message.type === "snapshot") connection.proved();
      }
    },
    fault: (error) => faults.push(error),
  }, {
    dial() {
      socket = new FakeSocket(world);
      return /** @type {WebSocket} */ (/** @type {unknown} */ (socket));
    },
    now: () => world.now, hidden: () => world.hidden, backoff: new Backoff(() => 0.5), key: { value: "secret" },
  });
  connection.enter("Ada", toJoin("K7RW2P"));
  let nextTimer = 0;
  let nextFrame = 0;
  let awayFor = 0;
  let longestAway = 0;
  let frozenFor = 0;
  let longestFrozen = 0;
  let heapAfterMinutes = 0;
  const HOUR = 3_600_000;
  const STEP = 5;
  for (; world.now < HOUR; world.now += STEP) {
    const what = world.now % 1000 === 0 ? STORY[world.now / 1000] : undefined;
    if (what === "stall") world.stalledUntil = world.now + 500 + ((world.now / 1000) % 3) * 700;
    if (what === "hide") {
      world.hidden = true;
      session?.rest(input);
    }
    if (what === "show") {
      world.hidden = false;
      session?.wake();
      connection.suspect();
    }
    if (socket && what === "cut") {
      const cut = /** @type {FakeSocket} */ (socket);
      cut.gone = true;
      world.hearEnd(cut);
      cut.onclose({ code: 1006, reason: "" });
    }
    if (socket && what === "dead") {
      const dead = /** @type {FakeSocket} */ (socket);
      world.dead.add(dead);
      world.later(15_000, () => world.hearEnd(dead));
    }
    world.step();
    while (world.due.length && world.due[0].at <= world.now) world.due.shift()?.run();
    if (world.now >= nextTimer) {
      nextTimer = world.now + (world.hidden ? 60_000 : 100);
      connection.watch();
      if (connection.status.state === "playing") session?.keepTime(world.now);
    }
    if (!world.hidden && world.now >= nextFrame) {
      nextFrame = world.now + 35;
      const playing = connection.status.state === "playing" && session;
      const scene = playing ? playing.frame(world.now, input) : null;
      awayFor = playing ? 0 : awayFor + 35;
      frozenFor = playing && scene?.frozen ? frozenFor + 35 : 0;
      longestAway = Math.max(longestAway, awayFor);
      longestFrozen = Math.max(longestFrozen, frozenFor);
    }
    if (world.now === HOUR / 6) heapAfterMinutes = heap();
  }
  assert.deepEqual(faults, []);
  assert.equal(connection.status.state, "playing");
  assert.equal(world.seats, 1, "one seat for all of the hour");
  const cuts = Object.values(STORY).filter((what) => what === "cut" || what === "dead").length;
  assert.ok(world.resumed >= cuts / 2 && world.resumed <= cuts + 5, `${world.resumed} times resumed for ${cuts} cuts`);
  assert.ok(world.sockets <= 2 * cuts, `${world.sockets} connections`);
  assert.ok(longestAway < 2500, `away for ${longestAway} ms`);
  assert.ok(longestFrozen < 3100, `frozen for ${longestFrozen} ms`);
  const growth = (heap() - heapAfterMinutes) / 1e6;
  assert.ok(growth < 2, `the heap grew by ${growth} MB`);
});
