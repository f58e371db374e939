/** The bytes of a recording: docs/REPLAYS.md. Nothing in a file is trusted. */

import { ProtocolError, bytesOf, integer, list, map, string, tuple } from "./checks.js";
import { Crc32 } from "./crc32.js";
import { MsgpackError, decode } from "./msgpack.js";

/** @typedef {{offset: number, size: number, first: number, last: number}} ChunkPlace bytes, and ticks */
/** @typedef {{tick: number, kind: number, rest: unknown[]}} Mark */
/** @typedef {{id: string, match: string, tickRate: number, access: number, welcome: Uint8Array}} RecordingHeader */
/** @typedef {{chunks: ChunkPlace[], marks: Mark[]}} RecordingIndex */
/** @typedef {{kind: string, payload: Uint8Array, end: number}} Section `end`: where the next one begins */

const START = [0x89, 0x47, 0x53, 0x52, 0x45, 0x43, 0x0a, 1];
const SECTION_BYTES = 9;
const CHUNK_BYTES = 12;
const TAIL_BYTES = 8;
const TAIL_MAGIC = 0x47535258;
/** Bytes of a section, and of the messages of a chunk. */
const MOST = 64 * 1024 * 1024;
const MAX_TICK = 2 ** 32 - 1;

/** Kinds of a mark. */
export const MARKS = Object.freeze({ phase: 0, winners: 1, chat: 2, event: 3, seated: 4 });
/** Of a header: only those who know the code of the match may watch. */
export const BY_CODE = 1;

/** @param {Uint8Array} bytes the beginning of a file @returns {{header: RecordingHeader, end: number}} @throws {ProtocolError} */
export function readHeader(bytes) {
  if (START.some((byte, at) => bytes[at] !== byte)) throw new ProtocolError("this is no recording that this page can read");
  const section = readSection(bytes, START.length);
  if (section?.kind !== "H") throw new ProtocolError("the recording has no header");
  const fields = map(unpack(section.payload), "a header");
  return {
    header: {
      id: string(fields.id, "id"),
      match: string(fields.match, "match"),
      tickRate: integer(fields.tick_rate, 1, 240, "tick_rate"),
      access: integer(fields.access, 0, 2, "access"),
      welcome: bytesOf(fields.welcome, "welcome"),
    },
    end: section.end,
  };
}

/** @param {Uint8Array} bytes the end of a file @returns {number} bytes of the index and the tail; 0 if the file has none */
export function indexSize(bytes) {
  if (bytes.length < TAIL_BYTES) return 0;
  const tail = viewOf(bytes.subarray(bytes.length - TAIL_BYTES));
  return tail.getUint32(4) === TAIL_MAGIC ? tail.getUint32(0) + TAIL_BYTES : 0;
}

/** @param {Uint8Array} bytes the index and the tail @returns {RecordingIndex | null} null if it is none */
export function readIndex(bytes) {
  try {
    const section = readSection(bytes, 0);
    if (section?.kind !== "I") return null;
    const fields = map(unpack(section.payload), "an index");
    const chunks = list(fields.chunks, "chunks").map((entry) => {
      const [offset, size, first, last] = tuple(entry, 4, "a chunk");
      return {
        offset: integer(offset, 1, 2 ** 53 - 1, "offset"), size: integer(size, 1, MOST, "size"),
        first: integer(first, 0, MAX_TICK, "first"), last: integer(last, 0, MAX_TICK, "last"),
      };
    });
    return { chunks, marks: readMarks(fields.marks) };
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

/** @param {Uint8Array} bytes a whole file @param {number} begin where its first chunk should be @returns {RecordingIndex} of the chunks that can be read */
export function scan(bytes, begin) {
  /** @type {RecordingIndex} */
  const index = { chunks: [], marks: [] };
  try {
    for (let at = begin; ;) {
      const section = readSection(bytes, at);
      if (section?.kind !== "C") return index;
      const { first, last, marks } = readChunk(section.payload);
      index.chunks.push({ offset: at, size: section.end - at, first, last });
      index.marks.push(...marks);
      at = section.end;
    }
  } catch (error) {
    if (error instanceof ProtocolError) return index;
    throw error;
  }
}

/** @param {Uint8Array} bytes the section of a chunk @returns {Promise<Uint8Array[]>} its messages @throws {ProtocolError} */
export async function readMessages(bytes) {
  const section = readSection(bytes, 0);
  if (section?.kind !== "C") throw new ProtocolError("a chunk of the recording is cut off");
  const data = await inflate(readChunk(section.payload).compressed);
  const view = viewOf(data);
  const messages = [];
  for (let at = 0; at < data.length;) {
    const end = at + 4 <= data.length ? at + 4 + view.getUint32(at) : Infinity;
    if (end > data.length) throw new ProtocolError("a message of the recording is cut off");
    messages.push(data.subarray(at + 4, end));
    at = end;
  }
  return messages;
}

/** @param {Uint8Array} payload of a chunk @returns {{first: number, last: number, marks: Mark[], compressed: Uint8Array}} */
function readChunk(payload) {
  if (payload.length < CHUNK_BYTES) throw new ProtocolError("a chunk of the recording is too short");
  const view = viewOf(payload);
  const marks = CHUNK_BYTES + view.getUint32(8);
  return {
    first: view.getUint32(0), last: view.getUint32(4),
    marks: readMarks(unpack(payload.subarray(CHUNK_BYTES, marks))), compressed: payload.subarray(marks),
  };
}

/** @param {Uint8Array} bytes @param {number} at @returns {Section | null} null where the bytes end @throws {ProtocolError} it is damaged */
function readSection(bytes, at) {
  if (at + SECTION_BYTES > bytes.length) return null;
  const head = viewOf(bytes.subarray(at, at + SECTION_BYTES));
  const length = head.getUint32(1);
  const end = at + SECTION_BYTES + length;
  if (length > MOST || end > bytes.length) return null;
  const payload = bytes.subarray(at + SECTION_BYTES, end);
  const crc = new Crc32();
  crc.byte(head.getUint8(0));
  crc.bytes(payload);
  if (crc.value !== head.getUint32(5)) throw new ProtocolError("the recording is damaged");
  return { kind: String.fromCharCode(head.getUint8(0)), payload, end };
}

/** @param {unknown} value @returns {Mark[]} */
function readMarks(value) {
  return list(value, "marks").map((entry) => {
    const [tick, kind, ...rest] = list(entry, "a mark");
    return { tick: integer(tick, 0, MAX_TICK, "tick"), kind: integer(kind, 0, 255, "kind"), rest };
  });
}

/** @param {Uint8Array} compressed by zlib @returns {Promise<Uint8Array>} @throws {ProtocolError} */
async function inflate(compressed) {
  const stream = new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (compressed)]).stream().pipeThrough(new DecompressionStream("deflate"));
  const reader = stream.getReader();
  const pieces = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      pieces.push(value);
      size += value.length;
      if (size > MOST) throw new ProtocolError("a chunk of the recording is too large");
    }
  } catch (error) {
    if (error instanceof TypeError) throw new ProtocolError("the messages of the recording cannot be read");
    throw error;
  }
  const data = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    data.set(piece, at);
    at += piece.length;
  }
  return data;
}

/** @param {Uint8Array} bytes @returns {unknown} @throws {ProtocolError} */
function unpack(bytes) {
  try {
    return decode(bytes);
  } catch (error) {
    if (error instanceof MsgpackError) throw new ProtocolError(`the recording is damaged: ${error.message}`);
    throw error;
  }
}

/** @param {Uint8Array} bytes */
function viewOf(bytes) {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
