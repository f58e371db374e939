/** A connection that looks after itself: it says hello, hears when the server falls silent, and takes up again. */

import { Backoff } from "./backoff.js";
import { closing } from "./closes.js";
import { Place } from "./place.js";
import { readMessage } from "./protocol.js";
import { SUBPROTOCOL, WEBSOCKET_PATH, hello, leave, ping } from "./requests.js";
import { SessionToken } from "./session_token.js";
import { TabKey } from "./tab_key.js";

/** @typedef {import("./protocol.js").ServerMessage} ServerMessage */
/** @typedef {import("./read_match.js").Welcome} Welcome */
/** @typedef {import("./wishes.js").Wish} Wish */

/** @typedef {import("./closes.js").Aftermath | import("./place.js").Where | "connecting"} State */

/**
 * @typedef {object} Status
 * @property {State} state
 * @property {string} reason what the server said last, for the player to read; may be empty
 * @property {number | null} retryAt local milliseconds of the next attempt; null when there is none
 */

/**
 * @typedef {object} Listener
 * @property {(status: Status) => void} status
 * @property {(message: ServerMessage, now: number) => void} message
 * @property {(error: unknown) => void} fault a message that could not be read or used; the connection is closed
 */

const CLIENT = "browser/1";
/** Milliseconds, as are all times here. A first attempt may take long; later ones give up sooner, since a packet that
 * was lost while there was no way is sent again later and later, and a new attempt at once. */
const OPEN_TIMEOUT = 10_000;
const RETRY_TIMEOUT = 2000;
const RETRY_TIMEOUT_STEP = 500;
/** A snapshot comes every tick: this much silence, and a new connection is quicker than the old one. */
const PLAY_SILENCE = 3000;
const LOBBY_SILENCE = 8000;
const LOBBY_PING = 2000;
/** Of silence in play, when the browser says that it is online again. */
const SUSPICIOUS = 500;
/** Seconds between attempts, at most, while a seat is likely to be kept, and milliseconds for which it is. */
const EAGER = 0.8;
const SEAT_KEPT = 30_000;
/** Closing with the first gives the seat up; the second, "timed out", leaves it to be resumed. */
const NORMAL = 1000;
const TIMED_OUT = 4006;
const OPEN = 1;
const RETRYING = new Set(["lost", "stopped"]);

/** @typedef {(address: string) => WebSocket} Dial */

/** @type {Dial} */
function dialServer(address) {
  const socket = new WebSocket(address, [SUBPROTOCOL]);
  socket.binaryType = "arraybuffer";
  return socket;
}

/** @param {Location} location @returns {string} the address of the server that gave the page */
export function serverAddress(location) {
  return `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}${WEBSOCKET_PATH}`;
}

export class Connection {
  /**
   * @param {string} address @param {Listener} listener
   * @param {{dial?: Dial, now?: () => number, backoff?: Backoff, token?: SessionToken, key?: {readonly value: string}}} surroundings
   */
  constructor(address, listener, {
    dial = dialServer, now = () => performance.now(), backoff = new Backoff(), token = new SessionToken(null),
    key = new TabKey(null),
  } = {}) {
    this.address = address;
    this.listener = listener;
    this.dial = dial;
    this.now = now;
    this.backoff = backoff;
    this.token = token;
    this.key = key;
    this.place = new Place(token);
    /** @type {Status} */
    this.status = { state: "nickname", reason: "", retryAt: null };
    this.nickname = "";
    /** The server said that it stops, and has not been seen since. */
    this.stopped = false;
    this.bytesIn = 0;
    this.bytesOut = 0;
    /** Milliseconds of the last round trip in the lobby; null before the first. @type {number | null} */
    this.roundTrip = null;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.heardAt = 0;
    this.silence = OPEN_TIMEOUT;
    this.nextPing = 0;
    this.seatKeptUntil = 0;
  }

  /** @param {string} nickname @param {Wish | null} wish where to go; null to the lobby, or to the seat of this tab's token */
  enter(nickname, wish = null) {
    this.nickname = nickname;
    this.stopped = false;
    this.place.begin(wish);
    this.backoff.reset();
    this.open();
  }

  /** @param {Wish} wish to be asked for now, or as soon as there is a connection */
  ask(wish) {
    const request = this.place.ask(wish);
    this.send(request);
    if (this.status.state === "lobby") this.set("joining");
  }

  /** Leave the match, or the queue: `home` or `queued` answers. */
  leave() {
    this.send(leave());
  }

  /** Away from the server, with nothing left to come back to. */
  quit() {
    this.place.giveUp();
    this.drop(NORMAL);
    this.set("nickname");
  }

