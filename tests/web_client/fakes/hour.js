/**
 * An hour of a page in virtual time, hidden for every other minute: it is played and drawn, while the server stalls, lines
 * are cut or go dead, and the match turns to a game that the page does not have. The page is its own code, without a
 * browser; this script is the server, the network and the player.
 *
 * `node --expose-gc hour.js SEATS` prints what came of it as JSON.
 */

import { setFlagsFromString } from "node:v8";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";

import { Backoff } from "../../../web_client/src/net/backoff.js";
import { Connection } from "../../../web_client/src/net/connection.js";
import { Dispatcher } from "../../../web_client/src/net/dispatcher.js";
import { decode, encode } from "../../../web_client/src/net/msgpack.js";
import { toJoin } from "../../../web_client/src/net/intents.js";
import { Input } from "../../../web_client/src/play/input.js";
import { Preferences } from "../../../web_client/src/view/preferences.js";
import { welcomeArray } from "../net/toy.js";
import { ARENA_SCHEMA, FightOnTheWire, HIT, KILL } from "./arena_wire.js";
import { MAP, TILE, walls } from "./fight.js";
import { openPage } from "./page.js";

const RATE = 30;
const INTERVAL = 1000 / RATE;
/** Milliseconds, as are all times here. */
const DELAY = 30;
const FRAME = 40;
const STEP = 10;
const HOUR = 3_600_000;
/** For which the server keeps a seat, and in which it hears that a line is dead. */
const HOLD = 30_000;
const DEAD = 15_000;
/** From a screen that says that the match cannot be played to a player who goes back. */
const THINKS = 3000;
/** From one timer of the page to the next: seen, and hidden for some minutes; and of its worker, which is never slowed down. */
const TIMER = 100;
const HIDDEN_TIMER = 60_000;
const WORKER_TIMER = 1000;
const MAX_CATCH_UP = 5;
const SEAT = 0;
const RESUME = 10;
const JOIN = 6;

/** @typedef {{at: number, run: () => void}} Due */
/** @typedef {"stall" | "cut" | "dead" | "hide" | "show" | "unknown game"} Blow */

/** What happens at which second. @type {{[second: number]: Blow}} */
export const STORY = {};
for (let minute = 1; minute < 60; minute += 2) STORY[minute * 60] = "hide";
for (let minute = 2; minute < 60; minute += 2) STORY[minute * 60] = "show";
for (let second = 20; second < 3600; second += 97) STORY[second] ??= "stall";
for (let second = 50; second < 3600; second += 211) STORY[second] ??= "cut";
for (let second = 15; second < 3600; second += 240) STORY[second] ??= "dead";
for (let second = 63; second < 3600; second += 360) STORY[second] ??= "dead"; // while nobody looks
for (let second = 630; second < 3600; second += 600) STORY[second] ??= "unknown game";

/** @param {Blow} blow @returns {number} how often it happens */
export const times = (blow) => Object.values(STORY).filter((what) => what === blow).length;

class Server {
  /** @param {number} seats */
  constructor(seats) {
    this.fight = new FightOnTheWire(seats);
    this.now = 0;
    /** @type {Due[]} in the order of their times */
    this.due = [];
    this.stalledUntil = 0;
    this.tick = 0;
    this.dropped = 0;
    this.seatsGiven = 0;
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

  /** It reads once it does not stall. @param {FakeSocket} socket @param {number[]} message */
  read(socket, message) {
    if (this.now < this.stalledUntil) {
      this.later(this.stalledUntil - this.now + 1, () => this.read(socket, message));
      return;
    }
    const [type, first] = message;
    if (type === 1) this.say(socket, [21, 0, "Welcome, Ada", "Ada", []]);
    if (type === 4) this.say(socket, [19, first, this.now / INTERVAL - this.dropped]);
    if (type === JOIN || type === RESUME) this.seat(socket, type);
  }

  /** @param {FakeSocket} socket @param {number} type */
  seat(socket, type) {
    if (type === RESUME && !this.seated && this.now - this.lostAt > HOLD) {
      this.say(socket, [24, RESUME, 7, "the seat was given up", 0]);
      return;
    }
    if (type === RESUME) this.resumed += 1;
    else this.seatsGiven += 1;
    this.seated = socket;
    this.begin("arena");
  }

  /** @param {string} game that the match is of from now on */
  begin(game) {
    if (!this.seated) return;
    this.keyframe = true;
    this.say(this.seated, welcomeArray({
      1: SEAT, 3: ["K7RW2P", "Friday", game, 64, 0, 1], 5: this.tick, 7: ARENA_SCHEMA,
      8: { ...MAP, tile: TILE, walls: walls(), mode: "free-for-all", friendly_fire: true, kills_to_win: 20 },
      9: Array.from({ length: this.fight.seats }, (_, player) => [player, `Captain ${player}`, Number(player !== SEAT), 1]),
      11: SEAT,
    }));
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
      const { tick, fight } = this;
      const other = 1 + (tick % (fight.seats - 1));
      if (tick % 20 === 0) this.say(this.seated, [18, tick, [[HIT, other, tick % 40 ? SEAT : other, 10, 1500, 800]]]);
      if (tick % 90 === 0) this.say(this.seated, [18, tick, [[KILL, other, (other + 1) % fight.seats]]]);
      this.say(this.seated, [
        17, tick, Number(this.keyframe), tick, 2, null, fight.own(tick), fight.snapshot(tick, this.keyframe),
      ]);
      this.keyframe = false;
    }
  }

