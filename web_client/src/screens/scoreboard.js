/** The standings as a table: on Tab while a round runs, and by themselves between rounds. */

import { make, nameTag, part, show } from "../view/dom.js";

/** @typedef {import("../games/contract.js").Game} Game */
/** @typedef {import("../games/contract.js").Scene} Scene */
/** @typedef {import("../games/contract.js").Standings} Standings */

const INTERVAL = 200;

/** @param {Game} game @param {Scene} scene @param {Standings} standings @returns {HTMLTableElement} */
function table(game, scene, { columns, rows }) {
  const head = make("tr", "", [make("th", "place"), make("th", "who", "Player"), ...columns.map((name) => make("th", "", name))]);
  const body = rows.map(({ player, cells }, index) => {
    const member = scene.members.get(player);
    const mine = player === scene.player;
    const who = make("td", "who", [nameTag(member?.nickname ?? "", game.emblem(player), mine)]);
    if (member?.kind === 1) who.append(make("span", "kind", "bot"));
    return make("tr", mine ? "mine" : "", [make("td", "place", String(index + 1)), who, ...cells.map((cell) => make("td", "", String(cell)))]);
  });
  return make("table", "", [make("thead", "", [head]), make("tbody", "", body)]);
}

export class Scoreboard {
  constructor() {
    this.root = part("scoreboard", HTMLElement);
    this.wanted = false;
    this.drawnAt = 0;
  }

  /** @param {Game} game @param {Scene} scene @param {Standings} standings @param {string} matchName */
  draw(game, scene, standings, matchName) {
    const shown = this.wanted && standings.results === null;
    const appears = shown && this.root.hidden;
    show(this.root, shown);
    if (!shown || (!appears && scene.now - this.drawnAt < INTERVAL)) return;
    this.drawnAt = scene.now;
    this.root.replaceChildren(make("h2", "", standings.title), make("p", "sub", matchName), table(game, scene, standings));
  }

  hide() {
    this.wanted = false;
    show(this.root, false);
  }
}

export class Results {
  constructor() {
    this.root = part("results", HTMLElement);
    this.drawnAt = 0;
  }

  /** @param {Game} game @param {Scene} scene @param {Standings} standings */
  draw(game, scene, standings) {
    const { results } = standings;
    const appears = results !== null && this.root.hidden;
    show(this.root, results !== null);
    if (!results || (!appears && scene.now - this.drawnAt < INTERVAL)) return;
    this.drawnAt = scene.now;
    const seconds = results.seconds === null ? "" : `Next round in ${Math.ceil(results.seconds)}`;
    this.root.replaceChildren(heading(game, scene, results.winner), make("p", "sub", seconds), table(game, scene, standings));
  }

  hide() {
    show(this.root, false);
  }
}

/** @param {Game} game @param {Scene} scene @param {number | null} winner @returns {HTMLElement} */
function heading(game, scene, winner) {
  if (winner === null) return make("h2", "", "A draw");
  if (winner === scene.player) return make("h2", "won", "You win the round");
  const name = nameTag(scene.members.get(winner)?.nickname ?? "Somebody", game.emblem(winner), false);
  return make("h2", "", [name, make("span", "", " wins the round")]);
}
