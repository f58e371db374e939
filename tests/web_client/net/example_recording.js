// The recording of docs/REPLAYS.md, and its parts.

import { readFileSync } from "node:fs";

const DOCUMENT = readFileSync(new URL("../../../docs/REPLAYS.md", import.meta.url), "utf8");
const [file, messages] = [...DOCUMENT.matchAll(/^```\n([0-9a-f].*?)^```/gms)].map(([, block]) => block);

/** @param {string} hex @returns {Uint8Array} */
const bytesOf = (hex) => Uint8Array.from(hex.split(/\s+/).filter(Boolean), (byte) => parseInt(byte, 16));

export const FILE = bytesOf(file);
export const MESSAGES = messages.trim().split("\n").map(bytesOf);
/** Where its chunk begins and ends. */
export const CHUNK = { offset: 215, size: 108 };
