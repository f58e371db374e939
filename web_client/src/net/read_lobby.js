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
/** @typedef {{name: string, title: string}} Titled as the server calls it, and as people do */
/**
 * @typedef {object} GameOption what a game lets those choose who create a match
 * @property {string} name
 * @property {string} label
 * @property {number} kind one of `OPTION_KINDS`
 * @property {number | string} preset its value unless somebody sets it
 * @property {number} low of a number
 * @property {number} high
 * @property {Titled[]} choices
 */
/** @typedef {{name: string, title: string, least: number, most: number, modes: Titled[], options: GameOption[], rotation: number}} Game that the server has; its first mode is played when none is asked for. `least` and `most`: seats; `rotation`: bits of what can change from round to round */
/** @typedef {{type: "home", code: number, text: string, nickname: string, games: Game[]}} Home */
/** @typedef {{type: "lobby", whole: boolean, people: number, matches: MatchRow[], gone: string[]}} Lobby */
/** @typedef {{type: "said", lines: Line[]}} Said */
/** @typedef {{type: "refused", request: number, code: number, text: string, wait: number}} Refused */
/** @typedef {{type: "elsewhere", url: string, ticket: string}} Elsewhere the server to ask instead */
/** @typedef {{type: "queued", match: string, place: number, length: number, name: string}} Queued */

export const PRIVATE = 1;
export const LOCKED = 2;
export const WITH_PASSWORD = 4;

/** Of a line of chat. */
export const LINES = Object.freeze({ match: 0, lobby: 1, whisper: 2, whispered: 3, spectator: 4, server: 5 });
/** More kinds of lines, by the server as well: it is about to stop; it does not after all. */
export const STOPS = 6;
export const GOES_ON = 7;

/** What an option of a game may be. */
export const OPTION_KINDS = Object.freeze({ toggle: 0, number: 1, choice: 2 });
/** Of an option that is a number. */
const LEAST_VALUE = -(2 ** 31);
const MOST_VALUE = 2 ** 31 - 1;

/** Why one is in the lobby. */
export const HOMES = Object.freeze({ welcome: 0, left: 1, kicked: 2, banned: 3, ended: 4, failed: 5, idle: 6 });

/** What a notice is about. */
export const NOTICES = Object.freeze({
  writesTooFast: 1, muted: 2, nobodyCalledSo: 3, notShownToPlayers: 4, bannedInPart: 5, noSuchCommand: 6, tooMuchIsSaid: 7,
  setToWatching: 8, heldBack: 9,
});

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
      const [name, title, least, most, modes, options, rotation] = tuple(entry, 7, "a game");
      return {
        name: string(name, "game"),
        title: string(title, "title"),
        least: integer(least, 1, 65535, "least"),
        most: integer(most, 1, 65535, "most"),
        modes: list(modes, "modes").map(readTitled),
        options: list(options, "options").map(readOption),
        rotation: integer(rotation, 0, 255, "rotation"),
      };
    }),
  };
}

/** @param {unknown} entry @returns {Titled} */
function readTitled(entry) {
  const [name, title] = tuple(entry, 2, "a name with a title");
  return { name: string(name, "name"), title: string(title, "title") };
}

/** @param {unknown} entry @returns {GameOption} */
function readOption(entry) {
  const [kind, name, label, preset, low, high, choices] = tuple(entry, 7, "an option");
  return {
    kind: integer(kind, 0, 255, "kind"),
    name: string(name, "name"),
    label: string(label, "label"),
    preset: typeof preset === "string" ? preset : integer(preset, LEAST_VALUE, MOST_VALUE, "default"),
    low: integer(low, LEAST_VALUE, MOST_VALUE, "low"),
    high: integer(high, LEAST_VALUE, MOST_VALUE, "high"),
    choices: list(choices, "choices").map(readTitled),
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

/** @param {unknown[]} message @returns {Elsewhere} */
export function readElsewhere(message) {
  const [, url, ticket] = tuple(message, 3, "elsewhere");
  return { type: "elsewhere", url: string(url, "url"), ticket: string(ticket, "ticket") };
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
