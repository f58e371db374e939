/** What there is to watch again: the recent matches in the lobby, and the round that has just ended. */

import { readRecordings } from "../lobby/recordings.js";
import { request } from "../net/http.js";
import { PRIVATE } from "../net/read_lobby.js";
import { RecentMatches } from "../screens/recent_matches.js";
import { part, show } from "../view/dom.js";
import { replayAddress } from "./page_address.js";

/** @typedef {import("../lobby/recordings.js").RecordingRow} RecordingRow */
/** @typedef {import("../net/connection.js").Connection} Connection */
/** @typedef {import("./match_page.js").MatchPage} MatchPage */

/** Milliseconds between two looks at the list, in the lobby. */
const LIST_INTERVAL = 15000;
/** Before the second look: the match that one has just left is written by then. */
const SECOND_LOOK = 3000;
/** Between two looks for the round that has ended, which the server has written some seconds later. */
const ROUND_INTERVAL = 1500;

export class Recordings {
  /** @param {Connection} connection @param {MatchPage} match */
  constructor(connection, match) {
    this.connection = connection;
    this.match = match;
    this.recent = new RecentMatches((row) => addressOf(row, row.winners === null ? 0 : row.round, ""));
    this.again = part("again", HTMLElement);
    this.link = part("watch-again", HTMLAnchorElement);
    this.lookedAt = -Infinity;
    /** At the list, since the player came into the lobby. */
    this.looks = 0;
    this.asking = false;
    /** What could be watched of this match when the results came; null before they are known. @type {string | null} */
    this.before = null;
    this.inResults = false;
  }

  /** To be called about ten times a second. @param {number} now milliseconds */
  keepTime(now) {
    const inLobby = this.connection.status.state === "lobby";
    const inResults = this.match.inMatch && this.match.resultsShown;
    if (inResults !== this.inResults) {
      this.inResults = inResults;
      this.before = null;
      this.lookedAt = -Infinity;
      show(this.again, false);
    }
    if (inLobby && now - this.lookedAt > (this.looks === 1 ? SECOND_LOOK : LIST_INTERVAL)) {
      this.looks += 1;
      this.ask(now, "", (rows) => this.recent.draw(rows, new Date()));
    }
    const waits = inResults && this.again.hidden && now - this.lookedAt > ROUND_INTERVAL;
    const { welcome } = this.match.session ?? {};
    if (waits && welcome) this.ask(now, welcome.match.id, (rows) => this.offer(rows, welcome));
    if (inLobby || inResults) return;
    this.lookedAt = -Infinity;
    this.looks = 0;
  }

  /** The round that has ended is the one that was not there before. @param {RecordingRow[]} rows @param {import("../net/read_match.js").Welcome} welcome */
  offer(rows, { match, settings }) {
    const row = rows.find(({ winners }) => winners !== null);
    const found = row ? `${row.id} ${row.round}` : "";
    this.before ??= found;
    if (!row || found === this.before) return;
    this.link.href = addressOf(row, row.round, settings.flags & PRIVATE ? match.id : "");
    show(this.again, true);
  }

  /** @param {number} now milliseconds @param {string} match its code; empty for the list of the lobby @param {(rows: RecordingRow[]) => void} use */
  async ask(now, match, use) {
    this.lookedAt = now;
    if (this.asking) return;
    this.asking = true;
    try {
      const { answer, body } = await request(`recordings${match ? `?match=${encodeURIComponent(match)}` : ""}`);
      if (answer.ok) use(readRecordings(JSON.parse(new TextDecoder().decode(body))));
    } catch {
      // There is no connection, or nothing is recorded there: the page does without.
    }
    this.asking = false;
  }
}

/** @param {RecordingRow} row @param {number} seconds @param {string} match @returns {string} */
function addressOf({ id }, seconds, match) {
  return replayAddress(location.pathname, { id, seconds, follow: "", match });
}
