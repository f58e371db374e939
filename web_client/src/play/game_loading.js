/** The loading of a game after a welcome. Messages that come meanwhile wait; a stay that is over is not begun. */

/** @typedef {import("./contract.js").GameModule} GameModule */
/** @typedef {import("./contract.js").Rules} Rules */
/** @typedef {import("../net/protocol.js").ServerMessage} ServerMessage */
/** @typedef {import("../net/read_match.js").Welcome} Welcome */
/** @typedef {{message: ServerMessage, now: number}} Early what came before the game, and when, in local milliseconds */

/** Messages that may wait: half a minute of a match. */
const MOST_EARLY = 1000;

/**
 * @typedef {object} Outcome
 * @property {(module: GameModule & {rules?: Rules}, early: readonly Early[]) => void} begin the game is there; what it throws is a failure
 * @property {(error: unknown) => void} fail the game cannot be loaded, or not begun
 */

export class GameLoading {
  /** @param {Welcome} welcome @param {(game: string) => Promise<GameModule & {rules?: Rules}>} load @param {Outcome} outcome */
  constructor(welcome, load, { begin, fail }) {
    /** @type {Early[]} */
    this.early = [];
    this.over = false;
    this.fail = (/** @type {unknown} */ error) => {
      if (this.over) return;
      this.over = true;
      fail(error);
    };
    load(welcome.match.game).then((module) => {
      if (this.over) return;
      begin(module, this.early);
      this.over = true;
    }).catch(this.fail);
  }

  /** @param {ServerMessage} message @param {number} now */
  receive(message, now) {
    if (this.early.length < MOST_EARLY) this.early.push({ message, now });
    else this.fail(new Error("the game takes too long to load"));
  }

  /** The stay has ended before it began: nothing comes of it any more, no failure either. */
  cancel() {
    this.over = true;
  }
}
