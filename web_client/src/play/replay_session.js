/** A match that is played again: the chunks of its recording, and a scene for any moment of them. */

import { NO_PLAYER } from "../net/requests.js";
import { FIRST_OF_THE_GAME, readMatchEvent } from "../net/match_events.js";
import { readMessage } from "../net/protocol.js";
import { SnapshotDecoder } from "../net/snapshot.js";
import { namedFields } from "./game_events.js";
import { bracket } from "./interpolation.js";
import { Sampler } from "./sampler.js";

/** @typedef {import("./contract.js").FeedEntry} FeedEntry */
/** @typedef {import("./contract.js").Game} Game */
/** @typedef {import("./contract.js").Scene} Scene */
/** @typedef {import("../lobby/roster.js").Roster} Roster */
/** @typedef {import("../net/read_lobby.js").Line} Line */
/** @typedef {import("../net/read_match.js").GameEvent} GameEvent */
/** @typedef {import("../net/read_match.js").Welcome} Welcome */
/** @typedef {import("../net/snapshot.js").World} World */
/** @typedef {{tick: number, introduction: boolean, events: readonly GameEvent[], lines: readonly Line[]}} News what happened or was said */
/** @typedef {{number: number, worlds: World[], news: News[]}} Chunk */

/**
 * @typedef {object} Audience
 * @property {(text: string) => void} news of the people in the match
 * @property {(entry: FeedEntry) => void} feed
 * @property {(lines: readonly Line[]) => void} said
 */

/** @param {Welcome} welcome @param {number} number of the chunk @param {Uint8Array[]} messages @returns {Chunk} @throws {ProtocolError} */
export function readChunk(welcome, number, messages) {
  const decoder = new SnapshotDecoder(welcome.schema);
  /** @type {Chunk} */
  const chunk = { number, worlds: [], news: [] };
  let tick = 0;
  messages.forEach((bytes, at) => {
    const message = readMessage(bytes);
    if (message?.type === "snapshot") {
      tick = message.tick;
      // Between two ticks a command was done: what it left is what is shown of the tick.
      if (chunk.worlds[chunk.worlds.length - 1]?.tick === tick) chunk.worlds.pop();
      chunk.worlds.push(decoder.apply(message).world);
    } else if (message?.type === "events") {
      chunk.news.push({ tick: message.tick, introduction: at === 0, events: message.events, lines: [] });
    } else if (message?.type === "said") {
      chunk.news.push({ tick, introduction: false, events: [], lines: message.lines });
    }
  });
  return chunk;
}

export class ReplaySession {
  /**
   * @param {Welcome} welcome @param {Game} game @param {(welcome: Welcome) => Roster} makeRoster
   * @param {Audience} audience
   */
  constructor(welcome, game, makeRoster, audience) {
    this.welcome = welcome;
    this.game = game;
    this.makeRoster = makeRoster;
    this.audience = audience;
    this.roster = makeRoster(welcome);
    this.sampler = new Sampler(game.motion);
    /** Of the moment, and the next one if it is there. @type {Chunk[]} */
    this.chunks = [];
    /** @type {World[]} */
    this.worlds = [];
    /** The moment shown last, ticks; null after a jump. @type {number | null} */
    this.shown = null;
    /** The newest world that the game knows of. @type {number} */
    this.arrived = -1;
  }

  /** One who watches, without a seat. */
  get watching() {
    return true;
  }

  /** @param {Chunk[]} chunks that of the moment, and those that follow it */
  show(chunks) {
    if (chunks.length === this.chunks.length && chunks.every((chunk, at) => chunk === this.chunks[at])) return;
    this.chunks = chunks;
    this.worlds = chunks.flatMap(({ worlds }) => worlds);
  }

  /** The next moment does not follow on the last one. */
  jump() {
    this.shown = null;
  }

  /**
   * @param {number} time ticks, within the chunks @param {number} now milliseconds @param {number} elapsed seconds of the match since the frame before
   * @returns {Scene | null} null while there is nothing to show
   */
  frame(time, now, elapsed) {
    const moment = this.worlds.length ? bracket(this.worlds, time) : null;
    if (!moment) return null;
    const jumped = this.shown === null;
    if (this.shown === null) this.begin(moment.from, time);
    for (const world of this.worlds) {
      if (world.tick <= this.arrived || world.tick > moment.to.tick) continue;
      this.game.arrived?.(world);
      this.arrived = world.tick;
    }
    const standing = moment.fraction >= 1 ? moment.to : moment.from;
    /** @type {Scene} */
    const scene = {
      now,
      elapsed: jumped ? 0 : Math.min(0.1, elapsed),
      tickRate: this.welcome.tickRate,
      time,
      ownTime: time,
      player: NO_PLAYER,
      own: null,
      aim: 0,
      tables: this.sampler.sample({ ...moment, fraction: Math.min(1, moment.fraction) }),
      latest: standing.tables,
      latestTick: standing.tick,
      frozen: false,
      members: this.roster.members,
    };
    this.report(this.shown ?? time, time, scene);
    this.shown = time;
    return scene;
  }

  /** A new beginning, at this moment: who is there, and what flies. @param {World} world @param {number} time */
  begin(world, time) {
    this.roster = this.makeRoster(this.welcome);
    for (const { tick, events } of this.chunks[0].news) {
      if (tick > time) break;
      for (const event of events) this.take(event);
    }
    this.game.jump?.(world);
    this.arrived = world.tick;
  }

  /** @param {number} after tick @param {number} until tick @param {Scene} scene */
  report(after, until, scene) {
    for (const { news } of this.chunks) {
      for (const { tick, introduction, events, lines } of news) {
        if (introduction || tick <= after || tick > until) continue;
        if (lines.length) this.audience.said(lines);
        for (const event of events) this.reportEvent(event, scene);
      }
    }
  }

  /** @param {GameEvent} event @param {Scene} scene */
  reportEvent(event, scene) {
    if (event.code < FIRST_OF_THE_GAME) {
      const news = this.take(event);
      if (news) this.audience.news(news);
      return;
    }
    const declared = this.welcome.schema.events.get(event.code);
    const entry = declared && this.game.event(declared.name, namedFields(declared, event), scene);
    if (entry) this.audience.feed(entry);
  }

  /** @param {GameEvent} event @returns {string} the news of it; empty for none */
  take(event) {
    const happened = event.code < FIRST_OF_THE_GAME ? readMatchEvent(event) : null;
    return happened ? this.roster.apply(happened) : "";
  }
}
