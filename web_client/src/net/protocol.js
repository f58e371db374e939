/** Messages of docs/PROTOCOL.md sections 3 and 4: arrays on the wire, objects with names in the client. */

import { MsgpackError, decode, encode } from "./msgpack.js";
import { ProtocolError, bytesOf, integer, list, map, number, string, tuple } from "./checks.js";
import { readSchema } from "./schema.js";

export const SUBPROTOCOL = "game-server.v1";
export const WEBSOCKET_PATH = "/ws";
export const MAX_TICK = 2 ** 32 - 1;
export const INPUT_WINDOW = 32;
export const MAX_DEPTH = INPUT_WINDOW;
export const MAX_NICKNAME = 20;
export const MAX_CHAT = 200;
export const MAX_BEHIND = 4095;

/** @typedef {import("./schema.js").Schema} Schema */
/** @typedef {{player: number, nickname: string, kind: number}} Member `kind` 0 is a person, 1 a bot */
/** @typedef {{id: string, name: string, game: string, maxPlayers: number}} MatchInfo */

/**
 * @typedef {object} Welcome
 * @property {"welcome"} type
 * @property {number} player
 * @property {string} nickname
 * @property {MatchInfo} match
 * @property {number} tickRate ticks a second
 * @property {number} tick
 * @property {number} timeout seconds
 * @property {Schema} schema
 * @property {{[key: string]: unknown}} setup
 * @property {Member[]} roster
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
/** @typedef {{type: "notice", code: number, text: string}} Notice */
/** @typedef {Welcome | SnapshotMessage | EventsMessage | Pong | Notice} ServerMessage */

/** A member's `kind`. */
export const PERSON = 0;

export const EVENT_JOINED = 0;
export const EVENT_LEFT = 1;
export const EVENT_CHAT = 2;

/** @param {string} nickname @param {string} match @param {string} client */
export function hello(nickname, match, client) {
  return encode([1, nickname, match, client]);
}

/**
 * @param {number} tick @param {number} buttons @param {number} aim 4096ths of a turn
 * @param {number} behind 16ths of a tick by which what the screen shows of the others lies behind `tick`, 0 to 4095
 */
export function input(tick, buttons, aim, behind) {
  return encode([2, tick, buttons, aim, behind]);
}

/** @param {string} text */
export function chat(text) {
  return encode([3, text]);
}

/** @param {number} clientTime */
export function ping(clientTime) {
  return encode([4, clientTime]);
}

/** @param {number} tick */
export function resync(tick) {
  return encode([5, tick]);
}

/**
 * @param {Uint8Array} bytes one WebSocket message
 * @returns {ServerMessage | null} null for a type that this version does not know
 * @throws {ProtocolError} it is none of the protocol's messages
 */
export function readMessage(bytes) {
  const message = list(unpack(bytes), "a message");
  switch (message[0]) {
    case 16: return readWelcome(message);
    case 17: return readSnapshot(message);
    case 18: return readEvents(message);
    case 19: {
      const [, clientTime, matchTime] = tuple(message, 3, "pong");
      return {
        type: "pong",
        clientTime: number(clientTime, "client_time"),
        matchTime: number(matchTime, "match_time"),
      };
    }
    case 20: {
      const [, code, text] = tuple(message, 3, "notice");
      return { type: "notice", code: integer(code, 0, MAX_TICK, "code"), text: string(text, "text") };
    }
    default:
      integer(message[0], 0, 255, "a message's type");
      return null;
  }
}

/** @param {Uint8Array} bytes @returns {unknown} */
function unpack(bytes) {
  try {
    return decode(bytes);
  } catch (error) {
    if (error instanceof MsgpackError) throw new ProtocolError(`a message is not msgpack: ${error.message}`);
    throw error;
  }
}

/** @param {unknown[]} message @returns {Welcome} */
function readWelcome(message) {
  const [, player, nickname, match, tickRate, tick, timeout, schema, setup, roster] = tuple(message, 10, "welcome");
  const [id, name, game, maxPlayers] = tuple(match, 4, "match");
  return {
    type: "welcome",
    player: integer(player, 0, 65534, "player"),
    nickname: string(nickname, "nickname"),
    match: {
      id: string(id, "match id"),
      name: string(name, "match name"),
      game: string(game, "game"),
      maxPlayers: integer(maxPlayers, 0, 65535, "max_players"),
    },
    tickRate: integer(tickRate, 1, 240, "tick_rate"),
    tick: integer(tick, 0, MAX_TICK, "tick"),
    timeout: number(timeout, "timeout"),
    schema: readSchema(schema),
    setup: map(setup, "setup"),
    roster: list(roster, "roster").map((entry) => readMember(tuple(entry, 3, "a roster entry"))),
  };
}

/** @param {unknown[]} fields player, nickname, kind @returns {Member} */
export function readMember([player, nickname, kind]) {
  return {
    player: integer(player, 0, 65534, "player"),
    nickname: string(nickname, "nickname"),
    kind: integer(kind, 0, 255, "kind"),
  };
}

/** @param {unknown[]} message @returns {SnapshotMessage} */
function readSnapshot(message) {
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
function readEvents(message) {
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
