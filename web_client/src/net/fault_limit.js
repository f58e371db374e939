/** Counts the faults of this page: one that fails again and again should not reconnect by itself. */

/** Milliseconds in which so few faults may come. */
const WINDOW = 60_000;
const MOST = 3;

export class FaultLimit {
  constructor() {
    /** @type {number[]} milliseconds of the last faults */
    this.times = [];
  }

  /** @param {number} now milliseconds @returns {boolean} whether that was one too many */
  add(now) {
    this.times = [...this.times.filter((at) => at > now - WINDOW), now];
    return this.times.length >= MOST;
  }
}
