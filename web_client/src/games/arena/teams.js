/** Teams, by the newest snapshot, and their colours and emblems. */

import { playerColour, teamColour } from "../../view/palette.js";
import { NOBODY } from "./constants.js";
import { emblem, teamEmblem } from "./hulls.js";

/** @typedef {import("../../net/schema.js").Row} Row */
/** @typedef {import("../../play/contract.js").Emblem} Emblem */

const TEAM_PLAY = "teams";
const NAMES = ["", "North", "South"];

/** @param {number} team @returns {string} */
export function teamName(team) {
  return NAMES[team] ?? "";
}

export class Teams {
  /** @param {{[key: string]: unknown}} setup of a welcome @param {number} player you */
  constructor(setup, player) {
    this.player = player;
    this.friendlyFire = setup.mode !== TEAM_PLAY || setup.friendly_fire === true;
    /** @type {Map<number, number>} by player; one who has left keeps the team in the feed */
    this.known = new Map();
  }

  /** @param {ReadonlyMap<number, Readonly<Row>>} scores of a snapshot */
  learn(scores) {
    scores.forEach(({ team }, player) => this.known.set(player, team));
  }

  /** @param {number} player @returns {number} 0 for none */
  of(player) {
    return this.known.get(player) ?? 0;
  }

  /** @returns {number} yours; 0 for none */
  get mine() {
    return this.of(this.player);
  }

  /** @param {number} player @returns {boolean} whether this is another one of your team */
  isMate(player) {
    return player !== this.player && this.areMates(player, this.player);
  }

  /** @param {number} one @param {number} other @returns {boolean} */
  areMates(one, other) {
    const team = this.of(one);
    return team !== 0 && team === this.of(other);
  }

  /** Whether a bolt passes through a ship. @param {number} owner @param {number} target @returns {boolean} */
  spares(owner, target) {
    return !this.friendlyFire && this.areMates(owner, target);
  }

  /** @param {number} player @returns {string} */
  colour(player) {
    const team = this.of(player);
    return team ? teamColour(team) : playerColour(player);
  }

  /** @param {number} player @returns {Emblem} */
  emblem(player) {
    const team = this.of(player);
    return team ? teamEmblem(team) : emblem(player);
  }

  /** @param {Readonly<Row> | undefined} round @returns {boolean} whether you, or your team, have won it */
  won(round) {
    if (!round || round.winner === NOBODY) return false;
    return round.winner === (round.teams ? this.mine : this.player);
  }
}
