// A session against a toy server, in virtual time, with a link that delays what both say.

import assert from "node:assert/strict";
import { test } from "node:test";

import { decode } from "../../../web_client/src/net/msgpack.js";
import { Roster } from "../../../web_client/src/lobby/roster.js";
import { PLAY_SILENCE } from "../../../web_client/src/net/connection.js";
import { KEEPALIVE_SECONDS } from "../../../web_client/src/net/read_match.js";
import { NO_PLAYER } from "../../../web_client/src/net/requests.js";
import { Input } from "../../../web_client/src/play/input.js";
import { Session } from "../../../web_client/src/play/session.js";
import { SHIP, crcOf, gone, own, shipX, snapshot, welcome, wholeShip } from "../net/toy.js";
import { RIGHT, SPEED, step, toyGame } from "./toy_game.js";

const RATE = 30;
const INTERVAL = 1000 / RATE;
const FRAME = 1000 / 60;
const ME = 2;
/** As at the server. */
const INPUT_WINDOW = 32;
const MAX_CATCH_UP = 5;

/** @typedef {import("../../../web_client/src/net/read_match.js").SnapshotMessage} SnapshotMessage */

function audience() {
  /** @type {string[]} */
  const heard = [];
  return {
    heard,
    /** @param {string} text */
    news: (text) => heard.push(text),
    /** @param {import("../../../web_client/src/play/contract.js").FeedEntry} entry */
    feed: (entry) => heard.push(entry.parts.map((part) => ("text" in part ? part.text : part.player)).join(" ")),
  };
}

/** @param {(bytes: Uint8Array) => void} send */
function session(send = () => {}, player = ME) {
  const stage = audience();
  const welcomed = welcome({
    player, tick: 0,
    roster: [{ player: ME, nickname: "Ada", kind: 0, present: true }, { player: 0, nickname: "Flint", kind: 1, present: true }],
  });
  const started = new Session(welcomed, new Roster(welcomed), toyGame(), send, stage);
  return { session: started, heard: stage.heard };
}

/** A server of one tick after the other that uses each input in its tick, and repeats the last when there is none. */
class ToyServer {
  constructor() {
    this.tick = 0;
    /** Ticks' worth of time that stalls have cost: match time stands still for as long. */
    this.dropped = 0;
    /** Milliseconds from when an input was made to when it was used, by the tick. @type {Map<number, number>} */
    this.ages = new Map();
    this.ship = { x: 100, y: 0, wait: 0 };
    /** Whether snapshots without news are left out, as at the server, and what the last one had. */
    this.sparing = false;
    this.said = { ack: -1, x: -1, calm: 0 };
    /** Those sent. */
    this.snapshots = 0;
    /** @type {Map<number, {buttons: number, madeAt: number}>} by tick */
    this.inputs = new Map();
    this.buttons = 0;
    this.ack = 0;
    this.late = 0;
    this.lateAt = 0;
  }

  /** @param {number} tick @param {number} buttons @param {number} madeAt milliseconds */
  input(tick, buttons, madeAt) {
    if (tick <= this.tick) {
      this.late += 1;
      this.lateAt = this.tick;
    } else if (tick <= this.tick + INPUT_WINDOW) this.inputs.set(tick, { buttons, madeAt });
  }

  /** @param {number} now @returns {number} match time: see `TickClock.match_time` */
  matchTime(now) {
    return Math.min(Math.max(this.tick, now / INTERVAL - this.dropped), this.tick + 1 + MAX_CATCH_UP);
  }

  /** @param {number} now @returns {SnapshotMessage[]} of the ticks that are due; of a longer backlog the oldest are dropped */
  advance(now) {
    /** @type {SnapshotMessage[]} */
    const messages = [];
    while ((this.tick + 1 + this.dropped) * INTERVAL <= now) {
      const overdue = Math.floor(now / INTERVAL - this.dropped - this.tick - 1);
      this.dropped += Math.max(0, overdue - MAX_CATCH_UP);
      const message = this.step(now);
      if (!this.isSilent(message)) messages.push(message);
    }
    return messages;
  }

