/** One stay in a match, from the welcome to the end of the connection: messages in, inputs out, a scene a frame. */

import { DisconnectNews } from "../lobby/disconnect_news.js";
import { InputClock, MatchClock } from "../net/clock.js";
import { FIRST_OF_THE_GAME, readMatchEvent } from "../net/match_events.js";
import { KEEPALIVE_SECONDS } from "../net/read_match.js";
import { MAX_BEHIND, NO_PLAYER, input, ping, resync } from "../net/requests.js";
import { SnapshotDecoder } from "../net/snapshot.js";
import { namedFields } from "./game_events.js";
import { MAX_EXTRAPOLATION, bracket } from "./interpolation.js";
import { InterpolationDelay } from "./interpolation_delay.js";
import { HeldInput } from "./held_input.js";
import { MAX_MOVES, Prediction } from "./prediction.js";
import { StallRecovery } from "./stall_recovery.js";
import { Sampler } from "./sampler.js";

/** @typedef {import("./contract.js").FeedEntry} FeedEntry */
/** @typedef {import("./contract.js").Game} Game */
/** @typedef {import("./contract.js").Scene} Scene */
/** @typedef {import("../lobby/roster.js").Roster} Roster */
/** @typedef {import("../net/protocol.js").ServerMessage} ServerMessage */
/** @typedef {import("../net/read_match.js").GameEvent} GameEvent */
/** @typedef {import("../net/read_match.js").SnapshotMessage} SnapshotMessage */
/** @typedef {import("../net/read_match.js").Welcome} Welcome */
/** @typedef {import("../net/snapshot.js").World} World */
/** @typedef {import("./input.js").Input} Input */

/**
 * @typedef {object} Audience
 * @property {(text: string) => void} news of the people in the match
 * @property {(entry: FeedEntry) => void} feed
 */

const KEPT_SECONDS = 2;
const MAX_WAITING_EVENTS = 512;
/** Seconds after which an event that came while nothing was drawn is dropped. */
const NEWS_SECONDS = 1;
const PING_INTERVAL = 1000;
/** While all stands still the clocks need none: it is by its answers that the page knows of the connection. With all
 * else, 20 bytes a second. */
const CALM_PING_INTERVAL = 1600;
const FIRST_PINGS = 5;
const FIRST_PING_INTERVAL = 120;
const RESYNC_INTERVAL = 1000;
/** Ticks that the input clock may stray from where pings say that it should be; beyond, it is started again. */
const MAX_STRAY = 8;
/** Milliseconds without a frame after which nothing is caught up on: everything is shown as it is now. */
const PAUSE = 500;
/** Ticks that a slow frame may have missed and that are sent all the same: see `act`. */
const SLOW_FRAME_TICKS = 3;
/** Ticks ahead for which a page that rests says that nothing is held. The next tick alone would do on a good link; on one
 * that stalls just then, that input is too late, and no frame comes that would say it again. The server keeps 32. */
const REST_TICKS = [1, 8, 24];
/** Parts of a tick in which `behind` is counted. */
const BEHIND_PARTS = 16;

export class Session {
  /**
   * @param {Welcome} welcome @param {Roster} roster @param {Game} game
   * @param {(bytes: Uint8Array<ArrayBuffer>) => void} send
   * @param {Audience} audience
   */
  constructor(welcome, roster, game, send, audience) {
    this.welcome = welcome;
    this.roster = roster;
    this.game = game;
    this.send = send;
    this.audience = audience;
    this.disconnectNews = new DisconnectNews((text) => audience.news(text));
    this.decoder = new SnapshotDecoder(welcome.schema);
    this.clock = new MatchClock(welcome.tickRate);
    this.inputClock = new InputClock(welcome.tickRate);
    this.interpolationDelay = new InterpolationDelay(welcome.tickRate);
    this.prediction = new Prediction(game.step, game);
    this.sampler = new Sampler(game.motion);
    this.stallRecovery = new StallRecovery(game.motion);
    this.glides = Object.keys(game.motion).length > 0;
    /** @type {World[]} */
    this.worlds = [];
    /** @type {{tick: number, event: GameEvent}[]} */
    this.waiting = [];
    /** Whether nothing was new in the newest snapshot, so that none may come for a while. */
    this.calm = false;
    this.held = new HeldInput();
    this.inputTick = 0;
    this.leadIsMeasured = false;
    /** @type {Set<number>} ticks whose inputs were sent and whose snapshots have not come */
    this.sent = new Set();
    this.inputs = 0;
    this.lateInputs = 0;
    this.behind = 0;
    this.depth = 0;
    this.snapshots = 0;
    this.desyncs = 0;
    this.pings = 0;
    this.nextPing = 0;
    this.nextResync = 0;
    this.arrivedAt = 0;
    this.drawnAt = 0;
  }

