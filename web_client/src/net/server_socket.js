/** The WebSocket to the server that gave the page. */

import { SUBPROTOCOL, WEBSOCKET_PATH } from "./requests.js";

/** @typedef {(address: string) => WebSocket} Dial */

/** @type {Dial} */
export function dialServer(address) {
  const socket = new WebSocket(address, [SUBPROTOCOL]);
  socket.binaryType = "arraybuffer";
  return socket;
}

/** @param {Pick<URL, "protocol" | "host">} location @returns {string} the address of the server that gave the page */
export function serverAddress(location) {
  return `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}${WEBSOCKET_PATH}`;
}

const OPEN = 1;

/**
 * @typedef {object} SocketListener
 * @property {() => void} opened
 * @property {(data: unknown) => void} received
 * @property {(code: number, reason: string) => void} closed by the server or the network
 */

/** One socket at a time, with counts of the bytes; after `open` and `close` nothing is reported of the one before. */
export class ServerSocket {
  /** @param {string} address @param {Dial} dial @param {SocketListener} listener */
  constructor(address, dial, listener) {
    this.address = address;
    this.dial = dial;
    this.listener = listener;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.bytesIn = 0;
    this.bytesOut = 0;
  }

  /** Whether there is a socket, which is being opened, or open, or was closed without an event. */
  get exists() {
    return this.socket !== null;
  }

  /** Whether it was closed without an event: iOS does that, and the back-forward cache. */
  get isGone() {
    return this.socket !== null && this.socket.readyState > OPEN;
  }

  /**
   * Open a socket, in place of the one that there is.
   *
   * @param {string} address absolute, or relative to that of the server that gave the page
   */
  open(address = "") {
    const socket = this.dial(address ? new URL(address, this.address).href : this.address);
    this.socket = socket;
    socket.onopen = () => {
      if (this.socket === socket) this.listener.opened();
    };
    socket.onmessage = ({ data }) => {
      if (this.socket !== socket) return;
      if (data instanceof ArrayBuffer) this.bytesIn += data.byteLength;
      this.listener.received(data);
    };
    socket.onclose = ({ code, reason }) => {
      if (this.socket !== socket) return;
      this.socket = null;
      this.listener.closed(code, reason);
    };
  }

  /**
   * @param {Uint8Array<ArrayBuffer>} bytes
   * @returns {boolean} false when the socket is not open; else they are on their way, on which they may be lost
   */
  send(bytes) {
    if (this.socket?.readyState !== OPEN) return false;
    this.bytesOut += bytes.length;
    this.socket.send(bytes);
    return true;
  }

  /** @param {number} code */
  close(code) {
    const { socket } = this;
    this.socket = null;
    socket?.close(code);
  }
}