  /** @param {SnapshotMessage} message */
  isSilent({ tick, ack }) {
    const news = !this.sparing || tick === 1 || ack !== this.said.ack || this.ship.x !== this.said.x;
    this.said = { ack, x: this.ship.x, calm: news ? 0 : this.said.calm + 1 };
    const silent = this.said.calm > 1 && tick % (KEEPALIVE_SECONDS * RATE) !== 0;
    if (!silent) this.snapshots += 1;
    return silent;
  }

  /** @param {number} now */
  step(now) {
    this.tick += 1;
    const input = this.inputs.get(this.tick);
    if (input) {
      this.buttons = input.buttons;
      this.ack = this.tick;
      this.ages.set(this.tick, now - input.madeAt);
    }
    this.inputs.delete(this.tick);
    this.ship = { ...this.ship, ...step(this.ship, this.buttons, 0) };
    const rows = this.tick === 1 ? wholeShip(ME, 400, 0, 0) : shipX(ME, this.ship.x * 4);
    const moves = !this.sparing || this.ship.x !== this.said.x;
    return snapshot(this.tick, moves ? [[SHIP, rows]] : [], {
      keyframe: this.tick === 1, ack: this.ack, depth: this.inputs.size, own: own(this.ship.x, 0, 0),
    });
  }
}

/**
 * @param {number} seconds @param {(now: number, down: boolean) => number} delay one way, ms
 * @param {(now: number, input: Input) => void} play called before each frame
 * @param {(frame: number) => number} pace ms from a frame to the next
 * @param {(now: number) => boolean} stalled whether the server does nothing, neither ticks nor reads
 * @param {boolean} sparing whether the server leaves out what is not new
 */
function playOverLink(seconds, delay, play, pace = () => FRAME, stalled = () => false, sparing = false) {
  const server = new ToyServer();
  server.sparing = sparing;
  /** @type {{at: number, deliver: (now: number) => void}[]} */
  const wire = [];
  let upBound = 0;
  let downBound = 0;
  /** @param {number} now @param {(now: number) => void} deliver */
  const up = (now, deliver) => {
    upBound = Math.max(upBound, now + delay(now, false));
    while (stalled(upBound)) upBound += 1;
    wire.push({ at: upBound, deliver });
  };
  /** @param {number} now @param {(now: number) => void} deliver */
  const down = (now, deliver) => {
    downBound = Math.max(downBound, now + delay(now, true));
    const heard = (/** @type {number} */ at) => {
      silence = Math.max(silence, at - heardAt);
      heardAt = at;
      deliver(at);
    };
    wire.push({ at: downBound, deliver: heard });
  };
  let heardAt = 0;
  /** Milliseconds: the longest time in which nothing came. */
  let silence = 0;
  let clock = 0;
  const { session: client } = session((bytes) => {
    const [type, first, second] = /** @type {number[]} */ (decode(bytes));
    const madeAt = clock;
    if (type === 2) up(clock, () => server.input(first, second, madeAt));
    if (type !== 4) return;
    up(clock, (at) => down(at, (now) => client.receive({ type: "pong", clientTime: first, matchTime: server.matchTime(at) }, now)));
  });
  const input = new Input();
  const frames = [];
  let nextFrame = 0;
  for (clock = 0; clock < seconds * 1000; clock += 1) {
    for (const message of wire.filter(({ at }) => at <= clock)) {
      wire.splice(wire.indexOf(message), 1);
      message.deliver(clock);
    }
    for (const message of stalled(clock) ? [] : server.advance(clock)) down(clock, (now) => client.receive(message, now));
    if (clock >= nextFrame) {
      nextFrame += pace(frames.length);
      client.keepTime(clock);
      play(clock, input);
      const scene = client.frame(clock, input);
      // Rows are valid until the next frame.
      if (scene) frames.push({ ...scene, tables: structuredClone(scene.tables), serverTime: server.matchTime(clock) });
    }
  }
  return { client, server, frames, silence };
}