  /** Whether this is a spectator, without a seat. */
  get watching() {
    return this.welcome.player === NO_PLAYER;
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
        for (const event of message.events) this.takeEvent(message.tick, event, now);
        break;
      case "pong":
        this.clock.pong(message.clientTime, now, message.matchTime);
        break;
    }
  }

  /** @param {SnapshotMessage} message @param {number} now */
  takeSnapshot(message, now) {
    const before = this.decoder.tick;
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
    this.show(world, message.keyframe);
    this.calm = !message.keyframe && message.tables.length === 0;
    this.prediction.most = MAX_MOVES + (this.calm ? KEEPALIVE_SECONDS * this.welcome.tickRate : 0);
    this.clock.atLeast(message.tick, now);
    // One between two ticks, which answers a command, says nothing of the link.
    const late = message.tick > before && this.interpolationDelay.arrive(message.tick, now);
    // A longer way from the server looks the same, but then no more inputs than before wait there.
    if (late && message.depth > MAX_STRAY) this.goBack(message.tick, now);
    this.prediction.reconcile(message.tick, world.own, this.sent.has(message.tick) && message.ack < message.tick);
    this.game.arrived?.(world);
    this.depth = message.depth;
    this.held.used(message.ack);
    this.judgeInput(message, now);
  }

  /**
   * Keep a world for interpolation. A delta that follows after silence says that until the tick before its own all was as
   * it had been: what has changed did so within one tick, not during all of the silence.
   *
   * @param {World} world @param {boolean} keyframe
   */
  show(world, keyframe) {
    const { worlds } = this;
    const newest = worlds[worlds.length - 1];
    if (newest && !keyframe && newest.tick < world.tick - 1) worlds.push({ ...newest, tick: world.tick - 1 });
    if (newest && newest.tick === world.tick) worlds.pop();
    worlds.push(world);
    while (worlds[0].tick < world.tick - KEPT_SECONDS * this.welcome.tickRate) worlds.shift();
  }

  /** Match time has jumped back: what was sent for ticks that are to come was meant for the past. @param {number} tick @param {number} now */
  goBack(tick, now) {
    this.clock.jump(tick, now);
    this.inputClock.started = false;
    this.pings = 0;
    this.nextPing = now;
  }

  /** Whether the input for a snapshot's tick was there in time. @param {SnapshotMessage} message @param {number} now */
  judgeInput({ tick, ack, depth }, now) {
    if (this.sent.has(tick)) {
      const late = ack < tick;
      if (late) this.lateInputs += 1;
      // Where inputs were left out, that few of them wait says nothing.
      if (!this.held.covers(tick + depth + 1) && this.inputClock.report(depth, late, now)) {
        this.prediction.keepPlace();
        this.nextPing = now;
      }
    }
    for (const sent of this.sent) if (sent <= tick) this.sent.delete(sent);
  }

  /** @param {number} tick @param {GameEvent} event @param {number} now */
  takeEvent(tick, event, now) {
    if (event.code < FIRST_OF_THE_GAME) {
      const happened = readMatchEvent(event);
      if (happened) this.disconnectNews.hear(happened, this.roster.apply(happened), now);
    } else if (this.welcome.schema.events.has(event.code)) {
      this.waiting.push({ tick, event });
      if (this.waiting.length > MAX_WAITING_EVENTS) this.waiting.shift();
    }
  }

  /** To be called often, also while nothing is drawn. @param {number} now */
  keepTime(now) {
    this.disconnectNews.keepTime(now);
    if (now < this.nextPing) return;
    this.pings += 1;
    const usual = this.calm && (this.watching || this.held.rests) ? CALM_PING_INTERVAL : PING_INTERVAL;
    this.nextPing = now + (this.pings < FIRST_PINGS ? FIRST_PING_INTERVAL : usual);
    this.send(ping(now));
  }

  /** The page is shown again, or has not drawn for long: show everything as it is now. */
  wake() {
    this.interpolationDelay.forget();
    this.inputClock.started = false;
    const old = this.tick - NEWS_SECONDS * this.welcome.tickRate;
    this.waiting = this.waiting.filter(({ tick }) => tick > old);
    this.pings = 0;
    this.nextPing = 0;
  }

  /**
   * @param {number} now @param {Input} controls
   * @returns {Scene | null} null until the first snapshot is there
   */
  frame(now, controls) {
    const newest = this.worlds[this.worlds.length - 1];
    if (!newest) return null;
    if (now - this.drawnAt > PAUSE) this.wake();
    this.settle(now);
    const ownTime = this.inputClock.advance(now);
    const delayed = this.interpolationDelay.advance(now);
    // Where nothing glides there is nothing to wait for.
    const time = this.glides ? delayed : Math.max(newest.tick, this.interpolationDelay.newest(now));
    const behind = this.game.rewinds === false ? 0 : Math.round((ownTime - time) * BEHIND_PARTS);
    this.behind = Math.max(0, Math.min(MAX_BEHIND, behind));
    if (!this.watching) this.act(Math.floor(ownTime), controls);
    const moment = bracket(this.worlds, time);
    const { buttons, aim } = this.pressed(controls);
    /** The tick up to which it is no wonder that no snapshot has come. */
    const silentUntil = newest.tick + (this.calm ? KEEPALIVE_SECONDS * this.welcome.tickRate : 0);
    const scene = {
      now,
      elapsed: Math.min(0.1, Math.max(0, now - this.drawnAt) / 1000),
      tickRate: this.welcome.tickRate,
      time,
      ownTime,
      player: this.welcome.player,
      own: this.prediction.shown(ownTime, buttons, aim, now),
      aim: controls.aim,
      tables: this.stallRecovery.show(this.sampler.sample(moment), this.worlds, time, now),
      latest: newest.tables,
      latestTick: this.calm ? Math.max(newest.tick, Math.min(Math.floor(this.interpolationDelay.newest(now)), silentUntil)) : newest.tick,
      frozen: time > silentUntil + MAX_EXTRAPOLATION,
      members: this.roster.members,
    };
    this.drawnAt = now;
    this.reportEvents(scene);
    return scene;
  }

  /**
   * Make the inputs of the ticks that have begun since the last frame.
   *
   * Only the newest bears what is held now. The ticks that a slow frame has missed repeat the input before, which the
   * server does too when an input is late: so it does not matter whether those are.
   *
   * @param {number} tick @param {Input} controls
   */
  act(tick, controls) {
    if (tick <= this.inputTick) return;
    const { buttons, aim } = this.prediction;
    const missed = tick - 1 - this.inputTick;
    if (missed <= SLOW_FRAME_TICKS) for (let at = tick - missed; at < tick; at += 1) this.put(at, buttons, aim);
    const pressed = this.pressed(controls);
    this.put(tick, pressed.buttons, pressed.aim);
    controls.used();
  }

  /** @param {Input} controls @returns {{buttons: number, aim: number}} what is pressed now, as it is sent */
  pressed(controls) {
    return this.game.pressed?.(controls) ?? { buttons: controls.bits(this.game.buttons), aim: controls.aim };
  }

  /** Let go of everything, since no frame will come for a while. @param {Input} controls */
  rest(controls) {
    controls.releaseAll();
    if (!this.inputClock.started || this.watching) return;
    const { inputTick } = this;
    const { buttons, aim } = this.pressed(controls);
    for (const ahead of REST_TICKS) this.put(inputTick + ahead, buttons, aim);
  }

  /** @param {number} tick @param {number} buttons @param {number} aim */
  put(tick, buttons, aim) {
    this.inputTick = tick;
    this.prediction.move(tick, buttons, aim);
    if (!this.held.take(tick, buttons, aim, this.behind)) return;
    this.inputs += 1;
    this.sent.add(tick);
    this.send(input(tick, buttons, aim, this.behind));
  }

  /** Start the input clock, or start it again when it has strayed. @param {number} now */
  settle(now) {
    const wait = this.inputClock.target;
    const due = this.clock.synchronised
      ? this.clock.time(now) + this.clock.oneWay + wait
      : this.tick + (now - this.arrivedAt) * this.clock.perMs + wait;
    const stray = this.inputClock.time + (now - this.inputClock.advancedAt) * this.clock.perMs - due;
    // There is no depth to go by while inputs are left out.
    if (this.held.rests && this.clock.synchronised) this.inputClock.depth = wait + stray;
    const firstEstimate = this.clock.synchronised && !this.leadIsMeasured;
    if (!this.inputClock.started || firstEstimate || Math.abs(stray) > MAX_STRAY) {
      this.prediction.keepPlace();
      this.inputClock.start(due, now);
      this.leadIsMeasured = this.clock.synchronised;
      this.takeBack(Math.floor(due) - 1);
    }
  }

  /** Inputs for the ticks after this one, if there were any, are sent again: the later ones count. @param {number} tick */
  takeBack(tick) {
    if (tick >= this.inputTick) return;
    this.inputTick = tick;
    this.prediction.takeBack(tick);
    this.held.takeBack();
    for (const sent of this.sent) if (sent > tick) this.sent.delete(sent);
  }

  /** Pass on to the game the events up to the moment that is shown, and those that cannot wait for it. @param {Scene} scene */
  reportEvents(scene) {
    const { waiting } = this;
    if (!waiting.length) return;
    this.waiting = [];
    for (const { tick, event } of waiting) {
      const declared = this.welcome.schema.events.get(event.code);
      if (!declared) continue;
      const named = namedFields(declared, event);
      if (tick > scene.time && !this.game.urgent?.(declared.name, named)) {
        this.waiting.push({ tick, event });
        continue;
      }
      const entry = this.game.event(declared.name, named, scene);
      if (entry) this.audience.feed(entry);
    }
  }
}
