/** A connection that restores itself: it says hello, notices when the server falls silent, and connects again. */

import { Backoff } from "./backoff.js";
import { ProtocolError } from "./checks.js";
import { closing } from "./close_codes.js";
import { FaultLimit } from "./fault_limit.js";
import { LobbyPings } from "./lobby_pings.js";
import { readMessage } from "./protocol.js";
import { WEBSOCKET_PATH, hello, ping } from "./requests.js";
import { ServerSocket, dialServer } from "./server_socket.js";
import { SessionToken } from "./session_token.js";
import { Silence } from "./silence.js";
import { TabKey } from "./tab_key.js";
import { Whereabouts } from "./whereabouts.js";

/** @typedef {import("./server_socket.js").Dial} Dial */
/** @typedef {import("./protocol.js").ServerMessage} ServerMessage */
/** @typedef {import("./read_match.js").Welcome} Welcome */
/** @typedef {import("./intents.js").Intent} Intent */

/** @typedef {import("./close_codes.js").Aftermath | import("./whereabouts.js").Where | "connecting"} State */

/**
 * @typedef {object} Status
 * @property {State} state
 * @property {string} reason the server's last words, for the player to read; may be empty
 * @property {number | null} retryAt local milliseconds of the next attempt; null when there is none
 */

/**
 * @typedef {object} Listener
 * @property {(status: Status) => void} status
 * @property {(message: ServerMessage, now: number) => void} message an error that it throws closes the connection
 * @property {(error: unknown) => void} fault the error of what could not be read or done
 */

const CLIENT = "browser/1";
/** Milliseconds, as are all times here. The first attempt may take long. Later ones give up sooner: after an outage TCP
 * sends a lost packet again only after growing waits, and a new attempt sends one at once. So do those at a server to
 * which another one has sent the page: if it stands still, the other one soon knows. */
const OPEN_TIMEOUT = 10_000;
const RETRY_TIMEOUT = 2000;
const RETRY_TIMEOUT_STEP = 500;
/** After this much silence a new connection is quicker than the old one. Where nothing happens there is an answer to a
 * ping every 1.6 seconds. */
export const PLAY_SILENCE = 3000;
const LOBBY_SILENCE = 8000;
/** Silence in play that is suspicious when the page is shown or online again; and the wait for an answer elsewhere. */
const SUSPICIOUS = 2500;
const SUSPENSE = 2000;
/** Seconds between attempts, at most, while a seat is likely to be kept, and milliseconds for which it is. */
const EAGER = 0.8;
const SEAT_KEPT = 30_000;
/** Closing with the first gives the seat up; the second, "timed out", leaves it to be resumed. */
const NORMAL = 1000;
const TIMED_OUT = 4006;
const RETRYING = new Set(["lost", "stopped"]);
const CONNECTED = new Set(["joining", "lobby", "playing", "watching"]);
/** Times in a row that the page goes where a server sends it, before it tries later. */
const MAX_HOPS = 4;
const LEFT = "You have left. The lobby opens as soon as the connection is back.";

/**
 * @typedef {object} Surroundings
 * @property {Dial} [dial]
 * @property {() => number} [now] milliseconds
 * @property {Backoff} [backoff]
 * @property {SessionToken} [token]
 * @property {{readonly value: string}} [key]
 * @property {() => boolean} [hidden] whether nobody looks at the page, so that its timers may fire once a minute
 */

export class Connection {
  /**
   * @param {string} address @param {Listener} listener
   * @param {Surroundings} surroundings
   */
  constructor(address, listener, {
    dial = dialServer, now = () => performance.now(), backoff = new Backoff(), token = new SessionToken(null),
    key = new TabKey(null), hidden = () => false,
  } = {}) {
    this.listener = listener;
    this.now = now;
    this.backoff = backoff;
    this.token = token;
    this.key = key;
    this.hidden = hidden;
    this.whereabouts = new Whereabouts(token);
    /** @type {Status} */
    this.status = { state: "nickname", reason: "", retryAt: null };
    this.nickname = "";
    /** Whether the server announced that it stops, and has not answered since. */
    this.stopped = false;
    /** What the server calls the player, who wished for `nickname`; empty before it does. */
    this.givenNickname = "";
    this.socket = new ServerSocket(address, dial, {
      opened: () => this.opened(),
      received: (data) => this.receive(data),
      closed: (code, reason) => this.closed(code, reason),
    });
    this.seatKeptUntil = 0;
    /** Times in a row that a server has sent the page to another one. */
    this.hops = 0;
    this.silence = new Silence(now(), OPEN_TIMEOUT);
    this.pings = new LobbyPings();
    this.faults = new FaultLimit();
  }

  /** Whether the player is in a match, with a seat or without. */
  get inMatch() {
    return this.status.state === "playing" || this.status.state === "watching";
  }

  get bytesIn() {
    return this.socket.bytesIn;
  }

  get bytesOut() {
    return this.socket.bytesOut;
  }

  /** Milliseconds of a round trip in the lobby; null before the first. */
  get roundTrip() {
    return this.pings.roundTrip;
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
    this.silence.asked(this.now(), PLAY_SILENCE);
    this.send(request);
  }

  /** Leave the server, and keep nothing to come back to. */
  quit() {
    // A server that receives the close gives the seat up; if it is lost, the page leaves when the player is back.
    if (CONNECTED.has(this.status.state)) this.whereabouts.giveUp();
    else this.whereabouts.leave();
    this.socket.close(NORMAL);
    this.set("nickname");
  }

  /** Try again now, if the next attempt is being waited for. */
  retry() {
    if (RETRYING.has(this.status.state)) this.open();
  }

