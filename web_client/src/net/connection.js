/** A connection that looks after itself: it says hello, hears when the server falls silent, and tries again. */

import { Backoff } from "./backoff.js";
import { closing } from "./closes.js";
import { SUBPROTOCOL, WEBSOCKET_PATH, hello, readMessage } from "./protocol.js";

/** @typedef {import("./protocol.js").ServerMessage} ServerMessage */
/** @typedef {import("./closes.js").Closing} Closing */

/** @typedef {import("./closes.js").Aftermath | "connecting" | "joining" | "playing"} State */

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
const OPEN_TIMEOUT = 10_000;
const NORMAL = 1000;
const OPEN = 1;
const RETRYING = new Set(["lost", "full", "stopped"]);

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
   * @param {{dial?: Dial, now?: () => number, backoff?: Backoff}} surroundings
   */
  constructor(address, listener, { dial = dialServer, now = () => performance.now(), backoff = new Backoff() } = {}) {
    this.address = address;
    this.listener = listener;
    this.dial = dial;
    this.now = now;
    this.backoff = backoff;
    /** @type {Status} */
    this.status = { state: "nickname", reason: "", retryAt: null };
    this.nickname = "";
    this.match = "";
    /** The server said that it stops, and has not been seen since. */
    this.stopped = false;
    this.bytesIn = 0;
    this.bytesOut = 0;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.deadline = Infinity;
    this.silence = OPEN_TIMEOUT;
  }

  /** @param {string} nickname the match is the one of `match`, empty for any */
  join(nickname) {
    this.nickname = nickname;
    this.stopped = false;
    this.backoff.reset();
    this.open();
  }

  /** Try again now, if an attempt is being waited for. */
  retry() {
    if (RETRYING.has(this.status.state)) this.open();
  }

  leave() {
    this.drop();
    this.set("nickname");
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes lost without a word when the connection is not open */
  send(bytes) {
    if (this.socket?.readyState !== OPEN) return;
    this.bytesOut += bytes.length;
    this.socket.send(bytes);
  }

  open() {
    this.drop();
    this.set("connecting");
    this.silence = OPEN_TIMEOUT;
    this.deadline = this.now() + this.silence;
    const socket = this.dial(this.address);
    this.socket = socket;
    socket.onopen = () => {
      this.set("joining");
      this.send(hello(this.nickname, this.match, CLIENT));
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
    this.deadline = now + this.silence;
    if (!(data instanceof ArrayBuffer)) return;
    this.bytesIn += data.byteLength;
    try {
      const message = readMessage(new Uint8Array(data));
      if (!message) return;
      if (message.type === "welcome") {
        this.silence = message.timeout * 1000;
        this.deadline = now + this.silence;
        this.backoff.reset();
        this.stopped = false;
        this.set("playing");
      }
      this.listener.message(message, now);
    } catch (error) {
      this.listener.fault(error);
      this.lose("A message from the server could not be read.");
    }
  }

  /** @param {string} reason give the connection up, and try again later */
  lose(reason) {
    this.drop();
    this.closed(1006, reason);
  }

  /** Let go of the socket; nothing of it is heard any more. */
  drop() {
    const socket = this.socket;
    this.socket = null;
    this.deadline = Infinity;
    socket?.close(NORMAL);
  }

  /** @param {number} code @param {string} reason */
  closed(code, reason) {
    this.socket = null;
    this.deadline = Infinity;
    const { state: aftermath, patience, anyMatch } = closing(code);
    if (anyMatch) this.match = "";
    this.stopped = aftermath === "stopped" || (aftermath === "lost" && this.stopped);
    const state = this.stopped ? "stopped" : aftermath;
    this.set(state, reason, RETRYING.has(state) ? this.now() + this.backoff.next(patience) * 1000 : null);
  }

  /** To be called several times a second: hears silence, and tries again in time. */
  watch() {
    const now = this.now();
    if (now > this.deadline) this.lose("The server does not answer.");
    else if (this.status.retryAt !== null && now >= this.status.retryAt) this.open();
  }

  /** @param {State} state @param {string} reason @param {number | null} retryAt */
  set(state, reason = "", retryAt = null) {
    this.status = { state, reason, retryAt };
    this.listener.status(this.status);
  }
}
