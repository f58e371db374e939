/**
 * Where this page is, as the messages say: in the lobby, in a queue, in a match with a seat, or watching one; and what
 * it has to ask for, after a connection was lost, to be there again.
 */

import { HOMES } from "./read_lobby.js";
import { NO_PLAYER, REQUESTS, join, resume, watch } from "./requests.js";
import { passwordOf, requestOf } from "./wishes.js";

/** @typedef {import("./protocol.js").ServerMessage} ServerMessage */
/** @typedef {import("./wishes.js").Wish} Wish */
/** @typedef {import("./session_token.js").SessionToken} SessionToken */
/** @typedef {"joining" | "lobby" | "playing" | "watching"} Where "joining": something was asked for, and decides */

const ENTRIES = new Set([REQUESTS.join, REQUESTS.create, REQUESTS.watch]);

export class Place {
  /** @param {SessionToken} token */
  constructor(token) {
    this.token = token;
    /** @type {Wish | null} that the server has not answered */
    this.wish = null;
    /** The last wish, answered or not. @type {Wish | null} */
    this.asked = null;
    /** @type {{match: string, password: string} | null} */
    this.watched = null;
    /** @type {{match: string, password: string, place: number, length: number, name: string} | null} */
    this.queue = null;
    /** @type {Where} */
    this.where = "lobby";
  }

  /** @param {Wish | null} wish of a player who has just come; another match than the one of the old seat ends that */
  begin(wish) {
    this.wish = this.asked = wish;
    if (wish?.kind === "join" && wish.match && wish.match !== this.token.match) this.token.keep("");
  }

  /** Everything that has to be asked for right after `hello`. @returns {Uint8Array<ArrayBuffer>[]} */
  opening() {
    const messages = this.openingMessages();
    this.where = messages.length ? "joining" : "lobby";
    return messages;
  }

  /** @returns {Uint8Array<ArrayBuffer>[]} */
  openingMessages() {
    const { token, watched, queue, wish } = this;
    if (token.value) return [resume(token.value)];
    const messages = watched ? [watch(watched.match, watched.password)] : [];
    if (wish) messages.push(requestOf(wish));
    else if (queue) messages.push(join(queue.match, queue.password, true));
    return messages;
  }

  /** @param {Wish} wish @returns {Uint8Array<ArrayBuffer>} the request */
  ask(wish) {
    this.wish = this.asked = wish;
    if (this.where === "lobby") this.where = "joining";
    return requestOf(wish);
  }

  /** Nothing of this is to be taken up again. */
  giveUp() {
    this.token.keep("");
    this.wish = this.watched = this.queue = null;
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
        if (message.code === HOMES.welcome) return null;
        this.giveUp();
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

  /** @param {import("./read_match.js").Welcome} welcome */
  welcome({ player, match, token }) {
    this.token.keep(token, match.id);
    if (player !== NO_PLAYER) {
      this.where = "playing";
      this.wish = this.watched = this.queue = null;
      return;
    }
    this.where = "watching";
    const password = this.wish?.kind === "watch" ? this.wish.password : (this.watched?.password ?? "");
    this.watched = { match: match.id, password };
    if (this.wish?.kind === "watch") this.wish = null;
  }

  /** @param {import("./read_lobby.js").Queued} queued */
  queued({ match, place, length, name }) {
    const password = this.wish ? passwordOf(this.wish) : (this.queue?.password ?? "");
    this.queue = place ? { match, password, place, length, name } : null;
    this.wish = null;
    if (this.where === "joining" && !this.watched) this.where = "lobby";
  }

  /** @param {import("./read_lobby.js").Refused} refused */
  refused({ request }) {
    if (request === REQUESTS.resume) {
      this.token.keep("");
      // A link was opened in a tab that had a seat once: what the link asks for is still wanted.
      if (this.wish) return requestOf(this.wish);
      this.where = "lobby";
    } else if (ENTRIES.has(request)) {
      const again = !this.wish;
      this.wish = null;
      if (again && request === REQUESTS.watch) this.watched = null;
      if (again && request === REQUESTS.join) this.queue = null;
      if (this.where === "joining" && !(this.watched && request === REQUESTS.join)) this.where = "lobby";
    }
    return null;
  }
}
