/** One stay in a match, from the welcome to the end of the connection: messages in, inputs out, a scene a frame. */

import { InputClock, MatchClock } from "../net/clock.js";
import { ProtocolError, integer, string } from "../net/checks.js";
import {
  EVENT_CHAT, EVENT_JOINED, EVENT_LEFT, INPUT_WINDOW, input, ping, readMember, resync,
} from "../net/protocol.js";
import { SnapshotDecoder } from "../net/snapshot.js";
import { bracket, sample } from "./interpolation.js";
import { Playback } from "./playback.js";
import { Prediction } from "./prediction.js";

/** @typedef {import("../games/contract.js").FeedEntry} FeedEntry */
/** @typedef {import("../games/contract.js").Game} Game */
/** @typedef {import("../games/contract.js").Scene} Scene */
/** @typedef {import("../net/protocol.js").Member} Member */
/** @typedef {import("../net/protocol.js").ServerMessage} ServerMessage */
/** @typedef {import("../net/protocol.js").GameEvent} GameEvent */
/** @typedef {import("../net/protocol.js").SnapshotMessage} SnapshotMessage */
/** @typedef {import("../net/protocol.js").Welcome} Welcome */
/** @typedef {import("../net/snapshot.js").World} World */
/** @typedef {import("./input.js").Input} Input */

/**
 * @typedef {object} Audience
 * @property {(member: Member) => void} joined
 * @property {(member: Member, reason: number) => void} left
 * @property {(member: Member, text: string) => void} said
 * @property {(entry: FeedEntry) => void} feed
 * @property {(text: string) => void} notice
 */

const KEPT_SECONDS = 2;
const MAX_WAITING_EVENTS = 512;
const MOST_TICKS_A_FRAME = 8;
const PING_INTERVAL = 1000;
const FIRST_PINGS = 5;
const FIRST_PING_INTERVAL = 120;
const RESYNC_INTERVAL = 1000;
/** Ticks that the input clock may stray from where pings say that it should be; beyond, it starts anew. */
const MAX_STRAY = 8;

export class Session {
  /**
   * @param {Welcome} welcome @param {Game} game
   * @param {(bytes: Uint8Array<ArrayBuffer>) => void} send
   * @param {Audience} audience
   */
  constructor(welcome, game, send, audience) {
    this.welcome = welcome;
    this.game = game;
    this.send = send;
    this.audience = audience;
    this.decoder = new SnapshotDecoder(welcome.schema);
    this.clock = new MatchClock(welcome.tickRate);
    this.inputClock = new InputClock(welcome.tickRate);
    this.playback = new Playback(welcome.tickRate);
    this.prediction = new Prediction(game.step);
    /** @type {Map<number, Member>} */
    this.members = new Map(welcome.roster.map((member) => [member.player, member]));
    /** @type {Set<number>} */
    this.present = new Set(this.members.keys());
    /** @type {World[]} */
    this.worlds = [];
    /** @type {{tick: number, event: GameEvent}[]} */
    this.waiting = [];
    this.inputTick = 0;
    this.startTick = 0;
    this.leadIsMeasured = false;
    this.depth = 0;
    this.snapshots = 0;
    this.desyncs = 0;
    this.pings = 0;
    this.nextPing = 0;
    this.nextResync = 0;
    this.arrivedAt = 0;
    this.drawnAt = 0;
  }

  /** @returns {number} the tick of the latest snapshot; 0 before the first */
  get tick() {
    return Math.max(0, this.decoder.tick);
  }

  /** @param {ServerMessage} message @param {number} now @throws {ProtocolError} */
  receive(message, now) {
    switch (message.type) {
      case "snapshot":
        this.takeSnapshot(message, now);
        break;
      case "events":
        for (const event of message.events) this.takeEvent(message.tick, event);
        break;
      case "pong":
        this.clock.pong(message.clientTime, now, message.matchTime);
        break;
      case "notice":
        this.audience.notice(message.text);
        break;
      case "welcome":
        throw new ProtocolError("a second welcome");
    }
  }

  /** @param {SnapshotMessage} message @param {number} now */
  takeSnapshot(message, now) {
    const { world, fault } = this.decoder.apply(message);
    if (fault) {
      this.desyncs += 1;
      if (now >= this.nextResync) {
        this.nextResync = now + RESYNC_INTERVAL;
        this.send(resync(message.tick));
      }
    }
    this.snapshots += 1;
    this.arrivedAt = now;
    this.worlds.push(world);
    while (this.worlds[0].tick < world.tick - KEPT_SECONDS * this.welcome.tickRate) this.worlds.shift();
    this.playback.arrive(message.tick, now);
    this.prediction.reconcile(message.tick, world.own);
    this.depth = message.depth;
    if (this.inputClock.started && message.tick > this.startTick) this.inputClock.report(message.depth);
  }