/** Aim elsewhere in each frame, so that no input repeats the one before. @param {number} now @param {Input} input */
function turn(now, input) {
  input.aim = Math.floor(now) % 4096;
}

test("over a steady link of 75 ms each way prediction is never wrong", () => {
  const { client, server, frames } = playOverLink(12, () => 75, (now, input) => {
    input.hold("right", "key", now > 4000 && Math.floor(now / 700) % 2 === 0);
  });
  assert.equal(client.prediction.corrections, 0);
  assert.ok(server.ship.x > 300);
  assert.equal(frames[frames.length - 1].own?.y, 0);
});

test("a key is felt in the next frame, whatever the latency", () => {
  let held = 0;
  const { frames } = playOverLink(6, () => 250, (now, input) => {
    if (now > 5000) input.hold("right", "key", true);
    if (now > 5000 && !held) held = now;
  });
  const before = frames.filter(({ now }) => now < held).pop();
  const after = frames.filter(({ now }) => now >= held).slice(0, 2);
  assert.ok((after[1].own?.x ?? 0) > (before?.own?.x ?? 0));
});

test("inputs arrive in time once the clock has settled", () => {
  const { client, server } = playOverLink(15, () => 45, turn);
  assert.ok(server.late <= 15, `${server.late} inputs came late`);
  assert.ok(client.depth >= 1 && client.depth <= 3, `depth ${client.depth}`);
});

test("jitter costs a correction now and then, but nothing that is seen as a leap", () => {
  const { frames } = playOverLink(20, (now) => 45 + ((Math.floor(now) * 7919) % 25), (now, input) => {
    input.hold("right", "key", Math.floor(now / 500) % 2 === 0);
  });
  for (let index = 60; index < frames.length; index += 1) {
    const moved = Math.abs((frames[index].own?.x ?? 0) - (frames[index - 1].own?.x ?? 0));
    assert.ok(moved <= SPEED * 2, `moved ${moved} in a frame`);
  }
});

test("while the page is hidden nothing is held down", () => {
  /** @type {number[][]} */
  const sent = [];
  const { session: client } = session((bytes) => sent.push(/** @type {number[]} */ (decode(bytes))));
  const input = new Input();
  client.receive(snapshot(1, [[SHIP, wholeShip(ME, 400, 0, 0)]], { own: own(100, 0, 0) }), 0);
  client.frame(10, input);
  input.press("right", "key");
  client.rest(input);
  const [type, , buttons] = sent[sent.length - 1];
  assert.deepEqual([type, buttons], [2, 0]);
});

test("a page that is hidden lets go for later ticks, too, which are taken back when it is shown", () => {
  /** @type {number[][]} */
  const sent = [];
  const { session: client } = session((bytes) => sent.push(/** @type {number[]} */ (decode(bytes))));
  const input = new Input();
  client.receive(snapshot(1, [[SHIP, wholeShip(ME, 400, 0, 0)]], { own: own(100, 0, 0) }), 0);
  input.press("right", "key");
  client.frame(10, input);
  const before = client.inputTick;
  sent.length = 0;
  client.rest(input);
  assert.deepEqual(sent.map(([, tick, buttons]) => [tick - before, buttons]), [[1, 0], [8, 0], [24, 0]]);
  client.wake();
  input.press("right", "key");
  sent.length = 0;
  client.frame(10 + 2 * INTERVAL, input);
  assert.deepEqual(sent.filter(([type]) => type === 2).map(([, tick, buttons]) => [tick - before, buttons]), [[2, RIGHT]]);
});

test("after a pause only the newest input is sent", () => {
  let inputs = 0;
  const { session: client } = session((bytes) => {
    inputs += /** @type {number[]} */ (decode(bytes))[0] === 2 ? 1 : 0;
  });
  client.receive(snapshot(1, [], { own: own(100, 0, 0) }), 0);
  client.frame(0, new Input());
  client.receive(snapshot(300, [], { own: own(100, 0, 0) }), 300 * INTERVAL);
  inputs = 0;
  client.frame(300 * INTERVAL, new Input());
  assert.ok(inputs <= 1, `${inputs} inputs`);
});

