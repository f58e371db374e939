/**
 * Exponential back-off with full jitter: a wait is uniform between half a step and the whole step, and steps double.
 * Half a step at least, so that a server that comes back is not met by everybody in the same instant, nor hammered.
 */

const FIRST = 0.3;
const CEILING = 5;

export class Backoff {
  /** @param {() => number} random uniform in [0, 1) */
  constructor(random = Math.random) {
    this.random = random;
    this.attempts = 0;
  }

  /**
   * @param {number} patience seconds to wait at least
   * @param {number} ceiling seconds; no step is longer
   * @returns {number} seconds to wait before the next attempt
   */
  next(patience = 0, ceiling = CEILING) {
    const step = Math.min(ceiling, FIRST * 2 ** this.attempts);
    this.attempts += 1;
    return patience + step * (0.5 + 0.5 * this.random());
  }

  /** To be called once a connection has proved itself. */
  reset() {
    this.attempts = 0;
  }
}