  /** @param {FakeSocket} socket whose end it hears of @param {boolean} [gone] whether the player has given the seat up */
  hearEnd(socket, gone = false) {
    if (this.seated !== socket) return;
    this.seated = null;
    this.lostAt = gone ? -Infinity : this.now;
  }
}

class FakeSocket {
  /** @param {Server} server */
  constructor(server) {
    this.server = server;
    this.readyState = 0;
    this.gone = false;
    this.onopen = () => {};
    /** @param {{data: unknown}} _event */
    this.onmessage = (_event) => {};
    /** @param {{code: number, reason: string}} _event */
    this.onclose = (_event) => {};
    server.sockets += 1;
    server.later(2 * DELAY, () => {
      if (this.gone) return;
      this.readyState = 1;
      this.onopen();
    });
  }

  /** @param {Uint8Array} bytes */
  send(bytes) {
    const message = /** @type {number[]} */ (decode(bytes));
    if (!this.server.dead.has(this)) this.server.later(DELAY, () => this.server.read(this, message));
  }

  /** @param {number} code */
  close(code) {
    this.gone = true;
    if (!this.server.dead.has(this)) this.server.later(DELAY, () => this.server.hearEnd(this, code === 1000));
  }
}

/** @returns {number} bytes */
function heap() {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().heapUsed;
}

/** @param {number} seats taken in the match */
export async function playHour(seats) {
  openPage();
  const server = new Server(seats);
  performance.now = () => server.now;
  globalThis.setTimeout = /** @type {never} */ ((/** @type {() => void} */ run, after = 0) => server.later(after, run));
  const { MatchPage } = await import("../../../web_client/src/app/match_page.js");
  const { Instruments } = await import("../../../web_client/src/debug/instruments.js");

  let hidden = false;
  /** @type {FakeSocket | null} */
  let socket = null;
  /** @type {unknown[]} */
  const faults = [];
  /** @type {string[]} */
  const refusals = [];
  let unplayableSince = Infinity;
  const input = new Input();
  const messages = new Dispatcher();
  const connection = new Connection("ws://here/ws", messages, {
    dial() {
      socket = new FakeSocket(server);
      return /** @type {WebSocket} */ (/** @type {unknown} */ (socket));
    },
    now: () => server.now, hidden: () => hidden, backoff: new Backoff(() => 0.5), key: { value: "secret" },
  });
  const match = new MatchPage(connection, input, new Preferences(null, true), () => {});
  for (const part of [new Instruments(connection, input, match), match]) part.start(messages);
  messages.on("fault", (error) => faults.push(error));
  messages.on("status", (status) => {
    if (status.state !== "unplayable") return;
    refusals.push(status.reason);
    unplayableSince = server.now;
  });

  /** @type {{[blow in Blow]: () => void}} */
  const blows = {
    stall: () => {
      server.stalledUntil = server.now + 500 + ((server.now / 1000) % 3) * 700;
    },
    hide: () => {
      hidden = true;
      match.rest();
    },
    show: () => {
      hidden = false;
      match.wake();
      connection.suspect();
    },
    cut: () => {
      if (!socket) return;
      socket.gone = true;
      server.hearEnd(socket);
      socket.onclose({ code: 1006, reason: "" });
    },
    dead: () => {
      const dead = socket;
      if (!dead) return;
      server.dead.add(dead);
      server.later(DEAD, () => server.hearEnd(dead));
    },
    "unknown game": () => server.begin("chess"),
  };
  const next = { timer: 0, worker: 0, frame: 0 };
  const away = { now: 0, longest: 0 };
  const frozen = { now: 0, longest: 0 };
  let frames = 0;
  let settled = 0;
  connection.enter("Ada", toJoin("K7RW2P"));
  for (; server.now < HOUR; server.now += STEP) {
    const blow = server.now % 1000 === 0 ? STORY[server.now / 1000] : undefined;
    if (blow) blows[blow]();
    server.step();
    while (server.due.length && server.due[0].at <= server.now) server.due.shift()?.run();
    // A game is loaded in no time.
    while (match.loading && !match.loading.over) await new Promise((done) => setImmediate(done));
    if (server.now - unplayableSince >= THINKS) {
      unplayableSince = Infinity;
      connection.enter("Ada", toJoin("K7RW2P"));
    }
    if (server.now >= next.timer) {
      next.timer = server.now + (hidden ? HIDDEN_TIMER : TIMER);
      connection.watch();
      match.keepTime(server.now);
    }
    if (hidden && server.now >= next.worker) {
      next.worker = server.now + WORKER_TIMER;
      connection.watch();
    }
    if (!hidden && server.now >= next.frame) {
      next.frame = server.now + FRAME;
      match.frame(server.now);
      frames += 1;
      const { playing } = match;
      away.now = playing || unplayableSince < Infinity ? 0 : away.now + FRAME;
      frozen.now = playing && match.scene?.frozen ? frozen.now + FRAME : 0;
      away.longest = Math.max(away.longest, away.now);
      frozen.longest = Math.max(frozen.longest, frozen.now);
    }
    if (server.now === HOUR / 6) settled = heap();
  }
  return {
    state: connection.status.state, faults: faults.map(String), refusals, frames, seats: server.seatsGiven,
    resumed: server.resumed, connections: server.sockets, longest_away_ms: away.longest, longest_frozen_ms: frozen.longest,
    heap_growth_bytes: heap() - settled,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(`${JSON.stringify(await playHour(Number(process.argv[2] ?? 64)))}\n`);
}
