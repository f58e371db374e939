/** The list of matches, kept up to date from `lobby` messages, and the order in which it is shown. */

import { LOCKED, WITH_PASSWORD } from "../net/read_lobby.js";

/** @typedef {import("../net/read_lobby.js").Lobby} Lobby */
/** @typedef {import("../net/read_lobby.js").MatchRow} MatchRow */

export class MatchList {
  constructor() {
    /** @type {Map<string, MatchRow>} */
    this.matches = new Map();
    /** Connected to this server. */
    this.people = 0;
  }

  /** @param {Lobby} lobby */
  apply({ whole, people, matches, gone }) {
    if (whole) this.matches.clear();
    for (const id of gone) this.matches.delete(id);
    for (const match of matches) this.matches.set(match.id, match);
    this.people = people;
  }

  /** @returns {MatchRow[]} those with people and a seat, then those that are full, empty, or locked; most people first */
  get rows() {
    return [...this.matches.values()].sort((a, b) => rank(a) - rank(b) || b.people - a.people
      || a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1));
  }
}

/** @param {MatchRow} match */
function rank(match) {
  if (match.flags & LOCKED) return 3;
  if (!match.people) return 2;
  return isFull(match) ? 1 : 0;
}

/** @param {MatchRow} match @returns {boolean} whether people hold every seat; those of bots are free for people */
export function isFull({ people, maxPlayers }) {
  return people >= maxPlayers;
}

/** @param {MatchRow} match @returns {boolean} */
export function asksForPassword({ flags }) {
  return (flags & WITH_PASSWORD) !== 0;
}

/** @param {number} count @param {string} one @param {string} many @returns {string} */
const counted = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** @param {MatchRow} match @returns {string} who holds how many of the seats */
export function seatsText({ people, bots, maxPlayers }) {
  const who = people || !bots ? counted(people, "player") : "";
  return `${[who, bots ? counted(bots, "bot") : ""].filter(Boolean).join(", ")} / ${maxPlayers}`;
}
