/** Games by the name that the server gives them: the file `NAME.js` in this folder is the game NAME. */

/** @typedef {import("./contract.js").GameModule} GameModule */

const NAME = /^[a-z][a-z0-9_]{0,31}$/;

/**
 * @param {string} name as in a welcome
 * @returns {Promise<GameModule>}
 * @throws {Error} this client has no such game
 */
export async function loadGame(name) {
  if (!NAME.test(name)) throw new Error(`${JSON.stringify(name)} is no name of a game`);
  return import(`./${name}.js`);
}
