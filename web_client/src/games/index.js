/** Games by the name that the server gives them: the file `NAME.js` in this folder is the game NAME. */

/** @typedef {import("../play/contract.js").GameModule} GameModule */
/** @typedef {{name: string, title: string}} Mode as the server calls it, and as people do; the default comes first */

/** What a match can be created of. @type {readonly {name: string, title: string, modes: readonly Mode[]}[]} */
export const GAMES = [
  { name: "arena", title: "Arena", modes: [{ name: "free-for-all", title: "Free for all" }, { name: "teams", title: "Teams" }] },
];

/** @param {string} name as in a welcome @returns {boolean} whether this page should have the game */
export function isKnown(name) {
  return GAMES.some((game) => game.name === name);
}

/** Loads that have failed: a browser remembers a module that it could not fetch, and does not ask for it again. */
let failures = 0;

const NAME = /^[a-z][a-z0-9_]{0,31}$/;

/** @param {string} game @param {string} mode as in a list of matches @returns {string} in words, as far as they are known */
export function titleOf(game, mode) {
  const known = GAMES.find(({ name }) => name === game);
  const modeTitle = known?.modes.find(({ name }) => name === mode)?.title ?? mode;
  return [known?.title ?? game, modeTitle].filter(Boolean).join(" · ");
}

/**
 * @param {string} name as in a welcome
 * @returns {Promise<GameModule>}
 * @throws {Error} this client has no such game
 */
export async function loadGame(name) {
  if (!NAME.test(name)) throw new Error(`${JSON.stringify(name)} is no name of a game`);
  const again = failures ? `?again=${failures}` : "";
  try {
    return await import(`./${name}.js${again}`);
  } catch (error) {
    failures += 1;
    throw error;
  }
}
