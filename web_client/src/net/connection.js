/** A connection that looks after itself: it says hello, hears when the server falls silent, and tries again. */

import { Backoff } from "./backoff.js";
import { closing } from "./closes.js";
import { SUBPROTOCOL, WEBSOCKET_PATH, hello, readMessage } from "./protocol.js";

/** @typedef {import("./protocol.js").ServerMessage} ServerMessage */
/** @typedef {import("./closes.js").Closing} Closing */

/** @typedef {"nickname" | "connecting" | "joining" | "playing" | "lost" | "full" | "stopped" | "version" | "removed"} State */

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
const WATCH_INTERVAL = 500;
const RETRYING = new Set(["lost", "full", "stopped"]);

/** @param {Location} location @returns {string} the address of the server that gave the page */
export function serverAddress(location) {
  return `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}${WEBSOCKET_PATH}`;
}

export class Connection {
  /** @param {string} address @param {Listener} listener @param {Backoff} backoff */
  constructor(address, listener, backoff = new Backoff()) {
    this.address = address;
    this.listener = listener;
    this.backoff = backoff;
    /** @type {Status} */
    this.status = { state: "nickname", reason: "", retryAt: null };
    this.nickname = "";
    this.match = "";
    this.bytesIn = 0;
    this.bytesOut = 0;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.deadline = Infinity;
    this.silence = OPEN_TIMEOUT;
    setInterval(() => this.watch(), WATCH_INTERVAL);
  }

  /** @param {string} nickname @param {string} match empty for any match */
  join(nickname, match) {
    this.nickname = nickname;
    this.match = match;
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
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    this.bytesOut += bytes.length;
    this.socket.send(bytes);
  }

  open() {
    this.drop();
    this.set("connecting");
    this.silence = OPEN_TIMEOUT;
    this.deadline = performance.now() + this.silence;
    const socket = new WebSocket(this.address, [SUBPROTOCOL]);
    socket.binaryType = "arraybuffer";
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
    const now = performance.now();
    this.deadline = now + this.silence;
    if (!(data instanceof ArrayBuffer)) return;
    this.bytesIn += data.byteLength;
    try {
      const message = readMessage(new Uint8Array(data));
      if (!message) return;
      if (message.type === "welcome") {
        this.silence = message.timeout * 1000;
        this.backoff.reset();
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
    const { state, patience, anyMatch } = closing(code);
    if (anyMatch) this.match = "";
    this.set(state, reason, RETRYING.has(state) ? performance.now() + this.backoff.next(patience) * 1000 : null);
  }

  watch() {
    const now = performance.now();
    if (now > this.deadline) this.lose("The server does not answer.");
    else if (this.status.retryAt !== null && now >= this.status.retryAt) this.open();
  }

  /** @param {State} state @param {string} reason @param {number | null} retryAt */
  set(state, reason = "", retryAt = null) {
    this.status = { state, reason, retryAt };
    this.listener.status(this.status);
  }
}
