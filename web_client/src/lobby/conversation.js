/** What is said where this page is, and who of them is not listened to. */

import { LINES } from "../net/read_lobby.js";
import { MAX_CHAT } from "../net/requests.js";

/** @typedef {import("../net/read_lobby.js").Line} Line */

/** @typedef {"match" | "lobby" | "whisper" | "whispered" | "spectator" | "server" | "note"} Kind "note": by the page */
/** @typedef {{kind: Kind, player: number, nickname: string, text: string}} Entry */
/** @typedef {{to: string, text: string}} Utterance `to` is empty for everybody */

const MOST = 200;
const KINDS = /** @type {Kind[]} */ (Object.keys(LINES));
const WHISPER = /^\/w(?:hisper)?(?:\s+|$)/i;

export class Conversation {
  constructor() {
    /** @type {Entry[]} oldest first */
    this.entries = [];
    /** @type {Set<string>} nicknames that are not listened to on this page */
    this.muted = new Set();
    this.arrived = false;
  }

  /** Another place: what was said elsewhere is not of here. */
  clear() {
    this.entries = [];
  }

  /** A stay has begun, perhaps anew: what was said before may be told again. */
  arrive() {
    this.arrived = true;
  }

  /** @param {readonly Line[]} lines @returns {Entry[]} those of them that are to be shown */
  hear(lines) {
    if (this.arrived && this.repeats(lines[0])) this.entries = [];
    this.arrived = false;
    return lines.flatMap((line) => {
      const kind = KINDS[line.kind] ?? "server";
      if (kind !== "server" && kind !== "whispered" && this.muted.has(line.nickname)) return [];
      return [this.keep({ kind, player: line.player, nickname: line.nickname, text: line.text })];
    });
  }

  /** @param {Line | undefined} line @returns {boolean} whether it is here already */
  repeats(line) {
    return line !== undefined && this.entries.some(({ kind, nickname, text }) => (
      kind === KINDS[line.kind] && nickname === line.nickname && text === line.text));
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
 * @param {string} typed `/w NAME text` whispers @param {Iterable<string>} nicknames of those who may be whispered to
 * @returns {Utterance | null} null for nothing to say
 */
export function utterance(typed, nicknames) {
  const line = typed.trim();
  const whisper = WHISPER.exec(line);
  if (!whisper) return line ? { to: "", text: cut(line) } : null;
  const rest = line.slice(whisper[0].length);
  // A nickname may have spaces in it: the longest one that fits is meant.
  const known = [...nicknames]
    .filter((name) => rest.toLowerCase().startsWith(`${name.toLowerCase()} `))
    .sort((a, b) => b.length - a.length)[0];
  const to = known ?? rest.split(/\s/, 1)[0];
  const text = rest.slice(to.length).trim();
  return text ? { to, text: cut(text) } : null;
}

/** @param {string} text */
function cut(text) {
  return [...text].slice(0, MAX_CHAT).join("");
}
