/** Loading of games: a game is a module that the server has at `games/NAME/game.js`, wherever it comes from. */

import { request } from "../net/http.js";

/** @typedef {import("../play/contract.js").GameModule} GameModule */
/** @typedef {import("../play/contract.js").Rules} Rules */

/** It is of no use to try again: there is no such module, or it does not run. The message is for the player. */
export class UnplayableGame extends Error {}

/** The entity tags of scripts as they were first, by address. @type {Map<string, string>} */
const tags = new Map();

/** Loads that have failed: a browser remembers a module that it could not fetch, and does not ask for it again. */
let failures = 0;

const NAME = /^[a-z][a-z0-9_]{0,31}$/;
/** How browsers call what has not come, as opposed to what a module itself throws. */
const NOT_FETCHED = /dynamically imported module|importing a module script failed|error loading/i;

/**
 * @param {string} name as in a welcome
 * @param {string} server address from which the games come
 * @returns {Promise<GameModule & {rules?: Rules}>}
 * @throws {UnplayableGame} there is no such game, or its script has a fault
 * @throws {Error} it could not be fetched now
 */
export async function loadGame(name, server = document.baseURI) {
  if (!NAME.test(name)) throw new UnplayableGame(`${JSON.stringify(name)} is no name of a game.`);
  const module = await load(name, "game.js", server);
  const game = module.default ?? module;
  if (typeof game?.create !== "function") {
    throw new UnplayableGame(`The script of the game ${name} exports no game: write export default game({ ... }).`);
  }
  return game.declared ? { ...game, rules: await load(name, "rules.js", server) } : game;
}

/**
 * A browser runs a module only once: after an update of the server, a page goes on with the scripts that it had.
 *
 * @param {string} name of a game that is loaded
 * @returns {Promise<boolean>} whether the server has other scripts of an author's than when this was asked first
 */
export async function isOutdated(name) {
  const ages = await Promise.all(["game.js", "rules.js"].map(async (file) => {
    const address = addressOf(name, file, document.baseURI);
    const now = await tagOf(address);
    const then = tags.get(address) ?? now;
    if (then) tags.set(address, then);
    return now !== null && then !== now;
  }));
  return ages.includes(true);
}

/** @param {string} address @returns {Promise<string | null>} its entity tag now; null if the server does not answer */
async function tagOf(address) {
  try {
    const { answer } = await request(address, { method: "HEAD", cache: "no-store" });
    return answer.ok ? answer.headers.get("etag") : null;
  } catch {
    return null;
  }
}

/** @param {string} name @param {string} file of that game @param {string} server @returns {string} */
function addressOf(name, file, server) {
  return new URL(`games/${name}/${file}`, server).href;
}

/**
 * The games that the page loads at once, by name, with the address that a browser may keep, if there is one: it saves a
 * question whether the module has changed.
 * @returns {Map<string, string>}
 */
export function preloaded() {
  const named = document.querySelector?.('meta[name="games"]')?.getAttribute("content") ?? "";
  return new Map(named.split(" ").filter(Boolean).map((entry) => {
    const [name, address = ""] = entry.split("=");
    return [name, address];
  }));
}

/** @param {string} name @param {string} file of that game @param {string} server @returns {Promise<any>} the module */
async function load(name, file, server) {
  const kept = file === "game.js" && !failures && server === document.baseURI ? preloaded().get(name) : "";
  const address = addressOf(name, file, server);
  try {
    // A page from before an update of the server has an old address, which may be gone.
    if (kept) return await import(kept).catch(() => import(address));
    return await import(failures ? `${address}?again=${failures}` : address);
  } catch (error) {
    failures += 1;
    throw await faultOf(name, address, error);
  }
}

/** @param {string} name @param {string} address @param {unknown} error of the import @returns {Promise<unknown>} */
async function faultOf(name, address, error) {
  const { answer = null } = await request(address, { method: "HEAD" }).catch(() => ({ answer: null }));
  if (answer?.status === 404) return new UnplayableGame(`This page has no game called ${name}.`);
  if (!answer?.ok || !(error instanceof Error) || NOT_FETCHED.test(error.message)) return error;
  console.error(error);
  return new UnplayableGame(`The script of the game ${name} does not run: ${error.message}`);
}
