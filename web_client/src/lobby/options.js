/** Options of a new match, and their ranges in the protocol. */

import { MAX_MATCH_NAME, MAX_PASSWORD } from "../net/requests.js";

/** @typedef {import("../net/requests.js").Options} Options */
/** @typedef {{readonly [name in keyof Options]?: string}} Faults a sentence for each field that is not valid */

export const SILENT = 1;
export const MAPS = 1;
export const MODES = 2;
/** Of each number: the least and the most. @typedef {Readonly<Record<"maxPlayers" | "bots" | "rounds" | "delay", readonly [number, number]>>} Ranges */
/** Those of the protocol; a game may have fewer seats. @type {Ranges} */
export const RANGES = Object.freeze({ maxPlayers: [1, 64], bots: [0, 64], rounds: [0, 100], delay: [0, 60] });

/** @type {Options} */
export const DEFAULTS = Object.freeze({
  name: "", game: "", mode: "", maxPlayers: 16, bots: 4, rounds: 0, private: false, password: "",
  options: {}, takeover: true, spectating: 2, delay: 0, rotation: MAPS, recorded: true,
});

/** @param {Options} options @param {Ranges} ranges @returns {Faults} empty when all is well */
export function faultsOf(options, ranges = RANGES) {
  /** @type {{[name: string]: string}} */
  const faults = {};
  if ([...options.name].length > MAX_MATCH_NAME) faults.name = `At most ${MAX_MATCH_NAME} characters.`;
  if ([...options.password].length > MAX_PASSWORD) faults.password = `At most ${MAX_PASSWORD} characters.`;
  for (const name of /** @type {(keyof Ranges)[]} */ (Object.keys(RANGES))) {
    const [least, most] = ranges[name];
    const value = options[name];
    if (!Number.isInteger(value) || value < least || value > most) faults[name] = `A whole number from ${least} to ${most}.`;
  }
  if (!faults.bots && !faults.maxPlayers && options.bots > options.maxPlayers) {
    faults.bots = `There are only ${options.maxPlayers} seats.`;
  }
  return faults;
}

/** Words by which a refusal is known to be about a field. @type {[keyof Options, RegExp][]} */
const SUBJECTS = [
  ["password", /password/i], ["bots", /\bbots?\b/i], ["maxPlayers", /seats?|players/i], ["mode", /\bmodes?\b/i],
  ["game", /\bgames?\b/i], ["rounds", /\brounds?\b/i], ["delay", /\bdelay/i], ["name", /\bname\b/i],
];

/** @param {string} text of a refusal @returns {keyof Options | null} the field that it is about */
export function subjectOf(text) {
  return SUBJECTS.find(([, words]) => words.test(text))?.[0] ?? null;
}
