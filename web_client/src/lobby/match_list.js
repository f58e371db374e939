/** The matches that the lobby shows: what `lobby` messages come to. */

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

  /** @returns {MatchRow[]} those that have a seat, then those that are full, then locked ones; most people first */
  get rows() {
    return [...this.matches.values()].sort((a, b) => closed(a) - closed(b) || b.people - a.people
      || a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1));
  }
}

/** @param {MatchRow} match */
function closed(match) {
  return match.flags & LOCKED ? 2 : Number(isFull(match));
}

/** @param {MatchRow} match @returns {boolean} whether people hold every seat; those of bots are free for people */
export function isFull({ people, maxPlayers }) {
  return people >= maxPlayers;
}

/** @param {MatchRow} match @returns {boolean} */
export function asksForPassword({ flags }) {
  return (flags & WITH_PASSWORD) !== 0;
}

/** @param {MatchRow} match @returns {string} seats taken, as people + bots / seats */
export function seatsText({ people, bots, maxPlayers }) {
  return `${people}${bots ? ` + ${bots}` : ""} / ${maxPlayers}`;
}