  /** Try again now, if an attempt is being waited for. */
  retry() {
    if (RETRYING.has(this.status.state)) this.open();
  }

  /** Have the seat again that another tab has taken, or try again after a removal. */
  takeBack() {
    this.backoff.reset();
    this.open();
  }

  /** The browser says that there is a network again. */
  online() {
    const quiet = this.now() - this.heardAt;
    if (this.status.state === "playing" && quiet > SUSPICIOUS) this.open();
    else this.retry();
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes lost without a word when the connection is not open */
  send(bytes) {
    if (this.socket?.readyState !== OPEN) return;
    this.bytesOut += bytes.length;
    this.socket.send(bytes);
  }

  open() {
    this.drop();
    const { attempts } = this.backoff;
    this.silence = attempts ? Math.min(OPEN_TIMEOUT, RETRY_TIMEOUT + attempts * RETRY_TIMEOUT_STEP) : OPEN_TIMEOUT;
    this.heardAt = this.now();
    this.set("connecting");
    const socket = this.dial(this.address);
    this.socket = socket;
    socket.onopen = () => {
      if (this.socket !== socket) return;
      this.send(hello(this.nickname, CLIENT, this.key.value));
      for (const request of this.place.opening()) this.send(request);
      this.set("joining");
    };
    socket.onmessage = (event) => {
      if (this.socket === socket) this.receive(event.data);
    };
    socket.onclose = (event) => {
      if (this.socket === socket) this.closed(event.code, event.reason);
    };
  }

  /** @param {unknown} data */
  receive(data) {
    const now = this.now();
    this.heardAt = now;
    if (!(data instanceof ArrayBuffer)) return;
    this.bytesIn += data.byteLength;
    try {
      const message = readMessage(new Uint8Array(data));
      if (message) this.take(message, now);
    } catch (error) {
      this.listener.fault(error);
      this.lose("A message from the server could not be read.");
    }
  }

  /** @param {ServerMessage} message @param {number} now */
  take(message, now) {
    const request = this.place.receive(message);
    if (request) this.send(request);
    if (message.type === "home" || message.type === "welcome") {
      this.backoff.reset();
      this.stopped = false;
    }
    if (message.type === "pong" && this.status.state === "lobby") this.roundTrip = Math.max(0, now - message.clientTime);
    const { where } = this.place;
    this.silence = message.type === "welcome" ? silenceOf(message) : where === "lobby" ? LOBBY_SILENCE : this.silence;
    // A welcome begins a stay anew even when the page is in a match already.
    if (message.type === "welcome" || where !== this.status.state) this.set(where);
    this.listener.message(message, now);
  }

  /** @param {string} reason give the connection up, and try again later */
  lose(reason) {
    this.drop();
    this.closed(1006, reason);
  }

  /** Let go of the socket; nothing of it is heard any more. @param {number} code */
  drop(code = TIMED_OUT) {
    const socket = this.socket;
    this.socket = null;
    socket?.close(code);
  }

  /** @param {number} code @param {string} reason */
  closed(code, reason) {
    this.socket = null;
    const { state: aftermath, patience } = closing(code);
    this.stopped = aftermath === "stopped" || (aftermath === "lost" && this.stopped);
    const state = this.stopped ? "stopped" : aftermath;
    const now = this.now();
    if (this.backoff.attempts === 0) this.seatKeptUntil = now + SEAT_KEPT;
    const ceiling = this.token.value && now < this.seatKeptUntil ? EAGER : undefined;
    this.set(state, reason, RETRYING.has(state) ? now + this.backoff.next(patience, ceiling) * 1000 : null);
  }

  /** To be called several times a second: hears silence, and tries again in time. */
  watch() {
    const now = this.now();
    const { state, retryAt } = this.status;
    if (this.socket && now - this.heardAt > this.silence) {
      this.lose("The server does not answer.");
    } else if (retryAt !== null && now >= retryAt) {
      this.open();
    } else if (state === "lobby" && now >= this.nextPing) {
      this.nextPing = now + LOBBY_PING;
      this.send(ping(now));
    }
  }

  /** @param {State} state @param {string} reason @param {number | null} retryAt */
  set(state, reason = "", retryAt = null) {
    this.status = { state, reason, retryAt };
    this.listener.status(this.status);
  }
}

/** @param {Welcome} welcome @returns {number} milliseconds of silence after which the server is given up */
function silenceOf({ token, timeout, settings }) {
  return token ? Math.min(PLAY_SILENCE, timeout * 1000) : (timeout + settings.delay) * 1000;
}
