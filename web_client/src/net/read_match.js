/** What the server says during a stay in a match: welcome, snapshots, events, pongs. */

import { ProtocolError, bytesOf, integer, list, map, number, string, tuple } from "./checks.js";
import { INPUT_WINDOW, NO_PLAYER } from "./requests.js";
import { readSchema } from "./schema.js";

/** @typedef {import("./schema.js").Schema} Schema */
/** @typedef {{player: number, nickname: string, kind: number, present: boolean}} Member `kind` 0 is a person, 1 a bot */
/** @typedef {{id: string, name: string, game: string, maxPlayers: number, whole: boolean, minimap: boolean}} MatchInfo `whole`: the screen shows all of the world */
/** @typedef {import("./requests.js").Chosen} Chosen */

/**
 * @typedef {object} MatchSettings
 * @property {string} mode
 * @property {Chosen} options of the game's own
 * @property {number} rounds 0 for no end
 * @property {boolean} takeover whether a bot plays for one whose connection is lost
 * @property {number} spectating 0 forbidden, 1 silent, 2 allowed
 * @property {number} delay seconds by which spectators see everything late
 * @property {number} rotation bits: 1 the map, 2 the mode
 * @property {number} flags bits: 1 private, 2 locked, 4 with a password
 */

/**
 * @typedef {object} Welcome
 * @property {"welcome"} type
 * @property {number} player `NO_PLAYER` for one who watches
 * @property {string} nickname
 * @property {MatchInfo} match
 * @property {number} tickRate ticks a second
 * @property {number} tick
 * @property {number} timeout seconds
 * @property {Schema} schema
 * @property {{[key: string]: unknown}} setup
 * @property {Member[]} roster
 * @property {string} token for `resume`; empty for one who watches
 * @property {number} host
 * @property {MatchSettings} settings
 */

/**
 * @typedef {object} SnapshotMessage
 * @property {"snapshot"} type
 * @property {number} tick
 * @property {boolean} keyframe
 * @property {number} ack
 * @property {number} depth
 * @property {number | null} hash
 * @property {Uint8Array} own
 * @property {[number, Uint8Array][]} tables
 */

/** @typedef {{code: number, fields: unknown[]}} GameEvent */
/** @typedef {{type: "events", tick: number, events: GameEvent[]}} EventsMessage */
/** @typedef {{type: "pong", clientTime: number, matchTime: number}} Pong */

/** A member's `kind`. */
export const PERSON = 0;
export const BOT = 1;
/** A camera that shows all of the world. */
const WHOLE = 1;
export const MAX_TICK = 2 ** 32 - 1;
export const MAX_DEPTH = INPUT_WINDOW;
/** From one snapshot to the next while nothing is new. */
export const KEEPALIVE_SECONDS = 4;

/** @param {unknown[]} message @returns {Welcome} */
export function readWelcome(message) {
  const [
    , player, nickname, match, tickRate, tick, timeout, schema, setup, roster, token, host, settings,
  ] = tuple(message, 13, "welcome");
  const [id, name, game, maxPlayers, camera, minimap] = tuple(match, 6, "match");
  return {
    type: "welcome",
    player: integer(player, 0, NO_PLAYER, "player"),
    nickname: string(nickname, "nickname"),
    match: {
      id: string(id, "match id"),
      name: string(name, "match name"),
      game: string(game, "game"),
      maxPlayers: integer(maxPlayers, 0, 65535, "max_players"),
      whole: integer(camera, 0, 255, "camera") === WHOLE,
      minimap: integer(minimap, 0, 1, "minimap") === 1,
    },
    tickRate: integer(tickRate, 1, 240, "tick_rate"),
    tick: integer(tick, 0, MAX_TICK, "tick"),
    timeout: number(timeout, "timeout"),
    schema: readSchema(schema),
    setup: map(setup, "setup"),
    roster: list(roster, "roster").map((entry) => {
      const [seat, called, kind, present] = tuple(entry, 4, "a roster entry");
      return readMember(seat, called, kind, integer(present, 0, 1, "present") === 1);
    }),
    token: string(token, "token"),
    host: integer(host, 0, NO_PLAYER, "host"),
    settings: readSettings(tuple(settings, 8, "settings")),
  };
}

/**
 * @param {unknown} player @param {unknown} nickname @param {unknown} kind @param {boolean} present
 * @returns {Member}
 */
export function readMember(player, nickname, kind, present) {
  return {
    player: integer(player, 0, NO_PLAYER - 1, "player"),
    nickname: string(nickname, "nickname"),
    kind: integer(kind, 0, 255, "kind"),
    present,
  };
}

/** @param {unknown} options @returns {Chosen} */
function readChosen(options) {
  const entries = Object.entries(map(options, "options"));
  return Object.fromEntries(entries.map(([name, value]) => (
    [name, typeof value === "string" ? value : integer(value, -(2 ** 31), 2 ** 31 - 1, name)])));
}

/** @param {unknown[]} fields @returns {MatchSettings} */
function readSettings([mode, options, rounds, takeover, spectating, delay, rotation, flags]) {
  return {
    mode: string(mode, "mode"),
    options: readChosen(options),
    rounds: integer(rounds, 0, MAX_TICK, "rounds"),
    takeover: integer(takeover, 0, 1, "takeover") === 1,
    spectating: integer(spectating, 0, 2, "spectating"),
    delay: integer(delay, 0, MAX_TICK, "delay"),
    rotation: integer(rotation, 0, 255, "rotation"),
    flags: integer(flags, 0, 255, "flags"),
  };
}

/** @param {unknown[]} message @returns {SnapshotMessage} */
export function readSnapshot(message) {
  const [, tick, kind, ack, depth, hash, own, tables] = tuple(message, 8, "snapshot");
  const parts = list(tables, "tables");
  if (parts.length % 2) throw new ProtocolError(`tables must come in pairs, not ${parts.length} parts`);
  /** @type {[number, Uint8Array][]} */
  const records = [];
  for (let at = 0; at < parts.length; at += 2) {
    records.push([integer(parts[at], 0, 255, "table"), bytesOf(parts[at + 1], "records")]);
  }
  return {
    type: "snapshot",
    tick: integer(tick, 0, MAX_TICK, "tick"),
    keyframe: integer(kind, 0, 1, "kind") === 1,
    ack: integer(ack, 0, MAX_TICK, "ack"),
    depth: integer(depth, 0, MAX_DEPTH, "depth"),
    hash: hash === null ? null : integer(hash, 0, MAX_TICK, "hash"),
    own: bytesOf(own, "own"),
    tables: records,
  };
}

/** @param {unknown[]} message @returns {EventsMessage} */
export function readEvents(message) {
  const [, tick, events] = tuple(message, 3, "events");
  return {
    type: "events",
    tick: integer(tick, 0, MAX_TICK, "tick"),
    events: list(events, "events").map((entry) => {
      const [code, ...fields] = list(entry, "an event");
      return { code: integer(code, 0, 255, "an event's code"), fields };
    }),
  };
}

/** @param {unknown[]} message @returns {Pong} */
export function readPong(message) {
  const [, clientTime, matchTime] = tuple(message, 3, "pong");
  return { type: "pong", clientTime: number(clientTime, "client_time"), matchTime: number(matchTime, "match_time") };
}
