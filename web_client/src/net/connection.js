/** A connection that looks after itself: it says hello, hears when the server falls silent, and takes up again. */

import { Backoff } from "./backoff.js";
import { ProtocolError } from "./checks.js";
import { closing } from "./close_codes.js";
import { Whereabouts } from "./whereabouts.js";
import { readMessage } from "./protocol.js";
import { SUBPROTOCOL, WEBSOCKET_PATH, hello, ping } from "./requests.js";
import { SessionToken } from "./session_token.js";
import { TabKey } from "./tab_key.js";

/** @typedef {import("./protocol.js").ServerMessage} ServerMessage */
/** @typedef {import("./read_match.js").Welcome} Welcome */
/** @typedef {import("./intents.js").Intent} Intent */

/** @typedef {import("./close_codes.js").Aftermath | import("./whereabouts.js").Where | "connecting"} State */

/**
 * @typedef {object} Status
 * @property {State} state
 * @property {string} reason what the server said last, for the player to read; may be empty
 * @property {number | null} retryAt local milliseconds of the next attempt; null when there is none
 */

/**
 * @typedef {object} Listener
 * @property {(status: Status) => void} status
 * @property {(message: ServerMessage, now: number) => void} message what it throws costs the connection
 * @property {(error: unknown) => void} fault what it was that could not be read or done
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
/** In the lobby this many come at once, one at each look at the connection; and this many round trips are remembered. */
const FIRST_PINGS = 8;
const ROUND_TRIPS = 24;
/** Of silence in play that is suspicious when the page is looked at or online again; and for an answer elsewhere. */
const SUSPICIOUS = 500;
const SUSPENSE = 2000;
/** Between two calls of `watch`: the page itself was late, hidden or asleep. */
const LATE = 1500;
/** A page with this many faults of its own in that time does not try again by itself. */
const MOST_FAULTS = 3;
const FAULTS_WINDOW = 60_000;
/** Seconds between attempts, at most, while a seat is likely to be kept, and milliseconds for which it is. */
const EAGER = 0.8;
const SEAT_KEPT = 30_000;
/** Closing with the first gives the seat up; the second, "timed out", leaves it to be resumed. */
const NORMAL = 1000;
const TIMED_OUT = 4006;
const OPEN = 1;
const RETRYING = new Set(["lost", "stopped"]);
const CONNECTED = new Set(["joining", "lobby", "playing", "watching"]);
const LEFT = "You have left. The lobby opens as soon as the line is back.";

/** @typedef {(address: string) => WebSocket} Dial */

