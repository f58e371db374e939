/**
 * Inputs that the server holds: which of them need not be sent.
 *
 * Without an input for a tick the server uses the one before again (docs/PROTOCOL.md section 3). So one that is the same
 * may be left out, as soon as the server has used such a one: then nothing is on its way that could come too late, and be
 * ignored.
 */

export class HeldInput {
  constructor() {
    /** What was sent for the tick `last`, the newest for which something was. */
    this.last = 0;
    this.buttons = 0;
    this.aim = 0;
    this.behind = 0;
    /** From this tick on, the same was sent for all. */
    this.since = Infinity;
    this.ack = 0;
    /** Whether the newest input was left out. */
    this.rests = false;
    /** The first and the last tick left out, of those on end that were left out last. */
    this.from = 0;
    this.to = -1;
  }

  /** @param {number} tick @returns {boolean} whether the input for it was left out, as far as is known */
  covers(tick) {
    return tick >= this.from && (this.rests || tick <= this.to);
  }

  /** @param {number} ack the tick of the newest input that the server has used */
  used(ack) {
    this.ack = ack;
  }

  /**
   * @param {number} tick @param {number} buttons @param {number} aim
   * @param {number} behind which does not matter while nothing is pressed
   * @returns {boolean} whether this input is to be sent
   */
  take(tick, buttons, aim, behind) {
    const newer = tick > this.last;
    const same = buttons === this.buttons && aim === this.aim && (behind === this.behind || !buttons);
    if (newer && same && this.ack >= this.since) {
      if (!this.rests) this.from = tick;
      this.rests = true;
      this.to = tick;
      return false;
    }
    // What waits for older ticks is replaced, but may come too late for that: it says nothing of what is held.
    if (newer || tick === this.last) {
      if (!same || this.since === Infinity) this.since = newer ? tick : Infinity;
      this.last = tick;
      this.buttons = buttons;
      this.aim = aim;
      this.behind = behind;
    }
    this.rests = false;
    return true;
  }

  /** Inputs that were sent already are to be sent again, others perhaps. */
  takeBack() {
    this.since = Infinity;
    this.rests = false;
  }
}
