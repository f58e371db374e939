/**
 * Where this page is, as the messages say: in the lobby, in a queue, in a match with a seat, or watching one; and what
 * it has to ask for, after a connection was lost, to be where the player last wished to be.
 */

import { HOMES } from "./read_lobby.js";
import { NO_PLAYER, REQUESTS, join, leave, resume, watch } from "./requests.js";
import { passwordOf, requestOf, toLeave } from "./wishes.js";

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
    /** The token of a seat that is to be given up, until the server confirms it. */
    this.leaving = "";
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
    const { token, watched, queue } = this;
    // The server has forgotten everything but a seat: of that alone one still has to take leave.
    const messages = this.leaving ? [resume(this.leaving), leave()] : [];
    if (this.wish?.kind === "leave" && !this.leaving) this.wish = null;
    const { wish } = this;
    if (wish?.kind === "leave") return messages;
    if (token.value) return [...messages, resume(token.value)];
    if (watched) messages.push(watch(watched.match, watched.password));
    if (wish) messages.push(requestOf(wish));
    else if (queue) messages.push(join(queue.match, queue.password, true));
    return messages;
  }

  /** Whether to leave is what the player wished last, and the server has not confirmed it. */
  get left() {
    return this.wish?.kind === "leave";
  }

  /** Whether a stay that the player has left is still to be ended; they may have wished for another since. */
  get isLeaving() {
    return this.left || this.leaving !== "";
  }

  /** @param {ServerMessage} message @returns {boolean} whether it is about a stay that was left, and so of no interest */
  isPast(message) {
    return this.isLeaving
      && (message.type === "welcome" || (message.type === "refused" && message.request === REQUESTS.resume));
  }

  /** @returns {boolean} whether the server is likely to keep a seat for this page */
  get seated() {
    return this.token.value !== "" || this.leaving !== "";
  }

  /** @param {Wish} wish @returns {Uint8Array<ArrayBuffer>} the request */
  ask(wish) {
    this.wish = this.asked = wish;
    if (this.where === "lobby") this.where = "joining";
    return requestOf(wish);
  }

  /** Away from the match and the queue, whatever becomes of the line. @returns {Uint8Array<ArrayBuffer>} the request */
  leave() {
    this.wish = this.asked = toLeave();
    this.leaving = this.token.value || this.leaving;
    this.token.keep("");
    this.watched = this.queue = null;
    return leave();
  }

  /** Nothing of this is to be taken up again. */
  giveUp() {
    this.token.keep("");
    this.wish = this.watched = this.queue = null;
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
        else if (this.left && !this.leaving) this.wish = null; // there was nothing to leave
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

  /** The stay has ended; what was asked for since then still gets its answer. */
  home() {
    const { wish } = this;
    this.giveUp();
    if (!wish || wish.kind === "leave") return;
    this.wish = wish;
    this.where = "joining";
  }

  /** @param {import("./read_match.js").Welcome} welcome */
  welcome({ player, match, token }) {
    // The stay that is being left, resumed for that alone, or begun again just before the server heard of it.
    if (this.isLeaving) {
      this.leaving = token || this.leaving;
      return;
    }
    this.token.keep(token, match.id);
    if (player !== NO_PLAYER) {
      this.where = "playing";
      this.wish = this.watched = this.queue = null;
      return;
    }
    this.where = "watching";
    const password = this.wish?.kind === "watch" ? this.wish.password : (this.watched?.password ?? passwordOf(this.asked));
    this.watched = { match: match.id, password };
    if (this.wish?.kind === "watch") this.wish = null;
  }

  /** @param {import("./read_lobby.js").Queued} queued */
  queued({ match, place, length, name }) {
    if (this.left && place) return;
    const password = this.wish ? passwordOf(this.wish) : (this.queue?.password ?? "");
    this.queue = place ? { match, password, place, length, name } : null;
    // While watching as well, `home` is still to come.
    if (!this.left || this.where === "lobby") this.wish = null;
    if (this.where === "joining" && !this.watched) this.where = "lobby";
  }

  /** @param {import("./read_lobby.js").Refused} refused */
  refused({ request }) {
    if (request === REQUESTS.resume && this.leaving) {
      this.leaving = "";
      if (this.left) this.wish = null;
      if (!this.wish) this.where = "lobby";
    } else if (request === REQUESTS.resume) {
      this.token.keep("");
      // A link was opened in a tab that had a seat once: what the link asks for is still wanted.
      if (this.wish) return requestOf(this.wish);
      this.where = "lobby";
    } else if (ENTRIES.has(request) && !this.left) {
      const again = !this.wish;
      this.wish = null;
      if (again && request === REQUESTS.watch) this.watched = null;
      if (again && request === REQUESTS.join) this.queue = null;
      if (this.where === "joining" && !(this.watched && request === REQUESTS.join)) this.where = "lobby";
    }
    return null;
  }
}