/**
 * @typedef {object} Surroundings
 * @property {Dial} [dial]
 * @property {() => number} [now] milliseconds
 * @property {Backoff} [backoff]
 * @property {SessionToken} [token]
 * @property {{readonly value: string}} [key]
 * @property {() => boolean} [hidden] whether nobody looks at the page, so that its timers may fire once a minute
 */

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
   * @param {Surroundings} surroundings
   */
  constructor(address, listener, {
    dial = dialServer, now = () => performance.now(), backoff = new Backoff(), token = new SessionToken(null),
    key = new TabKey(null), hidden = () => false,
  } = {}) {
    this.address = address;
    this.listener = listener;
    this.dial = dial;
    this.now = now;
    this.backoff = backoff;
    this.token = token;
    this.key = key;
    this.hidden = hidden;
    this.whereabouts = new Whereabouts(token);
    /** @type {Status} */
    this.status = { state: "nickname", reason: "", retryAt: null };
    this.nickname = "";
    /** The server said that it stops, and has not been seen since. */
    this.stopped = false;
    this.bytesIn = 0;
    this.bytesOut = 0;
    /** Milliseconds of a round trip in the lobby; null before the first. @type {number | null} */
    this.roundTrip = null;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.heardAt = 0;
    this.silence = OPEN_TIMEOUT;
    this.nextPing = 0;
    this.pings = 0;
    /** Milliseconds of the last ones in the lobby. @type {number[]} */
    this.roundTrips = [];
    this.seatKeptUntil = 0;
    /** Milliseconds until which the server has to answer; null while nothing was asked. @type {number | null} */
    this.answerBy = null;
    /** Whether it was asked since the page itself was late. */
    this.askedLate = false;
    this.watchedAt = now();
    this.wokeAt = -Infinity;
    /** @type {number[]} milliseconds of the last faults of this page */
    this.faults = [];
  }

  /** @param {string} nickname @param {Intent | null} intent where to go; null to the lobby, or to the seat of this tab's token */
  enter(nickname, intent = null) {
    this.nickname = nickname;
    this.stopped = false;
    this.whereabouts.begin(intent);
    this.backoff.reset();
    this.open();
  }

  /** @param {Intent} intent to be asked for now, or as soon as there is a connection */
  ask(intent) {
    this.request(this.whereabouts.ask(intent));
    if (this.status.state === "lobby") this.set("joining");
  }

  /** Leave the match, or the queue: `home` or `queued` answers, after a reconnection if the line is dead. */
  leave() {
    this.request(this.whereabouts.leave());
  }

  /** @param {Uint8Array<ArrayBuffer>} request that is answered, unless the line is dead */
  request(request) {
    this.answerBy = Math.min(this.answerBy ?? Infinity, this.now() + PLAY_SILENCE);
    this.send(request);
  }

  /** Away from the server, with nothing left to come back to. */
  quit() {
    // The close says so to a server that hears it; with any other the seat is given up when the player is back.
    if (CONNECTED.has(this.status.state)) this.whereabouts.giveUp();
    else this.whereabouts.leave();
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

  /** The browser says that there is a network again, or the page is looked at again: an open socket may be dead. */
  suspect() {
    const { state } = this.status;
    const now = this.now();
    // iOS, and a page that comes out of the back-forward cache, have sockets that were closed without an event.
    const gone = this.socket !== null && this.socket.readyState > OPEN;
    if (RETRYING.has(state) || gone || (state === "playing" && now - this.heardAt > SUSPICIOUS)) this.open();
    else if (CONNECTED.has(state)) this.question(now, SUSPENSE);
  }

  /** Ask the server for a sign of life. @param {number} now @param {number} patience milliseconds */
  question(now, patience = this.silence) {
    this.pings += 1;
    this.nextPing = this.pings < FIRST_PINGS ? now : now + LOBBY_PING;
    this.answerBy = Math.min(this.answerBy ?? Infinity, now + patience);
    this.send(ping(now));
  }

  /**
   * @param {Uint8Array<ArrayBuffer>} bytes
   * @returns {boolean} false when the connection is not open; else they are on their way, on which they may be lost
   */
  send(bytes) {
    if (this.socket?.readyState !== OPEN) return false;
    this.bytesOut += bytes.length;
    this.socket.send(bytes);
    return true;
  }

  open() {
    this.drop();
    this.roundTrip = null;
    this.roundTrips = [];
    this.pings = 0;
    const { attempts } = this.backoff;
    this.silence = attempts ? Math.min(OPEN_TIMEOUT, RETRY_TIMEOUT + attempts * RETRY_TIMEOUT_STEP) : OPEN_TIMEOUT;
    this.heardAt = this.now();
    this.answerBy = this.heardAt + this.silence;
    this.set("connecting");
    const socket = this.dial(this.address);
    this.socket = socket;
    socket.onopen = () => {
      if (this.socket !== socket) return;
      this.send(hello(this.nickname, CLIENT, this.key.value));
      for (const request of this.whereabouts.opening()) this.send(request);
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
    this.answerBy = null;
    this.askedLate = false;
    if (!(data instanceof ArrayBuffer)) return;
    this.bytesIn += data.byteLength;
    try {
      const message = readMessage(new Uint8Array(data));
      if (message) this.take(message, now);
    } catch (error) {
      const foreign = error instanceof ProtocolError;
      this.trouble(error, foreign ? "A message from the server could not be read." : "Something in this page went wrong.");
    }
  }

  /** @param {ServerMessage} message @param {number} now */
  take(message, now) {
    const past = this.whereabouts.isPast(message);
    const request = this.whereabouts.receive(message);
    if (request) this.send(request);
    if (message.type === "home" || message.type === "welcome") this.stopped = false;
    if (message.type === "pong" && this.status.state === "lobby") this.measure(now - message.clientTime);
    const { where } = this.whereabouts;
    this.silence = message.type === "welcome" ? silenceOf(message) : where === "lobby" ? LOBBY_SILENCE : this.silence;
    // A welcome begins a stay anew even when the page is in a match already.
    if ((message.type === "welcome" && !past) || where !== this.status.state) this.set(where);
    if (past) return;
    this.listener.message(message, now);
    if (where === "lobby") this.proved();
  }

  /**
   * Servers read those in a lobby now and then, ten times a second say, so most round trips say more of that than of the
   * line: the shortest of the last ones is the line's.
   * @param {number} roundTrip milliseconds
   */
  measure(roundTrip) {
    this.roundTrips.push(Math.max(0, roundTrip));
    if (this.roundTrips.length > ROUND_TRIPS) this.roundTrips.shift();
    this.roundTrip = Math.min(...this.roundTrips);
  }

  /** The connection has been of use: the lobby is there, or a match is being played. */
  proved() {
    this.backoff.reset();
  }

  /**
   * Something could not be read or done, by a fault of this page or of the server: a new connection may do better. One
   * that fails again and again is not tried for ever, which would be seen by everybody in the match.
   *
   * @param {unknown} error @param {string} reason for the player to read
   */
  trouble(error, reason) {
    this.listener.fault(error);
    const now = this.now();
    this.faults = [...this.faults.filter((at) => at > now - FAULTS_WINDOW), now];
    if (this.faults.length < MOST_FAULTS) {
      this.lose(reason);
      return;
    }
    this.drop();
    this.set("broken", reason);
  }

  /** The match cannot be played by this page: its seat is given up. @param {string} reason for the player to read */
  refuse(reason) {
    this.whereabouts.giveUp();
    this.drop(NORMAL);
    this.set("unplayable", reason);
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
    const ceiling = this.whereabouts.seated && now < this.seatKeptUntil ? EAGER : undefined;
    // Timers of a hidden tab may come too late for the seat; this event comes in time.
    const atOnce = state === "lost" && patience === 0 && this.backoff.attempts === 0 && this.hidden();
    const words = this.whereabouts.left && RETRYING.has(state) ? LEFT : reason;
    this.set(state, words, RETRYING.has(state) ? now + this.backoff.next(patience, ceiling) * 1000 : null);
    if (atOnce) this.open();
  }

  /** To be called several times a second: hears silence, and tries again in time. */
  watch() {
    const now = this.now();
    const late = now - this.watchedAt > LATE;
    this.watchedAt = now;
    const { state, retryAt } = this.status;
    if (this.socket && (this.isSilent(now, late) || this.hasRunDry(now))) {
      this.lose("The server does not answer.");
    } else if (retryAt !== null && now >= retryAt) {
      this.open();
    } else if (CONNECTED.has(state) && late) {
      this.question(now);
    } else if (state === "lobby" && now >= this.nextPing) {
      this.question(now);
    }
  }

  /**
   * What the page did not hear while it was hidden or asleep says nothing of the server, nor does an answer that is
   * late since then: it may wait to be read. An answer that is not there a whole late call later does.
   *
   * @param {number} now @param {boolean} late whether the page itself was
   */
  isSilent(now, late) {
    const since = Math.max(this.heardAt, this.wokeAt);
    if (late) this.wokeAt = now;
    if (late && !this.askedLate) {
      this.askedLate = true;
      this.answerBy = now + this.silence;
      return false;
    }
    return (this.answerBy !== null && now > this.answerBy) || (!late && now - since > this.silence);
  }

  /** @param {number} now @returns {boolean} whether snapshots, which a hidden tab hears as they come, come no more */
  hasRunDry(now) {
    return this.status.state === "playing" && this.hidden() && now - this.heardAt > this.silence;
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
