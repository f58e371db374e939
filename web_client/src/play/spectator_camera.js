/** The camera of a spectator: the player whom it follows, or the whole world. */

import { NO_PLAYER, follow } from "../net/requests.js";

/** @typedef {import("./contract.js").Actor} Actor */

/** World units around a ship within which a press selects it. */
const REACH = 90;

export class SpectatorCamera {
  /** @param {(bytes: Uint8Array<ArrayBuffer>) => void} send */
  constructor(send) {
    this.send = send;
    /** @type {number | null} null for the whole world */
    this.followed = null;
  }

  /**
   * A stay begins, or begins again: follow the same player as before, if present, and send that to the server.
   *
   * @param {ReadonlySet<number>} present those who have a seat
   */
  arrive(present) {
    const { followed } = this;
    if (followed === null) return;
    this.followed = present.has(followed) ? followed : null;
    this.send(follow(this.followed ?? NO_PLAYER));
  }

  /** @param {number | null} player */
  choose(player) {
    if (player === this.followed) return;
    this.followed = player;
    this.send(follow(player ?? NO_PLAYER));
  }

  /** @param {readonly number[]} players who may be followed @param {number} step 1 the next, -1 the one before */
  turn(players, step) {
    if (!players.length) return;
    const at = this.followed === null ? -1 : players.indexOf(this.followed);
    const next = at < 0 ? (step > 0 ? 0 : players.length - 1) : (at + step + players.length) % players.length;
    this.choose(players[next]);
  }

  /**
   * A press on the field: the ship there; or, of none, the next player.
   *
   * @param {{x: number, y: number}} place world units @param {readonly Actor[]} actors @param {readonly number[]} players
   */
  press({ x, y }, actors, players) {
    /** @param {Actor} actor */
    const far = (actor) => Math.hypot(actor.x - x, actor.y - y);
    const nearest = actors.filter(({ alive }) => alive).sort((a, b) => far(a) - far(b))[0];
    if (nearest && far(nearest) <= REACH) this.choose(nearest.id);
    else this.turn(players, 1);
  }

  /** @param {ReadonlySet<number>} present those who have a seat; a player without one is not followed any longer */
  keep(present) {
    if (this.followed !== null && !present.has(this.followed)) this.choose(null);
  }
}
