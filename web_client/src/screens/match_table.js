/** The list of matches. Rows stay where they are in the page while they change, so that a focus or a press is not lost. */

import { besideName } from "../lobby/games.js";
import { asksForPassword, isFull, seatsText } from "../lobby/match_list.js";
import { LOCKED } from "../net/read_lobby.js";
import { make, part, show, write } from "../view/dom.js";

/** @typedef {import("../net/read_lobby.js").MatchRow} MatchRow */

/** @typedef {{join: (match: MatchRow) => void, watch: (match: MatchRow) => void}} Doors */

class Row {
  /** @param {MatchRow} match @param {Doors} doors */
  constructor(match, doors) {
    this.match = match;
    this.name = make("b");
    this.marks = make("span", "marks");
    this.rules = make("span", "rules");
    this.phase = make("td", "phase");
    this.seats = make("td", "seats");
    this.eyes = make("td", "eyes");
    this.ping = make("td", "ping");
    this.join = make("button");
    this.watch = make("button", "plain", "Watch");
    this.join.type = this.watch.type = "button";
    this.join.addEventListener("click", () => doors.join(this.match));
    this.watch.addEventListener("click", () => doors.watch(this.match));
    const what = make("td", "who", [make("span", "title", [this.name, this.marks]), this.rules]);
    this.root = make("tr", "", [what, this.phase, this.seats, this.eyes, this.ping, make("td", "doors", [this.watch, this.join])]);
  }

  /** @param {MatchRow} match @param {number | null} roundTrip */
  draw(match, roundTrip) {
    this.match = match;
    const locked = (match.flags & LOCKED) !== 0;
    const marks = [locked ? "locked" : "", asksForPassword(match) ? "password" : ""].filter(Boolean);
    write(this.name, match.name);
    write(this.marks, marks.join(" · "));
    write(this.rules, besideName(match));
    write(this.phase, match.phase);
    write(this.seats, seatsText(match));
    this.seats.title = `${match.maxPlayers} seats; those of bots are free for people`;
    write(this.eyes, match.spectators ? String(match.spectators) : "");
    write(this.ping, roundTrip === null ? "" : `${Math.round(roundTrip)} ms`);
    const label = isFull(match) ? "Queue" : "Join";
    write(this.join, label);
    name(this.join, `${label}: ${match.name}`);
    name(this.watch, `Watch: ${match.name}`);
    this.join.disabled = locked;
  }
}

export class MatchTable {
  /** @param {Doors} doors */
  constructor(doors) {
    this.doors = doors;
    this.table = part("match-table", HTMLTableElement);
    this.body = this.table.tBodies[0];
    this.empty = part("no-matches", HTMLElement);
    /** @type {Map<string, Row>} */
    this.rows = new Map();
  }

  /** @param {readonly MatchRow[]} matches in the order in which they are shown @param {number | null} roundTrip milliseconds */
  draw(matches, roundTrip) {
    const kept = new Set(matches.map(({ id }) => id));
    for (const [id, row] of this.rows) {
      if (kept.has(id)) continue;
      row.root.remove();
      this.rows.delete(id);
    }
    const focused = document.activeElement;
    matches.forEach((match, place) => {
      const row = this.rows.get(match.id) ?? new Row(match, this.doors);
      this.rows.set(match.id, row);
      row.draw(match, roundTrip);
      const there = this.body.children[place] ?? null;
      if (there !== row.root) this.body.insertBefore(row.root, there);
    });
    if (focused instanceof HTMLElement && focused !== document.activeElement && this.body.contains(focused)) focused.focus();
    show(this.table, matches.length > 0);
    show(this.empty, matches.length === 0);
  }
}

/** @param {HTMLElement} element @param {string} label */
function name(element, label) {
  if (element.getAttribute("aria-label") !== label) element.setAttribute("aria-label", label);
}
