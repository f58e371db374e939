/** The games that the server has, as it said last: their titles, and what there is to choose. */

/** @typedef {import("../net/read_lobby.js").Game} Game */

/** @type {readonly Game[]} */
let offered = [];

/** @param {readonly Game[]} games as the server says @returns {boolean} whether they are others than before */
export function learnGames(games) {
  const news = JSON.stringify(games) !== JSON.stringify(offered);
  offered = games;
  return news;
}

/** @returns {readonly Game[]} what a match can be created of */
export function offeredGames() {
  return offered;
}

/**
 * @param {{name: string, game: string, mode: string}} match
 * @returns {string} of its game and mode what its name does not say: a match is called like its game until somebody names it
 */
export function besideName({ name, game, mode }) {
  const title = titleOf(game, mode);
  if (title === name) return "";
  return title.startsWith(`${name} · `) ? title.slice(name.length + 3) : title;
}

/** @param {string} game @param {string} mode as in a list of matches @returns {string} in words, as far as they are known */
export function titleOf(game, mode) {
  const known = offered.find(({ name }) => name === game);
  const modeTitle = known?.modes.find(({ name }) => name === mode)?.title ?? mode;
  return [known?.title ?? game, modeTitle].filter(Boolean).join(" · ");
}