test("a fault asks for a resync, at most once a second", () => {
  /** @type {unknown[]} */
  const sent = [];
  const { session: client } = session((bytes) => sent.push(decode(bytes)));
  for (const [tick, now] of [[1, 0], [2, 33], [3, 66], [40, 1300]]) client.receive(snapshot(tick, [[SHIP, shipX(9, 1)]]), now);
  assert.deepEqual(sent, [[5, 1], [5, 40]]);
  assert.equal(client.desyncs, 4);
});

test("a table that has gone wrong is reported with the next hash, and whole again with the keyframe that answers", () => {
  /** @type {unknown[]} */
  const sent = [];
  const { session: client } = session((bytes) => sent.push(decode(bytes)));
  const whole = wholeShip(7, 400, 300, 12);
  const hash = crcOf([SHIP, 7, 0, ...whole.slice(3)]);
  client.receive(snapshot(1, [[SHIP, whole]], { keyframe: true }), 0);
  client.receive(snapshot(2, [[SHIP, gone(7)]]), 33);
  client.receive(snapshot(3, []), 66);
  assert.deepEqual(sent, []);
  client.receive(snapshot(30, [], { hash }), 966);
  assert.deepEqual(sent, [[5, 30]]);
  client.receive(snapshot(31, [[SHIP, whole]], { keyframe: true }), 1000);
  client.receive(snapshot(60, [], { hash }), 2000);
  assert.deepEqual(sent, [[5, 30]]);
  assert.equal(client.desyncs, 1);
});

test("people who come and go are reported at once; what happens in the game when it is seen", () => {
  const { session: client, heard } = session();
  client.receive({
    type: "events", tick: 2,
    events: [
      { code: 0, fields: [1, "Bob", 0] }, { code: 16, fields: [0, 1] },
      { code: 99, fields: ["from the future"] }, { code: 12, fields: ["from the future too"] }, { code: 1, fields: [1, 1] },
    ],
  }, 0);
  assert.deepEqual(heard, ["Bob joined", "Bob did not come back"]);
  for (let tick = 1; tick < 9; tick += 1) {
    client.receive(snapshot(tick, []), tick * INTERVAL);
    client.frame(tick * INTERVAL, new Input());
    if (tick === 3) assert.equal(heard.length, 2);
  }
  assert.equal(heard[2], "0 kill 1");
});

test("one who watches sends no inputs, and is shown what there is", () => {
  /** @type {number[]} */
  const types = [];
  const { session: client } = session((bytes) => types.push(/** @type {number[]} */ (decode(bytes))[0]), NO_PLAYER);
  const input = new Input();
  input.press("right", "key");
  for (let tick = 1; tick < 60; tick += 1) {
    client.receive(snapshot(tick, tick === 1 ? [[SHIP, wholeShip(0, 400, 0, 0)]] : [], { keyframe: tick === 1 }), tick * INTERVAL);
    client.keepTime(tick * INTERVAL);
    const scene = client.frame(tick * INTERVAL, input);
    assert.equal(scene?.own, null);
    assert.equal(scene?.tables.ship.get(0)?.x, 100);
  }
  client.rest(input);
  assert.deepEqual([...new Set(types)], [4]);
});

test("an input says how far behind the screen shows the others", () => {
  /** @type {number[][]} */
  const inputs = [];
  const { session: client } = session((bytes) => {
    const message = /** @type {number[]} */ (decode(bytes));
    if (message[0] === 2) inputs.push(message);
  });
  const input = new Input();
  for (let tick = 1; tick < 60; tick += 1) {
    client.receive(snapshot(tick, [], { own: own(100, 0, 0) }), tick * INTERVAL);
    const scene = client.frame(tick * INTERVAL + 1, input);
    const [, , , , behind] = inputs[inputs.length - 1];
    assert.equal(behind, Math.round(((scene?.ownTime ?? 0) - (scene?.time ?? 0)) * 16));
  }
  assert.ok(inputs[inputs.length - 1][4] >= 2 * 16, `${inputs[inputs.length - 1][4]}`);
});

