/** The lines of chat where this page is, and the nicknames that are muted on it. */

import { LINES } from "../net/read_lobby.js";
import { MAX_CHAT } from "../net/requests.js";

/** @typedef {import("../net/read_lobby.js").Line} Line */

/** @typedef {"match" | "lobby" | "whisper" | "whispered" | "spectator" | "server" | "note"} Kind "note": by the page */
/** @typedef {{kind: Kind, player: number, nickname: string, text: string}} Entry */
/** @typedef {{to: string, text: string}} Utterance `to` is empty for everybody */
/** @typedef {{fault: string}} Fault why a line is not said */

const MOST = 200;
/** Lines that may be on their way: more than the server takes at once. */
const MOST_UNHEARD = 10;
const KINDS = /** @type {Kind[]} */ (Object.keys(LINES));
/** @param {Line} line @returns {Kind} */
export const kindOf = (line) => KINDS[line.kind] ?? "server";
const WHISPER = /^\/w(?:hisper)?(?:\s+|$)/i;
const COMMAND = /^\/\S*/;
const HOW_TO_WHISPER = "To whisper: /w NAME TEXT";

export class Conversation {
  constructor() {
    /** @type {Entry[]} oldest first */
    this.entries = [];
    /** @type {Set<string>} nicknames that are not listened to on this page */
    this.muted = new Set();
    this.arrived = false;
    /** The code of the match that this is said in; empty for the lobby. @type {string | null} */
    this.place = null;
    /** Lines that were sent and not heard of since. @type {string[]} */
    this.unheard = [];
    /** Those of them that were sent before the connection was lost. @type {string[]} */
    this.doubtful = [];
  }

  /**
   * The player has arrived, perhaps again: the server may send again what was said before.
   *
   * @param {string} place the code of a match; empty for the lobby
   * @returns {boolean} whether it is another place: what was said elsewhere is not of here
   */
  arrive(place) {
    this.arrived = true;
    if (place === this.place) return false;
    this.place = place;
    this.entries = [];
    this.unheard = [];
    this.doubtful = [];
    return true;
  }

  /** @param {readonly Line[]} lines @returns {Entry[]} those of them that are to be shown */
  hear(lines) {
    const fresh = this.arrived ? this.missing(lines) : lines;
    this.arrived = false;
    return fresh.flatMap((line) => {
      const kind = kindOf(line);
      if (kind !== "server" && kind !== "whispered" && this.muted.has(line.nickname)) return [];
      return [this.keep({ kind, player: line.player, nickname: line.nickname, text: line.text })];
    });
  }

  /** @param {readonly Line[]} lines said before, oldest first @returns {Line[]} those that are not here already */
  missing(lines) {
    let at = 0;
    return lines.filter((line) => {
      const found = this.entries.findIndex(({ kind, nickname, text }, index) => (
        index >= at && kind === kindOf(line) && nickname === line.nickname && text === line.text));
      if (found >= 0) at = found + 1;
      return found < 0;
    });
  }

  /** A line was sent. @param {string} typed */
  said(typed) {
    this.unheard.push(typed);
    if (this.unheard.length > MOST_UNHEARD) this.unheard.shift();
  }

  /** The oldest line that was sent has arrived, or the server has refused it. */
  answered() {
    (this.doubtful.length ? this.doubtful : this.unheard).shift();
  }

  /** The connection is lost: lines that were sent may never arrive. */
  lost() {
    this.doubtful.push(...this.unheard.splice(0));
  }

  /** @param {string} text @returns {Entry} */
  note(text) {
    return this.keep({ kind: "note", player: 0, nickname: "", text });
  }

  /** @param {Entry} entry */
  keep(entry) {
    this.entries.push(entry);
    if (this.entries.length > MOST) this.entries.shift();
    return entry;
  }

  /** @param {string} nickname @param {boolean} muted what they said before is taken away too */
  mute(nickname, muted) {
    if (!muted) {
      this.muted.delete(nickname);
      return;
    }
    this.muted.add(nickname);
    this.entries = this.entries.filter((entry) => entry.nickname !== nickname || entry.kind === "whispered");
  }
}

/**
 * @param {string} typed `/w NAME text` whispers; other commands are not sent
 * @param {Iterable<string>} nicknames of those who may be whispered to
 * @returns {Utterance | Fault | null} null for nothing to say
 */
export function utterance(typed, nicknames) {
  const line = typed.trim();
  const whisper = WHISPER.exec(line);
  if (!whisper) {
    const command = COMMAND.exec(line);
    if (command) return { fault: `There is no command ${command[0]}; nobody saw that line. To whisper: /w NAME TEXT` };
    return line ? { to: "", text: cut(line) } : null;
  }
  const rest = line.slice(whisper[0].length);
  // A nickname may have spaces in it: the longest one that fits is meant.
  const known = [...nicknames]
    .filter((name) => `${rest.toLowerCase()} `.startsWith(`${name.toLowerCase()} `))
    .sort((a, b) => b.length - a.length)[0];
  const to = known ?? rest.split(/\s/, 1)[0];
  const text = rest.slice(to.length).trim();
  if (text) return { to, text: cut(text) };
  return { fault: to ? `What do you want to whisper to ${to}?` : HOW_TO_WHISPER };
}

/** @param {string} nickname @param {string} draft what is half written @returns {string} the draft, as a whisper */
export function whisperTo(nickname, draft) {
  return `/w ${nickname} ${draft.startsWith("/") ? "" : draft}`;
}

/** @param {string} text */
function cut(text) {
  return [...text].slice(0, MAX_CHAT).join("");
}
