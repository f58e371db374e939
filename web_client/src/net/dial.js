/** A WebSocket to the server that gave the page. */

import { SUBPROTOCOL, WEBSOCKET_PATH } from "./requests.js";

/** @typedef {(address: string) => WebSocket} Dial */

/** @type {Dial} */
export function dialServer(address) {
  const socket = new WebSocket(address, [SUBPROTOCOL]);
  socket.binaryType = "arraybuffer";
  return socket;
}

/** @param {Location} location @returns {string} the address of the server that gave the page */
export function serverAddress(location) {
  return `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}${WEBSOCKET_PATH}`;
}
