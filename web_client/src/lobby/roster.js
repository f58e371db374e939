/** The roster: who has a seat in the match, and who had one. */

import { LEAVINGS } from "../net/match_events.js";
import { BOT, PERSON } from "../net/read_match.js";

/** @typedef {import("../net/match_events.js").MatchEvent} MatchEvent */
/** @typedef {import("../net/read_match.js").Member} Member */
/** @typedef {import("../net/read_match.js").Welcome} Welcome */
/** @typedef {{rematch: number, next: number, people: number}} Votes */

/** @type {{readonly [reason: number]: string}} */
const LEAVING = {
  [LEAVINGS.left]: "left", [LEAVINGS.lost]: "did not come back", [LEAVINGS.kicked]: "was kicked", [LEAVINGS.banned]: "was banned",
  [LEAVINGS.idle]: "did nothing for a while, and gave up the seat",
};
const LOCKED = 2;

export class Roster {
  /** @param {Welcome} welcome */
  constructor({ player, roster, host, match, settings }) {
    /** Your own seat. */
    this.self = player;
    /** @type {Map<number, Member>} everybody seen, those who left included */
    this.members = new Map(roster.map((member) => [member.player, member]));
    /** @type {Set<number>} those who have a seat now */
    this.present = new Set(this.members.keys());
    /** @type {Set<number>} persons whose seat a bot holds meanwhile */
    this.replaced = new Set(roster.filter(({ kind, present }) => kind === BOT && !present).map((member) => member.player));
    this.host = host;
    this.title = match.name;
    this.locked = (settings.flags & LOCKED) !== 0;
    /** @type {Votes} */
    this.votes = { rematch: 0, next: 0, people: 0 };
    /** Counts changes, so that what shows the roster knows when to. */
    this.version = 0;
  }

  get hosting() {
    return this.host === this.self;
  }

  /** @returns {Member[]} who has a seat: yourself, then persons, then bots */
  get seated() {
    /** @param {Member} member */
    const rank = (member) => (member.player === this.self ? 0 : this.isPerson(member) ? 1 : 2);
    return [...this.present]
      .flatMap((player) => this.members.get(player) ?? [])
      .sort((a, b) => rank(a) - rank(b) || a.player - b.player);
  }

  /** @param {Member} member @returns {boolean} whether the seat is a person's, even while a bot plays in it */
  isPerson(member) {
    return member.kind === PERSON || this.replaced.has(member.player);
  }

  /** @param {MatchEvent} event @returns {string} the news of it; empty for none */
  apply(event) {
    this.version += 1;
    switch (event.name) {
      case "joined": return this.joined(event.member);
      case "left": return this.left(event.player, event.reason);
      case "lost": {
        const member = this.change(event.player, { present: false });
        return member ? `${member.nickname} lost the connection; the seat is kept for ${event.seconds} s` : "";
      }
      case "back": {
        const member = this.change(event.player, { present: true });
        return member ? `${member.nickname} is back` : "";
      }
      case "kind": return this.kind(event.player, event.kind);
      case "host": {
        this.host = event.player;
        const member = this.members.get(event.player);
        if (!member) return "";
        return event.player === this.self ? "You are the host now" : `${member.nickname} is the host now`;
      }
      case "renamed":
        this.title = event.title;
        return `The match is now called ${event.title}`;
      case "locked":
        this.locked = event.locked;
        return event.locked ? "The match is locked: nobody else can join" : "The match is open again";
      case "votes":
        this.votes = { rematch: event.rematch, next: event.next, people: event.people };
        return "";
    }
  }

  /** Bots come and go as people need their seats, which is no news. @param {Member} member */
  joined(member) {
    this.members.set(member.player, member);
    this.present.add(member.player);
    this.replaced.delete(member.player);
    return member.kind === PERSON && member.player !== this.self ? `${member.nickname} joined` : "";
  }

  /** @param {number} player @param {number} reason */
  left(player, reason) {
    const member = this.members.get(player);
    if (!member || !this.present.delete(player)) return "";
    const person = this.isPerson(member);
    this.replaced.delete(player);
    return person ? `${member.nickname} ${LEAVING[reason] ?? LEAVING[LEAVINGS.left]}` : "";
  }

  /** @param {number} player @param {number} kind */
  kind(player, kind) {
    const member = this.change(player, { kind });
    if (!member) return "";
    if (kind === BOT) {
      this.replaced.add(player);
      return `A bot plays for ${member.nickname}`;
    }
    this.replaced.delete(player);
    return ""; // `back` has said it
  }

  /** @param {number} player @param {Partial<Member>} changes */
  change(player, changes) {
    const member = this.members.get(player);
    if (!member) return null;
    const changed = { ...member, ...changes };
    this.members.set(player, changed);
    return changed;
  }
}
