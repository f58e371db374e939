// Recordings over HTTP: in ranges, whole, cut off, and not there.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ProtocolError } from "../../../web_client/src/net/checks.js";
import { NoRecording, RecordingFile } from "../../../web_client/src/net/recording_file.js";
import { CHUNK, FILE, MESSAGES } from "./example_recording.js";

const PADDED = 200 * 1024;

/** @param {Uint8Array} bytes of the file @param {{ranges?: boolean, status?: number}} how it is served */
function server(bytes, { ranges = true, status = 200 } = {}) {
  /** @type {string[]} */
  const asked = [];
  /** @type {import("../../../web_client/src/net/http.js").Fetch} */
  const get = async (_url, init = {}) => {
    const range = new Headers(init.headers).get("Range") ?? "";
    asked.push(range);
    if (status !== 200) return new Response("", { status });
    const [, first, last] = /bytes=(\d*)-(\d*)/.exec(range) ?? [];
    if (!ranges || last === undefined) return new Response(new Uint8Array(bytes));
    const from = first ? Number(first) : Math.max(0, bytes.length - Number(last));
    const past = first && last ? Number(last) + 1 : bytes.length;
    const headers = { "Content-Range": `bytes ${from}-${past - 1}/${bytes.length}` };
    return new Response(new Uint8Array(bytes.subarray(from, past)), { status: 206, headers });
  };
  return { get, asked };
}

/** The example with a header so long that its end alone is asked for first. */
function long() {
  const welcome = new Uint8Array(PADDED);
  return { bytes: Uint8Array.from([...FILE.subarray(0, CHUNK.offset), ...welcome, ...FILE.subarray(CHUNK.offset)]), welcome };
}

/** @param {Uint8Array[]} messages */
const plain = (messages) => messages.map((message) => [...message]);

test("a short recording comes with one request", async () => {
  const { get, asked } = server(FILE);
  const file = await RecordingFile.open("recordings/x", get);
  assert.deepEqual(plain(await file.messages(0)), plain(MESSAGES));
  assert.equal(asked.length, 1);
});

test("a server that knows no ranges sends the whole", async () => {
  const { get } = server(FILE, { ranges: false });
  const file = await RecordingFile.open("recordings/x", get);
  assert.deepEqual(plain(await file.messages(0)), plain(MESSAGES));
});

test("a recording that was cut off is read by its chunks", async () => {
  const { get } = server(FILE.subarray(0, CHUNK.offset + CHUNK.size));
  const file = await RecordingFile.open("recordings/x", get);
  assert.equal(file.index.chunks.length, 1);
  assert.deepEqual(plain(await file.messages(0)), plain(MESSAGES));
});

test("an index that does not fit the chunks is not used", async () => {
  // The same index behind a file that has lost a byte before it.
  const { get } = server(Uint8Array.from([...FILE.subarray(0, CHUNK.offset), ...FILE.subarray(CHUNK.offset + 1)]));
  const file = await RecordingFile.open("recordings/x", get);
  assert.deepEqual(file.index.chunks, []);
});

test("of a long recording only what is shown is asked for, once", async () => {
  const { bytes } = long();
  const { get, asked } = server(bytes);
  // The index points into the part that was put in, which is no chunk: the request is what matters.
  const file = await RecordingFile.open("recordings/x", get);
  await assert.rejects(file.messages(0), ProtocolError);
  assert.deepEqual(asked, ["bytes=-131072", `bytes=0-${CHUNK.offset - 1}`, `bytes=${CHUNK.offset}-${CHUNK.offset + CHUNK.size - 1}`]);
});

test("a recording that is not there is said to be so", async () => {
  await assert.rejects(RecordingFile.open("recordings/x", server(FILE, { status: 404 }).get), /no such recording/);
  await assert.rejects(RecordingFile.open("recordings/x", server(FILE, { status: 429 }).get), NoRecording);
});

test("a file of 0 bytes, or of something else, is no recording", async () => {
  for (const bytes of [new Uint8Array(), new TextEncoder().encode("hello")]) {
    await assert.rejects(RecordingFile.open("recordings/x", server(bytes).get), ProtocolError);
  }
});
