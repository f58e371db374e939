/**
 * Whereabouts of this page: in the lobby, in a queue, with a seat, or watching; and the way back after a lost connection.
 *
 * The server's messages say where the page is; requests bring it back to where the player wants to be.
 */

import { HOMES } from "./read_lobby.js";
import { NO_PLAYER, REQUESTS, join, leave, resume, watch } from "./requests.js";
import { passwordOf, requestOf, toLeave } from "./intents.js";

/** @typedef {import("./protocol.js").ServerMessage} ServerMessage */
/** @typedef {import("./intents.js").Intent} Intent */
/** @typedef {import("./session_token.js").SessionToken} SessionToken */
/** @typedef {"joining" | "lobby" | "playing" | "watching"} Where "joining": something was asked for, and decides */

const ENTRIES = new Set([REQUESTS.join, REQUESTS.create, REQUESTS.watch]);

export class Whereabouts {
  /** @param {SessionToken} token */
  constructor(token) {
    this.token = token;
    /** @type {Intent | null} that the server has not answered */
    this.intent = null;
    /** The latest intent, answered or not. @type {Intent | null} */
    this.asked = null;
    /** @type {{match: string, password: string} | null} */
    this.watched = null;
    /** @type {{match: string, password: string, place: number, length: number, name: string} | null} */
    this.queue = null;
    /** The token of a seat that is to be given up, until the server confirms it. */
    this.leaving = "";
    /** @type {Where} */
    this.where = "lobby";
  }

  /** @param {Intent | null} intent of a player who has just arrived; to join another match gives up the old seat */
  begin(intent) {
    this.intent = this.asked = intent;
    if (intent?.kind === "join" && intent.match && intent.match !== this.token.match) this.token.keep("");
  }

  /** The code of the match that this page wants to be in; empty for none, or for any. @returns {string} */
  get match() {
    const { intent } = this;
    if (this.token.value) return this.token.match;
    if (intent) return intent.kind === "join" || intent.kind === "watch" ? intent.match : "";
    return (this.watched ?? this.queue)?.match ?? "";
  }

  /** Everything that has to be asked for right after `hello`. @returns {Uint8Array<ArrayBuffer>[]} */
  opening() {
    const messages = this.openingMessages();
    this.where = messages.length ? "joining" : "lobby";
    return messages;
  }

  /** @returns {Uint8Array<ArrayBuffer>[]} */
  openingMessages() {
    const { token, watched, queue } = this;
    // The server keeps nothing of a lost connection but the seat, so that is all that has to be left.
    const messages = this.leaving ? [resume(this.leaving), leave()] : [];
    if (this.intent?.kind === "leave" && !this.leaving) this.intent = null;
    const { intent } = this;
    if (intent?.kind === "leave") return messages;
    if (token.value) return [...messages, resume(token.value)];
    if (watched) messages.push(watch(watched.match, watched.password));
    if (intent) messages.push(requestOf(intent));
    else if (queue) messages.push(join(queue.match, queue.password, true));
    return messages;
  }

  /** Whether the player's latest intent is to leave, and the server has not confirmed it. */
  get left() {
    return this.intent?.kind === "leave";
  }

  /** Whether a stay that the player has left is still to be ended; they may want to be elsewhere since. */
  get isLeaving() {
    return this.left || this.leaving !== "";
  }

  /** @param {ServerMessage} message @returns {boolean} whether it is about a stay that was left, and so is ignored */
  isPast(message) {
    return this.isLeaving
      && (message.type === "welcome" || (message.type === "refused" && message.request === REQUESTS.resume));
  }

  /** @returns {boolean} whether the server is likely to keep a seat for this page */
  get seated() {
    return this.token.value !== "" || this.leaving !== "";
  }

  /** @param {Intent} intent @returns {Uint8Array<ArrayBuffer>} the request */
  ask(intent) {
    this.intent = this.asked = intent;
    if (this.where === "lobby") this.where = "joining";
    return requestOf(intent);
  }

  /** Leave the match and the queue, even if the connection is lost meanwhile. @returns {Uint8Array<ArrayBuffer>} the request */
  leave() {
    this.intent = this.asked = toLeave();
    this.leaving = this.token.value || this.leaving;
    this.token.keep("");
    this.watched = this.queue = null;
    return leave();
  }

  /** Forget everything: nothing is asked for after a reconnection. */
  giveUp() {
    this.token.keep("");
    this.intent = this.watched = this.queue = null;
    this.leaving = "";
    this.where = "lobby";
  }

  /**
   * @param {ServerMessage} message
   * @returns {Uint8Array<ArrayBuffer> | null} what is to be asked for now
   */
  receive(message) {
    switch (message.type) {
      case "welcome":
        this.welcome(message);
        return null;
      case "home":
        if (message.code !== HOMES.welcome) this.home();
        else if (this.left && !this.leaving) this.intent = null; // there was nothing to leave
        return null;
      case "queued":
        this.queued(message);
        return null;
      case "refused":
        return this.refused(message);
      default:
        return null;
    }
  }

  /** The stay has ended; what was asked for since then is still to be answered. */
  home() {
    const { intent } = this;
    this.giveUp();
    if (!intent || intent.kind === "leave") return;
    this.intent = intent;
    this.where = "joining";
  }

  /** @param {import("./read_match.js").Welcome} welcome */
  welcome({ player, match, token }) {
    // This is the stay that is being left: resumed only to leave it, or begun just before the server read the request.
    if (this.isLeaving) {
      this.leaving = token || this.leaving;
      return;
    }
    this.token.keep(token, match.id);
    if (player !== NO_PLAYER) {
      this.where = "playing";
      this.intent = this.watched = this.queue = null;
      return;
    }
    this.where = "watching";
    const password = this.intent?.kind === "watch" ? this.intent.password : (this.watched?.password ?? passwordOf(this.asked));
    this.watched = { match: match.id, password };
    if (this.intent?.kind === "watch") this.intent = null;
  }

  /** @param {import("./read_lobby.js").Queued} queued */
  queued({ match, place, length, name }) {
    if (this.left && place) return;
    const password = this.intent ? passwordOf(this.intent) : (this.queue?.password ?? "");
    this.queue = place ? { match, password, place, length, name } : null;
    // While watching as well, `home` is still to come.
    if (!this.left || this.where === "lobby") this.intent = null;
    if (this.where === "joining" && !this.watched) this.where = "lobby";
  }

  /** @param {import("./read_lobby.js").Refused} refused */
  refused({ request }) {
    if (request === REQUESTS.resume && this.leaving) {
      this.leaving = "";
      if (this.left) this.intent = null;
      if (!this.intent) this.where = "lobby";
    } else if (request === REQUESTS.resume) {
      this.token.keep("");
      // A link was opened in a tab that had a seat once: what the link asks for is still wanted.
      if (this.intent) return requestOf(this.intent);
      this.where = "lobby";
    } else if (ENTRIES.has(request) && !this.left) {
      const again = !this.intent;
      this.intent = null;
      if (again && request === REQUESTS.watch) this.watched = null;
      if (again && request === REQUESTS.join) this.queue = null;
      if (this.where === "joining" && !(this.watched && request === REQUESTS.join)) this.where = "lobby";
    }
    return null;
  }
}
