/** Requests over HTTP, which are given up when the server falls silent. */

/** Milliseconds in which the answer, or more of it, has to come: a server makes an address that asks for much wait. */
export const PATIENCE = 20_000;

/** @typedef {(url: string, init?: RequestInit) => Promise<Response>} Fetch */

/** @type {Fetch} */
const fetchNow = (...asked) => fetch(...asked);

/**
 * @param {string} url @param {RequestInit} [init] @param {Fetch} [get]
 * @returns {Promise<{answer: Response, body: Uint8Array<ArrayBuffer>}>} the head of the answer, and its whole body
 * @throws {Error} there is no connection, or nothing came for `PATIENCE`
 */
export async function request(url, init = {}, get = fetchNow) {
  const silence = new AbortController();
  const giveUp = () => silence.abort(new Error("the server does not answer"));
  let timer = setTimeout(giveUp, PATIENCE);
  try {
    const answer = await get(url, { ...init, signal: silence.signal });
    const parts = [];
    const reader = answer.body?.getReader();
    for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
      parts.push(part.value);
      clearTimeout(timer);
      timer = setTimeout(giveUp, PATIENCE);
    }
    return { answer, body: new Uint8Array(await new Blob(parts).arrayBuffer()) };
  } finally {
    clearTimeout(timer);
  }
}