test("only the newest input of a slow frame bears a key that was pressed meanwhile", () => {
  /** @type {number[][]} */
  const inputs = [];
  const { session: client } = session((bytes) => {
    const message = /** @type {number[]} */ (decode(bytes));
    if (message[0] === 2) inputs.push(message);
  });
  const input = new Input();
  client.receive(snapshot(1, [], { own: own(100, 0, 0) }), 0);
  client.frame(1, input);
  input.press("right", "key");
  client.frame(1 + 3 * INTERVAL, input);
  assert.deepEqual(inputs.slice(-3).map(([, , buttons]) => buttons), [0, 0, RIGHT]);
});

test("slow frames on a good link make no prediction wrong", () => {
  const SLOW = [70, 110, 180, 400];
  const { client, server } = playOverLink(20, () => 15, (now, input) => {
    if (now % 1000 < 400) input.press("right", "key");
    else input.release("right", "key");
  }, (frame) => (frame % 60 === 40 ? SLOW[(frame % 240 - 40) / 60] : FRAME));
  assert.ok(server.late > 0, "the frames were not slow enough to make an input late");
  assert.equal(client.prediction.corrections, 0);
});

test("what concerns you is reported when it comes, the rest when it is seen", () => {
  const { session: client, heard } = session();
  client.game.urgent = (_, { victim }) => victim === ME;
  client.receive(snapshot(1, []), 0);
  client.receive(snapshot(2, []), INTERVAL);
  client.receive({ type: "events", tick: 2, events: [{ code: 16, fields: [0, 1] }, { code: 16, fields: [0, ME] }] }, INTERVAL);
  client.frame(INTERVAL, new Input());
  assert.deepEqual(heard, [`0 kill ${ME}`]);
});

test("a page that was hidden for ten seconds plays as before within a second", () => {
  const { client, server, frames } = playOverLink(24, () => 20, (now, input) => {
    input.hold("right", "key", now > 3000 && Math.floor(now / 400) % 2 === 0);
  }, (frame) => (frame === 600 ? 10_000 : FRAME));
  const back = frames.findIndex((frame, index) => index > 0 && frame.now - frames[index - 1].now > 9000);
  assert.ok(back > 0);
  const healed = frames.filter(({ now }) => now > frames[back].now + 1000);
  for (const { now, time, ownTime } of healed) {
    assert.ok(Math.abs(now / INTERVAL - time - 3) < 1, `others at ${time}, server at ${now / INTERVAL}`);
    assert.ok(ownTime - now / INTERVAL > 1 && ownTime - now / INTERVAL < 5, `own time ${ownTime} at ${now / INTERVAL}`);
  }
  assert.ok(server.late <= 2, `${server.late} stale inputs`);
  assert.equal(client.prediction.corrections, 0);
});

test("a stall of a second leaves nothing behind 500 ms after its end", () => {
  const END = 9000;
  const { client, frames } = playOverLink(14, (now) => (now > END - 1000 && now < END ? END - now + 20 : 20), (now, input) => {
    input.hold("right", "key", now > 3000);
  });
  for (const { now, time, ownTime } of frames.filter((frame) => frame.now > END + 500)) {
    assert.ok(Math.abs(now / INTERVAL - time - 3) < 2.5, `others at ${time}, server at ${now / INTERVAL}`);
    assert.ok(Math.abs(ownTime - now / INTERVAL - 2.5) < 2, `own time ${ownTime} at ${now / INTERVAL}`);
  }
  assert.equal(client.prediction.corrections, 0);
});

