/** Chat: from the line that a player types to the server, and from the server to the log of the match or of the lobby. */

import { Conversation, utterance } from "../lobby/conversation.js";
import { GOES_ON, NOTICES, STOPS } from "../net/read_lobby.js";
import { chat } from "../net/requests.js";
import { stopAll } from "../net/subscribers.js";
import { MatchChat } from "../view/match_chat.js";
import { Warning } from "../view/warning.js";

/** @typedef {import("../net/connection.js").Connection} Connection */
/** @typedef {import("../net/connection.js").Status} Status */
/** @typedef {import("../net/dispatcher.js").Dispatcher} Dispatcher */
/** @typedef {import("../net/read_lobby.js").Line} Line */
/** @typedef {import("../net/read_lobby.js").Notice} Notice */
/** @typedef {import("../net/subscribers.js").Stop} Stop */
/** @typedef {import("../play/session.js").Session} Session */
/** @typedef {import("../view/chat_log.js").ChatLog} ChatLog */
/** @typedef {{log: ChatLog, input: HTMLInputElement}} Place where lines are shown and written */

/** Milliseconds after a reconnection in which what was said before it is heard, if it was. */
const ECHO_MS = 2000;
const { writesTooFast, muted, nobodyCalledSo, noSuchCommand, tooMuchIsSaid, heldBack } = NOTICES;
/** Notices that answer a line of chat in place of its echo: docs/PROTOCOL.md, `notice`. @type {ReadonlySet<number>} */
const ABOUT_A_LINE = new Set([writesTooFast, muted, nobodyCalledSo, noSuchCommand, tooMuchIsSaid, heldBack]);

export class Chat {
  /** @param {Connection} connection @param {Place} lobby @param {() => Session | null} session */
  constructor(connection, lobby, session) {
    this.connection = connection;
    this.lobby = lobby;
    this.session = session;
    this.conversation = new Conversation();
    this.warning = new Warning();
    this.match = new MatchChat((typed) => this.say(typed), ({ nickname }) => {
      const { game, roster } = session() ?? {};
      const member = roster?.seated.find((one) => one.nickname === nickname);
      return { emblem: (member && game?.emblem(member.player)) ?? null, mine: nickname === connection.givenNickname };
    });
    /** Where the player is, or was last. @type {Place} */
    this.place = lobby;
    /** Whether the lobby was reached on this connection, and not left. */
    this.inLobby = false;
    /** Milliseconds until which lines from before the last arrival may still be heard. */
    this.echoUntil = Infinity;
    /** @type {Stop[]} */
    this.stops = [];
  }

  /** @param {Dispatcher} messages */
  start(messages) {
    this.stops.push(
      messages.on("status", (status) => this.changed(status)),
      messages.on("welcome", ({ match }) => this.arrive(this.match, match.id)),
      messages.on("said", ({ lines }) => this.hear(lines)),
      messages.on("notice", (notice) => this.noticed(notice)),
    );
  }

  stop() {
    stopAll(this.stops);
  }

  /** Whether a line is being written over the field. */
  get writing() {
    return this.match.writing;
  }

  /** Nicknames that are not listened to on this page. */
  get muted() {
    return this.conversation.muted;
  }

  /** Write a line over the field. */
  open() {
    this.match.open();
  }

  /** Write a line to somebody in the match. @param {string} nickname */
  whisper(nickname) {
    this.match.whisper(nickname);
  }

  /** @param {string} nickname @param {boolean} muted */
  mute(nickname, muted) {
    this.conversation.mute(nickname, muted);
    this.match.log.fill(this.conversation.entries);
  }

  /** Show something to this player alone. @param {string} text of the page or the server */
  note(text) {
    this.place.log.add(this.conversation.note(text));
  }

  /**
   * @param {string} typed in the match or in the lobby
   * @returns {boolean} whether that is done with; false for what is still to be put right, or to be sent
   */
  say(typed) {
    const { connection } = this;
    const members = this.session()?.roster.members.values() ?? [];
    const heard = this.conversation.entries.map(({ nickname }) => nickname);
    const said = utterance(typed, [...[...members].map(({ nickname }) => nickname), ...heard]);
    if (!said) return true;
    if ("fault" in said) {
      this.note(said.fault);
      return false;
    }
    const somewhere = connection.inMatch || connection.status.state === "lobby";
    if (!somewhere || !connection.send(chat(said.text, said.to))) return false;
    this.conversation.said(typed);
    return true;
  }

  /** @param {Status} status */
  changed({ state }) {
    if (state === "connecting") {
      this.warning.hide();
      this.inLobby = false;
      this.conversation.lost();
    }
    if (state === "nickname" || state === "lobby" || state === "unplayable") this.match.forget();
    if (state !== "lobby") return;
    this.place = this.lobby;
    if (!this.inLobby) this.arrive(this.lobby, "");
  }

  /** @param {Place} place @param {string} code of the match; empty for the lobby */
  arrive(place, code) {
    this.place = place;
    this.inLobby = place === this.lobby;
    this.echoUntil = performance.now() + ECHO_MS;
    if (this.conversation.arrive(code)) place.log.fill([]);
  }

  /** @param {readonly Line[]} lines */
  hear(lines) {
    const entries = this.conversation.hear(lines);
    const ofTheStop = lines.filter(({ kind }) => kind === STOPS || kind === GOES_ON).pop();
    for (const entry of entries) {
      this.place.log.add(entry, entries.length > 1);
      if (entry.kind === "server" && entries.length === 1 && !ofTheStop) this.warning.say(entry.text, performance.now());
      if (entry.kind === "whispered" || entry.nickname === this.connection.givenNickname) this.conversation.answered();
    }
    if (ofTheStop?.kind === STOPS) this.warning.stops(ofTheStop.text);
    else if (ofTheStop) this.warning.goesOn(ofTheStop.text, performance.now());
  }

  /** @param {Notice} notice */
  noticed({ code, text }) {
    if (ABOUT_A_LINE.has(code)) this.conversation.answered();
    this.note(text);
  }

  /** To be called about ten times a second. @param {number} now milliseconds */
  keepTime(now) {
    if (now > this.echoUntil) {
      this.echoUntil = Infinity;
      this.recover();
    }
    this.warning.keepTime(now);
  }

  /** Lines that were sent on a dead connection: put the last one into the input again, for the player to send. */
  recover() {
    const lost = this.conversation.doubtful.splice(0);
    if (!lost.length) return;
    this.note(`The connection was lost before this was sent: ${lost.join(" / ")}`);
    const { input } = this.place;
    if (!input.value) input.value = lost[lost.length - 1];
  }
}
