/** Messages of a client, docs/PROTOCOL.md section 3, each as the bytes of one WebSocket message. */

import { encode } from "./msgpack.js";

export const SUBPROTOCOL = "game-server.v1";
export const WEBSOCKET_PATH = "/ws";
export const MAX_NICKNAME = 20;
export const MAX_MATCH_NAME = 40;
export const MAX_PASSWORD = 64;
export const MAX_CHAT = 200;
export const MAX_BEHIND = 4095;
export const INPUT_WINDOW = 32;
/** In place of a player's number: nobody, or one without a seat. */
export const NO_PLAYER = 65535;

/** @typedef {"join" | "create" | "watch" | "resume" | "moderate" | "vote" | "follow" | "act"} Request */
/** Types of messages that may be refused. @type {Readonly<Record<Request, number>>} */
export const REQUESTS = Object.freeze({ join: 6, create: 8, watch: 9, resume: 10, moderate: 12, vote: 13, follow: 15, act: 28 });

/** What the host of a match may do. */
export const DEEDS = Object.freeze({
  kick: 0, ban: 1, mute: 2, unmute: 3, lock: 4, unlock: 5, rename: 6, addBot: 7, removeBot: 8,
  startRound: 9, endRound: 10, handOver: 11,
});

/** @type {Readonly<Record<"none" | "rematch" | "next", number>>} */
export const CHOICES = Object.freeze({ none: 0, rematch: 1, next: 2 });

/** @typedef {{readonly [option: string]: number | string}} Chosen values of a game's own options by name; 0 and 1 for off and on */

/**
 * @typedef {object} Options of a match to be created, as in docs/PROTOCOL.md
 * @property {string} name
 * @property {string} game
 * @property {string} mode empty for the game's first
 * @property {number} maxPlayers
 * @property {number} bots
 * @property {number} rounds 0 for no end
 * @property {boolean} private
 * @property {string} password
 * @property {Chosen} options of the game's own; those that are left out have their defaults
 * @property {boolean} takeover
 * @property {number} spectating 0 forbidden, 1 silent, 2 allowed
 * @property {number} delay seconds
 * @property {number} rotation bits: 1 the map, 2 the mode
 * @property {boolean} recorded whether it can be watched again, if the server keeps recordings
 */

/** @param {string} nickname @param {string} client @param {string} key a secret of this page; empty for none */
export function hello(nickname, client, key = "") {
  return encode([1, nickname, client, key]);
}

/**
 * @param {number} tick @param {number} buttons @param {number} aim 4096ths of a turn
 * @param {number} behind 16ths of a tick by which what the screen shows of the others lies behind `tick`, 0 to 4095
 */
export function input(tick, buttons, aim, behind) {
  return encode([2, tick, buttons, aim, behind]);
}

/** @param {string} text @param {string} to a nickname; empty for everybody who is here */
export function chat(text, to = "") {
  return encode([3, text, to]);
}

/** @param {number} clientTime */
export function ping(clientTime) {
  return encode([4, clientTime]);
}

/** @param {number} tick */
export function resync(tick) {
  return encode([5, tick]);
}

/** @param {string} match a code; empty for quick play @param {string} password @param {boolean} wait for a seat, in the queue */
export function join(match, password = "", wait = false) {
  return encode([REQUESTS.join, match, password, Number(wait)]);
}

/** @param {boolean} wanted whether the server is to send the list of matches */
export function browse(wanted) {
  return encode([7, Number(wanted)]);
}

/** @param {Options} options */
export function create(options) {
  const { name, game, mode, maxPlayers, bots, rounds, password, spectating, delay, rotation } = options;
  const [isPrivate, takeover, recorded] = [options.private, options.takeover, options.recorded].map(Number);
  return encode([
    REQUESTS.create, name, game, mode, maxPlayers, bots, rounds, isPrivate, password, options.options, takeover, spectating,
    delay, rotation, recorded,
  ]);
}

/** @param {string} match a code @param {string} password */
export function watch(match, password = "") {
  return encode([REQUESTS.watch, match, password]);
}

/** @param {string} token */
export function resume(token) {
  return encode([REQUESTS.resume, token]);
}

export function leave() {
  return encode([11]);
}

/** @param {number} deed one of `DEEDS` @param {number} player @param {string} text */
export function moderate(deed, player = NO_PLAYER, text = "") {
  return encode([REQUESTS.moderate, deed, player, text]);
}

/** @param {number} choice one of `CHOICES` */
export function vote(choice) {
  return encode([REQUESTS.vote, choice]);
}

/** @param {number} player whose view to be shown; `NO_PLAYER` for everything */
export function follow(player) {
  return encode([REQUESTS.follow, player]);
}

/** @param {number} number of a command that the game declares @param {readonly (number | string)[]} values */
export function act(number, values) {
  return encode([REQUESTS.act, number, values]);
}
