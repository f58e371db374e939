/** Sounds for changes of the round: a pure comparison of one moment with the next. */

import { PHASES } from "./constants.js";

/** @typedef {import("../../play/contract.js").Scene} Scene */
/** @typedef {"count" | "start" | "won" | "over"} Cue */

export class RoundSounds {
  /** @param {import("./teams.js").Teams} teams */
  constructor(teams) {
    this.teams = teams;
    this.phase = -1;
    this.second = 0;
  }

  /** @param {Scene} scene @returns {Cue | null} what is due now */
  next({ latest, latestTick, tickRate }) {
    const round = latest.round?.get(0);
    if (!round) return null;
    const { phase, ends } = round;
    const second = phase === PHASES.COUNTDOWN ? Math.ceil((ends - latestTick) / tickRate) : 0;
    const before = this.phase;
    const counted = second > 0 && (second !== this.second || phase !== before);
    this.phase = phase;
    this.second = second;
    if (counted) return "count";
    if (before === -1 || before === phase) return null;
    if (phase === PHASES.PLAYING) return "start";
    if (phase === PHASES.RESULTS) return this.teams.won(round) ? "won" : "over";
    return null;
  }
}