  /** @param {number} tick @param {GameEvent} event */
  takeEvent(tick, event) {
    const [first, second] = event.fields;
    if (event.code === EVENT_JOINED) {
      const member = readMember(event.fields);
      this.members.set(member.player, member);
      this.present.add(member.player);
      if (member.player !== this.welcome.player) this.audience.joined(member);
    } else if (event.code === EVENT_LEFT) {
      const member = this.members.get(integer(first, 0, 65534, "player"));
      if (!member) return;
      this.present.delete(member.player);
      this.audience.left(member, integer(second, 0, 255, "reason"));
    } else if (event.code === EVENT_CHAT) {
      const member = this.members.get(integer(first, 0, 65534, "player"));
      if (member) this.audience.said(member, string(second, "text"));
    } else if (this.welcome.schema.events.has(event.code) && this.waiting.length < MAX_WAITING_EVENTS) {
      this.waiting.push({ tick, event });
    }
  }

  /** To be called often, also while nothing is drawn. @param {number} now */
  keepTime(now) {
    if (now < this.nextPing) return;
    this.pings += 1;
    this.nextPing = now + (this.pings < FIRST_PINGS ? FIRST_PING_INTERVAL : PING_INTERVAL);
    this.send(ping(now));
  }

  /**
   * @param {number} now @param {Input} controls
   * @returns {Scene | null} null until the first snapshot is there
   */
  frame(now, controls) {
    const newest = this.worlds[this.worlds.length - 1];
    if (!newest) return null;
    this.act(now, controls);
    const time = this.playback.advance(now);
    const buttons = controls.bits(this.game.buttons);
    const scene = {
      now,
      elapsed: Math.min(0.1, Math.max(0, now - this.drawnAt) / 1000),
      tickRate: this.welcome.tickRate,
      time,
      ownTime: this.inputClock.time,
      player: this.welcome.player,
      own: this.prediction.shown(this.inputClock.time, buttons, controls.aim, now),
      aim: controls.aim,
      tables: sample(bracket(this.worlds, time), this.game.motion),
      latest: newest.tables,
      latestTick: newest.tick,
      members: this.members,
    };
    this.drawnAt = now;
    this.tell(scene);
    return scene;
  }

  /** Make the inputs of the ticks that have begun since the last frame. @param {number} now @param {Input} controls */
  act(now, controls) {
    this.settle(now);
    const tick = Math.floor(this.inputClock.advance(now));
    if (tick <= this.inputTick) return;
    const buttons = controls.bits(this.game.buttons);
    controls.used();
    // After a pause only the newest tick matters: the server has repeated the last input for those before.
    const first = tick - this.inputTick > MOST_TICKS_A_FRAME ? tick : this.inputTick + 1;
    for (let at = first; at <= tick; at += 1) this.put(at, buttons, controls.aim);
  }

  /** Let go of everything, since no frame will come for a while. @param {Input} controls */
  rest(controls) {
    controls.releaseAll();
    if (this.inputClock.started) this.put(this.inputTick + 1, 0, controls.aim);
  }

  /** @param {number} tick @param {number} buttons @param {number} aim */
  put(tick, buttons, aim) {
    this.inputTick = tick;
    this.prediction.move(tick, buttons, aim);
    this.send(input(tick, buttons, aim));
  }

  /** Start the input clock, or start it anew when it has gone astray. @param {number} now */
  settle(now) {
    const wait = this.inputClock.target;
    const due = this.clock.synchronised
      ? this.clock.time(now) + this.clock.oneWay + wait
      : this.tick + (now - this.arrivedAt) * this.clock.perMs + wait;
    const stray = this.inputClock.time + (now - this.inputClock.advancedAt) * this.clock.perMs - due;
    const firstEstimate = this.clock.synchronised && !this.leadIsMeasured;
    if (!this.inputClock.started || firstEstimate || Math.abs(stray) > MAX_STRAY) {
      this.inputClock.start(due, now);
      this.leadIsMeasured = this.clock.synchronised;
      this.startTick = Math.floor(due);
      // What was sent stands; but inputs beyond the window were refused, and their ticks come again.
      if (this.inputTick < due || this.inputTick > due + INPUT_WINDOW) this.inputTick = Math.floor(due);
    }
  }

  /** Tell the game what happened up to the moment that is shown. @param {Scene} scene */
  tell(scene) {
    while (this.waiting.length && this.waiting[0].tick <= scene.time) {
      const { code, fields } = this.waiting.splice(0, 1)[0].event;
      const declared = this.welcome.schema.events.get(code);
      if (!declared) continue;
      /** @type {{[field: string]: number}} */
      const named = {};
      declared.fields.forEach((field, index) => {
        named[field] = integer(fields[index], -(2 ** 31), 2 ** 32 - 1, field);
      });
      const entry = this.game.event(declared.name, named, scene);
      if (entry) this.audience.feed(entry);
    }
  }
}
