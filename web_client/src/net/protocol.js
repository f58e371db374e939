/** Messages of the server, docs/PROTOCOL.md section 4: arrays on the wire, objects with names in the client. */

import { ProtocolError, integer, list } from "./checks.js";
import { MsgpackError, decode } from "./msgpack.js";
import { readElsewhere, readHome, readLobby, readNotice, readQueued, readRefused, readSaid } from "./read_lobby.js";
import { readEvents, readPong, readSnapshot, readWelcome } from "./read_match.js";

/** @typedef {import("./read_match.js").Member} Member */
/** @typedef {import("./read_match.js").Welcome} Welcome */
/** @typedef {import("./read_match.js").SnapshotMessage} SnapshotMessage */
/** @typedef {import("./read_match.js").EventsMessage | import("./read_match.js").Pong} MatchNews */
/** @typedef {import("./read_lobby.js").Home | import("./read_lobby.js").Lobby | import("./read_lobby.js").Notice} LobbyNews */
/** @typedef {import("./read_lobby.js").Elsewhere | import("./read_lobby.js").Queued | import("./read_lobby.js").Refused | import("./read_lobby.js").Said} Replies */
/** @typedef {Welcome | SnapshotMessage | MatchNews | LobbyNews | Replies} ServerMessage */

/** @type {{readonly [type: number]: (message: unknown[]) => ServerMessage}} `answer` is for hosts of a process */
const READERS = {
  16: readWelcome,
  17: readSnapshot,
  18: readEvents,
  19: readPong,
  20: readNotice,
  21: readHome,
  22: readLobby,
  23: readSaid,
  24: readRefused,
  25: readQueued,
  27: readElsewhere,
};

/**
 * @param {Uint8Array} bytes one WebSocket message
 * @returns {ServerMessage | null} null for a type that this version does not know
 * @throws {ProtocolError} it is none of the protocol's messages
 */
export function readMessage(bytes) {
  const message = list(unpack(bytes), "a message");
  const read = READERS[integer(message[0], 0, 255, "a message's type")];
  return read ? read(message) : null;
}

/** @param {Uint8Array} bytes @returns {unknown} */
function unpack(bytes) {
  try {
    return decode(bytes);
  } catch (error) {
    if (error instanceof MsgpackError) throw new ProtocolError(`a message is not msgpack: ${error.message}`);
    throw error;
  }
}
