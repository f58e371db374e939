/** What the server says of matches and people, in a match or not: lobby, chat, refusals, queues. */

import { integer, list, string, tuple } from "./checks.js";
import { MAX_TICK } from "./read_match.js";
import { NO_PLAYER } from "./requests.js";

/**
 * @typedef {object} MatchRow a match as the lobby lists it
 * @property {string} id
 * @property {string} name
 * @property {string} game
 * @property {string} mode
 * @property {string} phase
 * @property {number} people
 * @property {number} bots
 * @property {number} maxPlayers
 * @property {number} spectators
 * @property {number} flags bits: `PRIVATE`, `LOCKED`, `WITH_PASSWORD`
 */

/** @typedef {{kind: number, player: number, nickname: string, text: string}} Line something said */
/** @typedef {{type: "notice", code: number, text: string}} Notice */
/** @typedef {{name: string, modes: string[]}} Game that the server has; its first mode is played when none is asked for */
/** @typedef {{type: "home", code: number, text: string, nickname: string, games: Game[]}} Home */
/** @typedef {{type: "lobby", whole: boolean, people: number, matches: MatchRow[], gone: string[]}} Lobby */
/** @typedef {{type: "said", lines: Line[]}} Said */
/** @typedef {{type: "refused", request: number, code: number, text: string, wait: number}} Refused */
/** @typedef {{type: "queued", match: string, place: number, length: number, name: string}} Queued */

export const PRIVATE = 1;
export const LOCKED = 2;
export const WITH_PASSWORD = 4;

/** Of a line of chat. */
export const LINES = Object.freeze({ match: 0, lobby: 1, whisper: 2, whispered: 3, spectator: 4, server: 5 });
/** More kinds of lines, by the server as well: it is about to stop; it does not after all. */
export const STOPS = 6;
export const GOES_ON = 7;

/** Why one is in the lobby. */
export const HOMES = Object.freeze({ welcome: 0, left: 1, kicked: 2, banned: 3, ended: 4, failed: 5, idle: 6 });

/** What a notice is about; those of the others that the page acts on are in `people.js`. */
export const NOTICES = Object.freeze({ setToWatching: 8 });

/** Why a request was refused. */
export const REFUSALS = Object.freeze({
  noSuchMatch: 1, matchFull: 2, wrongPassword: 3, wait: 4, banned: 5, locked: 6, noSuchSession: 7, tooManyMatches: 8,
  badOption: 9, notAllowed: 10, noSuchPlayer: 11, noSpectators: 12, stopping: 13,
});

/** @param {unknown[]} message @returns {Notice} */
export function readNotice(message) {
  const [, code, text] = tuple(message, 3, "notice");
  return { type: "notice", code: integer(code, 0, MAX_TICK, "code"), text: string(text, "text") };
}

/** @param {unknown[]} message @returns {Home} */
export function readHome(message) {
  const [, code, text, nickname, games] = tuple(message, 5, "home");
  return {
    type: "home",
    code: integer(code, 0, MAX_TICK, "code"),
    text: string(text, "text"),
    nickname: string(nickname, "nickname"),
    games: list(games, "games").map((entry) => {
      const [name, modes] = tuple(entry, 2, "a game");
      return { name: string(name, "game"), modes: list(modes, "modes").map((mode) => string(mode, "mode")) };
    }),
  };
}

/** @param {unknown[]} message @returns {Lobby} */
export function readLobby(message) {
  const [, whole, people, matches, gone] = tuple(message, 5, "lobby");
  return {
    type: "lobby",
    whole: integer(whole, 0, 1, "whole") === 1,
    people: integer(people, 0, MAX_TICK, "people"),
    matches: list(matches, "matches").map((entry) => readRow(tuple(entry, 10, "a match"))),
    gone: list(gone, "gone").map((id) => string(id, "a match that is gone")),
  };
}

/** @param {unknown[]} fields @returns {MatchRow} */
function readRow([id, name, game, mode, phase, people, bots, maxPlayers, spectators, flags]) {
  return {
    id: string(id, "match id"),
    name: string(name, "match name"),
    game: string(game, "game"),
    mode: string(mode, "mode"),
    phase: string(phase, "phase"),
    people: integer(people, 0, 65535, "people"),
    bots: integer(bots, 0, 65535, "bots"),
    maxPlayers: integer(maxPlayers, 0, 65535, "max_players"),
    spectators: integer(spectators, 0, MAX_TICK, "spectators"),
    flags: integer(flags, 0, 255, "flags"),
  };
}

/** @param {unknown[]} message @returns {Said} */
export function readSaid(message) {
  const [, lines] = tuple(message, 2, "said");
  return {
    type: "said",
    lines: list(lines, "lines").map((entry) => {
      const [kind, player, nickname, text] = tuple(entry, 4, "a line");
      return {
        kind: integer(kind, 0, 255, "kind"),
        player: integer(player, 0, NO_PLAYER, "player"),
        nickname: string(nickname, "nickname"),
        text: string(text, "text"),
      };
    }),
  };
}

/** @param {unknown[]} message @returns {Refused} */
export function readRefused(message) {
  const [, request, code, text, wait] = tuple(message, 5, "refused");
  return {
    type: "refused",
    request: integer(request, 0, 255, "request"),
    code: integer(code, 0, MAX_TICK, "code"),
    text: string(text, "text"),
    wait: integer(wait, 0, MAX_TICK, "wait"),
  };
}

/** @param {unknown[]} message @returns {Queued} */
export function readQueued(message) {
  const [, match, place, length, name] = tuple(message, 5, "queued");
  return {
    type: "queued",
    match: string(match, "match"),
    place: integer(place, 0, MAX_TICK, "place"),
    length: integer(length, 0, MAX_TICK, "length"),
    name: string(name, "match name"),
  };
}
