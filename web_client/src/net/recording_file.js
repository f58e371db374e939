/** A recording on a server, fetched in ranges: what is shown, and what comes next. A server without ranges sends it whole. */

import { ProtocolError } from "./checks.js";
import { request } from "./http.js";
import { indexSize, readHeader, readIndex, readMessages, scan } from "./recording.js";

/** @typedef {import("./recording.js").RecordingHeader} RecordingHeader */
/** @typedef {import("./recording.js").RecordingIndex} RecordingIndex */
/** @typedef {import("./http.js").Fetch} Fetch */

/** Bytes asked for first: the index of half an hour. */
const TAIL = 128 * 1024;
/** Chunks that are kept as they came: ten minutes. */
const MOST_KEPT = 120;

/** The recording is not there, or not for this page. */
export class NoRecording extends Error {}

export class RecordingFile {
  /**
   * @param {string} url @param {RecordingHeader} header @param {RecordingIndex} index
   * @param {Uint8Array | null} whole the file, when it came whole @param {Fetch} [get]
   */
  constructor(url, header, index, whole, get) {
    this.url = url;
    this.header = header;
    this.index = index;
    this.whole = whole;
    this.get = get;
    /** By number, in the order of their last use. @type {Map<number, Promise<Uint8Array>>} */
    this.kept = new Map();
  }

  /**
   * @param {string} url @param {Fetch} [get]
   * @returns {Promise<RecordingFile>}
   * @throws {NoRecording} @throws {ProtocolError} the file cannot be read @throws {Error} as `request`
   */
  static async open(url, get) {
    const { answer, body: tail } = await ask(get, url, `bytes=-${TAIL}`);
    const size = answer.status === 206 ? sizeIn(answer) : tail.length;
    if (size <= tail.length) return new RecordingFile(url, ...readWhole(tail), tail, get);
    const index = readIndex(tail.subarray(tail.length - Math.min(tail.length, indexSize(tail))));
    const begin = index?.chunks[0]?.offset;
    if (!index || !begin) {
      // It was cut off, goes on, or is very long: its chunks say what is in it.
      const { body } = await ask(get, url);
      return new RecordingFile(url, ...readWhole(body), body, get);
    }
    const { header } = readHeader(await range(get, url, 0, begin));
    return new RecordingFile(url, header, index, null, get);
  }

  /** @param {number} number @returns {Promise<Uint8Array[]>} the messages of a chunk @throws {ProtocolError} @throws {Error} as `request` */
  async messages(number) {
    const { offset, size } = this.index.chunks[number];
    if (this.whole) return readMessages(this.whole.subarray(offset, offset + size));
    const bytes = this.kept.get(number) ?? range(this.get, this.url, offset, offset + size);
    this.kept.delete(number);
    this.kept.set(number, bytes);
    for (const oldest of this.kept.keys()) if (this.kept.size > MOST_KEPT) this.kept.delete(oldest);
    try {
      return await readMessages(await bytes);
    } catch (error) {
      this.kept.delete(number); // asked for again, it may come
      throw error;
    }
  }
}

/** @param {Uint8Array} bytes a whole file @returns {[RecordingHeader, RecordingIndex]} */
function readWhole(bytes) {
  const { header, end } = readHeader(bytes);
  const size = indexSize(bytes);
  const index = size && size <= bytes.length ? readIndex(bytes.subarray(bytes.length - size)) : null;
  return [header, index && fits(index, end, bytes.length - size) ? index : scan(bytes, end)];
}

/** @param {RecordingIndex} index @param {number} begin @param {number} end @returns {boolean} whether its chunks fill the bytes between */
function fits({ chunks }, begin, end) {
  let at = begin;
  for (const { offset, size } of chunks) {
    if (offset !== at) return false;
    at += size;
  }
  return at === end;
}

/** @param {Fetch | undefined} get @param {string} url @param {number} first @param {number} past @returns {Promise<Uint8Array>} */
async function range(get, url, first, past) {
  const { answer, body } = await ask(get, url, `bytes=${first}-${past - 1}`);
  return answer.status === 206 ? body : body.subarray(first, past);
}

/** @param {Fetch | undefined} get @param {string} url @param {string} [bytes] */
async function ask(get, url, bytes) {
  const came = await request(url, bytes ? { headers: { Range: bytes } } : {}, get);
  const { answer } = came;
  if (answer.status === 404) throw new NoRecording("There is no such recording, or not any more.");
  if (!answer.ok) throw new NoRecording(`The server does not send the recording: ${answer.status} ${answer.statusText}`);
  return came;
}

/** @param {Response} answer @returns {number} */
function sizeIn(answer) {
  const size = Number(answer.headers.get("Content-Range")?.split("/")[1]);
  if (!Number.isSafeInteger(size)) throw new ProtocolError("the server does not say how long the recording is");
  return size;
}
