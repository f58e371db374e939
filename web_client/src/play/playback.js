/**
 * The moment of match time at which others are shown: far enough behind the snapshots that the next one is there.
 *
 * Each snapshot is as late as it lags the earliest of the last seconds. The delay is one interval, the lateness that
 * nine of ten stay under, and a margin: two intervals on a good link, more on a bad one.
 */

const WINDOW_SECONDS = 3;
const MARGIN = 0.75;
const LEAST_DELAY = 2;
const MOST_DELAY = 12;
const FALL_PER_SECOND = 0.5;
const MAX_SLEW = 0.05;
const JUMP_TICKS = 10;

export class Playback {
  /** @param {number} tickRate ticks a second */
  constructor(tickRate) {
    this.tickRate = tickRate;
    this.perMs = tickRate / 1000;
    /** @type {{at: number, lead: number}[]} lead: the tick less the local time in ticks */
    this.arrivals = [];
    this.earliest = 0;
    this.delay = LEAST_DELAY;
    this.time = 0;
    this.advancedAt = 0;
    this.started = false;
  }

  /** @param {number} tick of a snapshot @param {number} now milliseconds */
  arrive(tick, now) {
    this.arrivals.push({ at: now, lead: tick - now * this.perMs });
    while (this.arrivals[0].at < now - WINDOW_SECONDS * 1000) this.arrivals.shift();
    this.earliest = -Infinity;
    for (const { lead } of this.arrivals) if (lead > this.earliest) this.earliest = lead;
    const late = this.arrivals.map(({ lead }) => this.earliest - lead).sort((a, b) => a - b);
    const usual = late[Math.floor((late.length - 1) * 0.9)];
    const wanted = Math.min(MOST_DELAY, Math.max(LEAST_DELAY, 1 + usual + MARGIN));
    this.delay = Math.max(wanted, this.delay - FALL_PER_SECOND / this.tickRate);
  }

  get delayMs() {
    return this.delay / this.perMs;
  }

  /** @param {number} now milliseconds @returns {number} ticks, with a fraction; it never runs backwards */
  advance(now) {
    const wanted = now * this.perMs + this.earliest - this.delay;
    const elapsed = Math.max(0, now - this.advancedAt) * this.perMs;
    this.advancedAt = now;
    const error = wanted - (this.time + elapsed);
    if (!this.started || error > JUMP_TICKS) {
      this.started = true;
      this.time = wanted;
    } else if (error > -JUMP_TICKS) {
      this.time += elapsed * (1 + Math.max(-MAX_SLEW, Math.min(MAX_SLEW, error * 0.1)));
    }
    return this.time;
  }
}