for (const [seconds, delay] of [[1, 20], [2, 20], [1, 75], [2, 75], [5, 75]]) {
  test(`half a second after the server stalled for ${seconds} s, ${delay} ms away, all is as before`, () => {
    const END = 9000;
    const { client, server, frames } = playOverLink(14, () => delay, (now, input) => {
      turn(now, input);
      input.hold("right", "key", now > 3000 && Math.floor(now / 300) % 2 === 0);
    }, () => FRAME, (now) => now > END - seconds * 1000 && now < END);
    assert.ok(server.dropped > seconds * RATE - 10, "ticks were dropped");
    const before = frames.filter(({ now }) => now > 5000 && now < END - seconds * 1000 - 100);
    const after = frames.filter(({ now }) => now > END + 500);
    /** @param {typeof frames} some */
    const behind = (some) => some.map(({ serverTime, time }) => serverTime - time);
    const usual = behind(before.length ? before : frames.slice(120, 180));
    for (const lag of behind(after)) {
      assert.ok(lag < Math.max(...usual) + 1.5 && lag > Math.min(...usual) - 1.5, `others are shown ${lag} ticks behind`);
    }
    assert.ok(after.every(({ frozen }) => !frozen));
    for (const { ownTime, serverTime } of after) {
      assert.ok(Math.abs(ownTime - serverTime - (delay / INTERVAL + 2)) < 3, `${ownTime - serverTime} ticks ahead`);
    }
    const ages = [...server.ages].filter(([tick]) => tick > (END + 500) / INTERVAL - server.dropped).map(([, age]) => age);
    assert.ok(ages.length > 100, `${ages.length} inputs were used`);
    assert.ok(Math.max(...ages) < delay + 150, `an input was used after ${Math.max(...ages)} ms`);
    for (let at = 1; at < after.length; at += 1) assert.ok(after[at].time >= after[at - 1].time, "time runs on");
    assert.equal(client.desyncs, 0);
  });
}

test("a way down that becomes much longer is no stall of the server: the others move, and inputs are as before", () => {
  const [FROM, TO] = [6000, 11_000];
  const { server, frames } = playOverLink(16, (now, down) => (down && now > FROM && now < TO ? 370 : 20), (now, input) => {
    turn(now, input);
    input.hold("right", "key", Math.floor(now / 300) % 2 === 0);
  });
  const during = frames.filter(({ now }) => now > FROM + 370 + 500 && now < TO);
  assert.ok(during.length > 200 && during.every(({ frozen }) => !frozen));
  const ages = [...server.ages].filter(([tick]) => tick > 90).map(([, age]) => age);
  assert.ok(Math.max(...ages) < 200, `an input was used after ${Math.max(...ages)} ms`);
  const missing = (TO - FROM) / INTERVAL - [...server.ages.keys()].filter((tick) => tick * INTERVAL > FROM && tick * INTERVAL < TO).length;
  assert.ok(missing < 3, `${missing} ticks without an input`);
});

test("after a stall the others glide to where they are, though time has jumped back", () => {
  const END = 9000;
  /** @type {number[]} */
  const shown = [];
  const { frames } = playOverLink(11, () => 20, (_, input) => input.hold("right", "key", true), () => FRAME, (now) => now > END - 1000 && now < END);
  for (const { now, tables } of frames) if (now > END - 200) shown.push(tables.ship.get(ME)?.x ?? 0);
  for (let at = 1; at < shown.length; at += 1) {
    assert.ok(Math.abs(shown[at] - shown[at - 1]) < SPEED * 3, `moved ${shown[at] - shown[at - 1]} in a frame`);
  }
});

