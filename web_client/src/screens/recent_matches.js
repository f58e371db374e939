/** The recent matches in the lobby, to be watched again. */

import { titleOf } from "../lobby/games.js";
import { someOf } from "../lobby/recordings.js";
import { clockText, make, part, show } from "../view/dom.js";

/** @typedef {import("../lobby/recordings.js").RecordingRow} RecordingRow */

const MOST_PLAYERS = 3;
const MOST_WINNERS = 2;
const TODAY = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const EARLIER = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export class RecentMatches {
  /** @param {(row: RecordingRow) => string} addressOf the page that shows it */
  constructor(addressOf) {
    this.addressOf = addressOf;
    this.root = part("recent", HTMLElement);
    this.body = part("recent-table", HTMLTableElement).tBodies[0];
    this.drawn = "";
  }

  /** @param {readonly RecordingRow[]} rows @param {Date} now */
  draw(rows, now) {
    show(this.root, rows.length > 0);
    const key = JSON.stringify([rows, now.toDateString()]);
    if (key === this.drawn) return; // a focus stays where it is
    this.drawn = key;
    this.body.replaceChildren(...rows.map((row) => this.line(row, now)));
  }

  /** @param {RecordingRow} row @param {Date} now */
  line(row, now) {
    const link = make("a", "button plain", "Watch");
    link.href = this.addressOf(row);
    link.setAttribute("aria-label", `Watch again: ${row.name}`);
    const names = someOf(row.players, MOST_PLAYERS);
    const bots = row.bots ? `${row.bots} ${row.bots === 1 ? "bot" : "bots"}` : "";
    const today = row.started.toDateString() === now.toDateString();
    return make("tr", "", [
      make("td", "who", [make("span", "title", [make("b", "", row.name)]), make("span", "rules", titleOf(row.game, row.mode))]),
      make("td", "people", [names, bots].filter(Boolean).join(" · ")),
      make("td", "winner", row.winners === null ? "" : row.winners.length ? someOf(row.winners, MOST_WINNERS) : "nobody"),
      make("td", "length", clockText(row.seconds)),
      make("td", "date", (today ? TODAY : EARLIER).format(row.started)),
      make("td", "doors", [link]),
    ]);
  }
}