  /** Take the seat back from another tab, or try again after a removal. */
  takeBack() {
    this.backoff.reset();
    this.open();
  }

  /** The network is back, or the page is shown again: check the socket, which may look open and be dead. */
  suspect() {
    const { state } = this.status;
    const now = this.now();
    if (RETRYING.has(state) || this.socket.isGone || (state === "playing" && this.silence.lasts(now) > SUSPICIOUS)) this.open();
    else if (CONNECTED.has(state)) this.question(now, SUSPENSE);
  }

  /** Ping the server, which has to answer. @param {number} now @param {number} [patience] milliseconds */
  question(now, patience) {
    this.pings.sent(now);
    this.silence.asked(now, patience);
    this.send(ping(now));
  }

  /**
   * @param {Uint8Array<ArrayBuffer>} bytes
   * @returns {boolean} false when the connection is not open; else they are on their way, on which they may be lost
   */
  send(bytes) {
    return this.socket.send(bytes);
  }

  open() {
    this.hops = 0;
    this.dial(matchAddress(this.whereabouts.match));
    this.set("connecting");
  }

  /** @param {string} address relative to that of the server that gave the page */
  dial(address) {
    this.socket.close(TIMED_OUT);
    this.pings.restart();
    const { attempts } = this.backoff;
    const isFirst = attempts === 0 && this.hops === 0;
    const patience = isFirst ? OPEN_TIMEOUT : Math.min(OPEN_TIMEOUT, RETRY_TIMEOUT + attempts * RETRY_TIMEOUT_STEP);
    this.silence.begin(this.now(), patience);
    this.socket.open(address);
  }

  /**
   * Ask another server for the same, of which the player notices nothing.
   *
   * @param {import("./read_lobby.js").Elsewhere} elsewhere
   */
  follow({ url, ticket }) {
    this.hops += 1;
    if (this.hops > MAX_HOPS) this.lose("The servers send this page from one to the other.");
    else this.dial(`${url}${url.includes("?") ? "&" : "?"}ticket=${encodeURIComponent(ticket)}`);
  }

  opened() {
    this.send(hello(this.nickname, CLIENT, this.key.value));
    for (const request of this.whereabouts.opening()) this.send(request);
    if (this.hops === 0) this.set("joining");
  }

  /** @param {unknown} data */
  receive(data) {
    const now = this.now();
    this.silence.heard(now);
    if (!(data instanceof ArrayBuffer)) return;
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
    if (message.type === "elsewhere") {
      this.follow(message);
      return;
    }
    const past = this.whereabouts.isPast(message);
    const request = this.whereabouts.receive(message);
    if (request) this.send(request);
    if (message.type === "home" || message.type === "welcome") this.stopped = false;
    if (message.type === "welcome") this.hops = 0;
    if (message.type === "pong" && this.status.state === "lobby") this.pings.measured(now - message.clientTime);
    const { where } = this.whereabouts;
    if (message.type === "welcome") this.silence.limit = silenceOf(message);
    else if (where === "lobby") this.silence.limit = LOBBY_SILENCE;
    if (!past && (message.type === "home" || message.type === "welcome")) this.givenNickname = message.nickname;
    // A welcome begins another stay even when the page is in a match already.
    // Nothing is seen of the way to another server.
    const underWay = this.hops > 0 && where === "joining";
    if ((message.type === "welcome" && !past) || (where !== this.status.state && !underWay)) this.set(where);
    if (past) return;
    this.listener.message(message, now);
    if (where === "lobby") this.proved();
  }

  /** The connection works: the lobby was received, or a match is being played. The next loss is retried at once. */
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
    if (!this.faults.add(this.now())) {
      this.lose(reason);
      return;
    }
    this.socket.close(TIMED_OUT);
    this.set("broken", reason);
  }

  /** Give up the seat in a match that this page cannot play. @param {string} reason for the player to read */
  refuse(reason) {
    this.whereabouts.giveUp();
    this.socket.close(NORMAL);
    this.set("unplayable", reason);
  }

  /** Give the connection up, and try again later. @param {string} reason */
  lose(reason) {
    this.socket.close(TIMED_OUT);
    this.closed(1006, reason);
  }

  /** @param {number} code @param {string} reason */
  closed(code, reason) {
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

  /** Notice silence, and make the next attempt when it is due. To be called several times a second. */
  watch() {
    const now = this.now();
    const late = this.silence.look(now);
    const { state, retryAt } = this.status;
    if (this.socket.exists && (this.silence.isTooLong(now, late) || this.hasRunDry(now))) {
      this.lose("The server does not answer.");
    } else if (retryAt !== null && now >= retryAt) {
      this.open();
    } else if (CONNECTED.has(state) && late) {
      this.question(now);
    } else if (state === "lobby" && now >= this.pings.dueAt) {
      this.question(now);
    }
  }

  /** @param {number} now @returns {boolean} whether snapshots have stopped, which a hidden tab still receives as they come */
  hasRunDry(now) {
    return this.status.state === "playing" && this.hidden() && this.silence.lasts(now) > this.silence.limit;
  }

  /** @param {State} state @param {string} reason @param {number | null} retryAt */
  set(state, reason = "", retryAt = null) {
    this.status = { state, reason, retryAt };
    this.listener.status(this.status);
  }
}

/** @param {string} match a code @returns {string} where the process that has it is found before the handshake */
function matchAddress(match) {
  return match ? `${WEBSOCKET_PATH}?match=${encodeURIComponent(match)}` : "";
}

/** @param {Welcome} welcome @returns {number} milliseconds of silence after which the connection is given up */
function silenceOf({ token, timeout, settings }) {
  return token ? Math.min(PLAY_SILENCE, timeout * 1000) : (timeout + settings.delay) * 1000;
}