test("of what happened while nothing was drawn, the news of the last second is reported, and no more", () => {
  const { session: client, heard } = session();
  let tick = 0;
  const hide = (/** @type {number} */ seconds) => {
    for (const end = tick + seconds * RATE; tick < end;) {
      tick += 1;
      client.receive({ type: "events", tick, events: [{ code: 16, fields: [tick, 1] }] }, tick * INTERVAL);
      client.receive(snapshot(tick, []), tick * INTERVAL);
    }
  };
  hide(1);
  client.frame(tick * INTERVAL, new Input());
  hide(60);
  assert.ok(client.waiting.length <= 512);
  heard.length = 0;
  client.wake();
  for (let at = 0; at < 20; at += 1) {
    tick += 1;
    client.receive(snapshot(tick, []), tick * INTERVAL);
    client.frame(tick * INTERVAL, new Input());
  }
  const killers = heard.map((line) => Number(line.split(" ")[0]));
  assert.ok(killers.length > 20 && killers.length <= RATE, `${killers.length} lines`);
  assert.equal(Math.max(...killers), tick - 20);
});

/** A minute in which a key is pressed for a moment now and then. @param {number} now @param {Input} input */
function seldom(now, input) {
  input.hold("right", "key", now > 6000 && now % 9500 < 200);
}

for (const [link, delay] of /** @type {const} */ ([["steady", () => 45], ["uneven", (/** @type {number} */ now) => 40 + ((Math.floor(now) * 7919) % 12)]])) {
  test(`over a link that is ${link}, long silence makes no prediction wrong and no input late`, () => {
    const { client, server, frames, silence } = playOverLink(60, delay, seldom, () => FRAME, () => false, true);
    assert.equal(client.prediction.corrections, 0);
    assert.equal(client.prediction.jumps, 0);
    assert.ok(server.lateAt < RATE, `an input of tick ${server.lateAt} came late`); // not before the clock is settled
    assert.ok(server.ship.x > 110);
    assert.ok(frames.every(({ now, frozen }) => now < 1000 || !frozen));
    assert.ok(server.snapshots < 60 * RATE / 6, `${server.snapshots} snapshots`);
    assert.ok(client.inputs < 60 * RATE / 6, `${client.inputs} inputs`);
    assert.ok(client.inputClock.target < 2.5, `inputs wait for ${client.inputClock.target} ticks`);
    // So an answer that is a second late ends no connection.
    assert.ok(silence < PLAY_SILENCE - 1000, `nothing came for ${silence} ms`);
  });
}

test("what moves after silence is shown as if each tick had been", () => {
  const [spared, full] = [true, false].map((sparing) => playOverLink(40, () => 45, seldom, () => FRAME, () => false, sparing).frames);
  for (const [at, frame] of spared.entries()) {
    const [x, there] = [frame, full[at]].map(({ tables }) => tables.ship?.get(ME)?.x ?? 0);
    assert.ok(Math.abs(x - there) <= SPEED, `at ${frame.now} ms the ship is at ${x} instead of ${there}`);
    assert.ok(frame.now < 2000 || Math.abs((frame.own?.x ?? 0) - (full[at].own?.x ?? 0)) <= SPEED);
    assert.ok(frame.now < 1000 || Math.abs(frame.latestTick - full[at].latestTick) <= 2, `${frame.latestTick}, ${full[at].latestTick}`);
  }
});

test("a release that comes too late is sent again until it is used", () => {
  let slow = 0;
  const { client, server } = playOverLink(12, (now, down) => (!down && now > 8000 && now < 8000 + slow ? 300 : 20), (now, input) => {
    if (now > 8000) slow = 100;
    input.hold("right", "key", now > 7000 && now < 8000);
  }, () => FRAME, () => false, true);
  assert.ok(server.late > 0);
  assert.equal(server.buttons, 0);
  assert.equal(client.prediction.base?.x, server.ship.x);
});

test("after silence a server that really says nothing is noticed", () => {
  const { session: client } = session();
  client.receive(snapshot(1, [], { keyframe: true, own: own(100, 0, 0) }), 0);
  client.receive(snapshot(2, [], { own: own(100, 0, 0) }), INTERVAL);
  const frozen = [1, KEEPALIVE_SECONDS, KEEPALIVE_SECONDS + 1].map((seconds) => client.frame(seconds * 1000, new Input())?.frozen);
  assert.deepEqual(frozen, [false, false, true]);
});
