/** Whether the server has fallen silent, as far as a page can know that slept or was hidden itself. */

/** Between two looks, in milliseconds as all times here: the page itself was late, hidden or asleep. */
const LATE = 1500;

export class Silence {
  /** @param {number} now milliseconds @param {number} limit milliseconds of silence that are allowed */
  constructor(now, limit) {
    this.limit = limit;
    this.heardAt = now;
    /** By when the server has to answer; null while nothing was asked. @type {number | null} */
    this.answerBy = null;
    /** Whether the server was asked since the page itself was late. */
    this.askedLate = false;
    this.lookedAt = now;
    this.wokeAt = -Infinity;
  }

  /** A connection is being opened. @param {number} now @param {number} limit */
  begin(now, limit) {
    this.limit = limit;
    this.heardAt = now;
    this.answerBy = now + limit;
  }

  /** @param {number} now */
  heard(now) {
    this.heardAt = now;
    this.answerBy = null;
    this.askedLate = false;
  }

  /** The server was asked for something. @param {number} now @param {number} patience for the answer */
  asked(now, patience = this.limit) {
    this.answerBy = Math.min(this.answerBy ?? Infinity, now + patience);
  }

  /** @param {number} now @returns {number} for how long nothing was heard */
  lasts(now) {
    return now - this.heardAt;
  }

  /** To be called several times a second. @param {number} now @returns {boolean} whether the page itself was late for it */
  look(now) {
    const late = now - this.lookedAt > LATE;
    this.lookedAt = now;
    return late;
  }

  /**
   * What the page did not hear while it was hidden or asleep says nothing of the server, nor does an answer that has been
   * late since then: it may wait to be read. An answer that is not there a whole late look later does.
   *
   * @param {number} now @param {boolean} late whether the page itself was
   */
  isTooLong(now, late) {
    const since = Math.max(this.heardAt, this.wokeAt);
    if (late) this.wokeAt = now;
    if (late && !this.askedLate) {
      this.askedLate = true;
      this.answerBy = now + this.limit;
      return false;
    }
    return (this.answerBy !== null && now > this.answerBy) || (!late && now - since > this.limit);
  }
}
