/** The standings as a table: on Tab while a round runs, and by themselves between rounds. */

import { make, nameTag, part, show, write } from "../view/dom.js";

/** @typedef {import("../play/contract.js").Game} Game */
/** @typedef {import("../play/contract.js").Scene} Scene */
/** @typedef {import("../play/contract.js").Side} Side */
/** @typedef {import("../play/contract.js").Standing} Standing */
/** @typedef {import("../play/contract.js").Standings} Standings */

/** A sheet with a heading, a line under it and the table; each is written only when it has changed. */
class StandingsSheet {
  /** @param {string} id */
  constructor(id) {
    this.root = part(id, HTMLElement);
    this.heading = make("h2");
    this.line = make("p", "sub");
    this.table = make("table");
    (this.root.querySelector(".standings") ?? this.root).append(this.heading, this.line, this.table);
    this.shownHeading = "";
    this.shownTable = "";
  }

  get shown() {
    return !this.root.hidden;
  }

  hide() {
    show(this.root, false);
  }

  /** Colours have changed: draw everything again. */
  forget() {
    this.shownHeading = "";
    this.shownTable = "";
  }

  /** @param {string} key differs from one heading to another @param {() => Node[]} content @param {string} className */
  head(key, content, className = "") {
    if (key === this.shownHeading) return;
    this.shownHeading = key;
    this.heading.className = className;
    this.heading.replaceChildren(...content());
  }

  /** @param {Game} game @param {Scene} scene @param {Standings} standings */
  fill(game, scene, { columns, rows, sides }) {
    const names = rows.map(({ player }) => scene.members.get(player)?.nickname ?? "");
    const key = JSON.stringify([columns, rows, sides, names]);
    if (key === this.shownTable) return;
    this.shownTable = key;
    const titles = columns.map((name) => make("th", "", name));
    const head = make("tr", "", [make("th", "place"), make("th", "who", "Player"), ...titles]);
    const bodies = sides.length
      ? sides.map((side, at) => make("tbody", "", [
          sideLine(side, columns.length),
          ...playerLines(game, scene, rows.filter((row) => row.side === at)),
        ]))
      : [make("tbody", "", playerLines(game, scene, rows))];
    this.table.replaceChildren(make("thead", "", [head]), ...bodies);
  }
}

/** @param {Game} game @param {Scene} scene @param {Standing[]} rows @returns {HTMLElement[]} */
function playerLines(game, scene, rows) {
  return rows.map(({ player, cells, place }) => {
    const mine = player === scene.player;
    const member = scene.members.get(player);
    const who = make("td", "who", [nameTag(member?.nickname ?? "", game.emblem(player), mine)]);
    if (member?.kind === 1) who.append(make("span", "kind", "bot"));
    const figures = cells.map((cell) => make("td", "", String(cell)));
    return make("tr", mine ? "mine" : "", [make("td", "place", String(place)), who, ...figures]);
  });
}

/** @param {Side} side @param {number} columns @returns {HTMLElement} */
function sideLine({ name, emblem, score, mine }, columns) {
  const who = make("th", "who", [nameTag(name, emblem, false)]);
  if (mine) who.append(make("span", "kind", "your team"));
  const blanks = Array.from({ length: columns - 1 }, () => make("th"));
  return make("tr", "side", [make("th", "place"), who, make("th", "", String(score)), ...blanks]);
}

export class Scoreboard extends StandingsSheet {
  constructor() {
    super("scoreboard");
    this.wanted = false;
  }

  /** @param {Game} game @param {Scene} scene @param {Standings} standings @param {string} matchName */
  draw(game, scene, standings, matchName) {
    const shown = this.wanted && standings.results === null;
    if (shown) {
      this.head(standings.title, () => [new Text(standings.title)]);
      write(this.line, matchName);
      this.fill(game, scene, standings);
    }
    show(this.root, shown);
  }

  hide() {
    this.wanted = false;
    super.hide();
  }
}

/** The standings when the round ended: players who leave after that stay in them. */
export class FinalStandings {
  constructor() {
    /** @type {{standings: Standings, members: Scene["members"]} | null} */
    this.kept = null;
  }

  /** @param {Standings} standings @param {Scene["members"]} members */
  of(standings, members) {
    if (!standings.results) this.kept = null;
    else if (this.kept?.standings.title !== standings.title) this.kept = { standings, members: new Map(members) };
    return this.kept;
  }
}

export class Results extends StandingsSheet {
  constructor() {
    super("results");
    this.verdict = new FinalStandings();
  }

  /** @param {Game} game @param {Scene} scene @param {Standings} standings @param {boolean} last whether no round comes after it */
  draw(game, scene, standings, last) {
    const verdict = this.verdict.of(standings, scene.members);
    const seconds = standings.results?.seconds ?? null;
    if (verdict?.standings.results) {
      const { results: { winner }, sides } = verdict.standings;
      const then = { ...scene, members: verdict.members };
      const side = winner === null ? null : sides[winner] ?? null;
      const won = side ? side.mine : winner === scene.player && !sides.length;
      const content = () => (side ? sideHeadline(side) : headline(game, then, winner));
      this.head(`${standings.title} ${winner}`, content, won ? "won" : "");
      write(this.line, seconds === null ? "" : `${last ? "The match ends" : "Next round"} in ${Math.ceil(seconds)} s`);
      this.fill(game, then, verdict.standings);
    }
    show(this.root, verdict !== null);
  }
}

/** @param {Game} game @param {Scene} scene @param {number | null} winner @returns {Node[]} */
function headline(game, scene, winner) {
  if (winner === null) return [new Text("A draw")];
  if (winner === scene.player) return [new Text("You win the round")];
  const name = nameTag(scene.members.get(winner)?.nickname ?? "Somebody", game.emblem(winner), false);
  return [name, new Text(" wins the round")];
}

/** @param {Side} side @returns {Node[]} */
function sideHeadline({ name, emblem, mine }) {
  return [nameTag(name, emblem, false), new Text(mine ? ", your team, wins the round" : " wins the round")];
}
