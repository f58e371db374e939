/** A rate per second, of a total that grows. */

export class Rate {
  constructor() {
    this.total = 0;
    this.perSecond = 0;
    this.from = 0;
    this.at = 0;
  }

  /** @param {number} total so far @param {number} now milliseconds; the figure changes about once a second */
  update(total, now) {
    if (total < this.from || !this.at) {
      this.from = total;
      this.at = now;
    } else if (now - this.at >= 1000) {
      this.perSecond = ((total - this.from) * 1000) / (now - this.at);
      this.from = total;
      this.at = now;
    }
  }
}
