/** Match time as the client knows it: the server's from pings, and the client's own lead over it from `depth`. */

const SAMPLES = 12;
const MAX_SLEW = 0.02;
const JUMP_SECONDS = 0.5;
/** Ticks by which the estimates of two pings may differ beyond what their round trips explain. */
const TOLERANCE = 1;
/** Milliseconds beyond the usual round trip. */
const LATE_ANSWER_MS = 250;

/** @typedef {{rtt: number, offset: number}} Sample `rtt` in milliseconds, `offset` in ticks */

/**
 * Round trips, and match time at the server now. Local times are milliseconds of a clock that should not jump; when it
 * does all the same (a laptop that slept), or the server has dropped ticks, pings contradict each other, and the older
 * ones are forgotten.
 */
export class MatchClock {
  /** @param {number} tickRate ticks a second */
  constructor(tickRate) {
    this.perMs = tickRate / 1000;
    /** @type {Sample[]} */
    this.samples = [];
    this.rttMs = 0;
    this.jitterMs = 0;
    this.offset = 0;
    this.slewedAt = 0;
    this.latest = -Infinity;
  }

  get synchronised() {
    return this.samples.length > 0;
  }

  /**
   * @param {number} sentAt milliseconds
   * @param {number} now milliseconds
   * @param {number} matchTime ticks, at the server when it answered
   */
  pong(sentAt, now, matchTime) {
    const rtt = now - sentAt;
    if (!(rtt >= 0)) return;
    const sample = { rtt, offset: matchTime - ((sentAt + now) / 2) * this.perMs };
    if (this.synchronised && this.contradicts(sample)) {
      const usual = this.best().rtt;
      if (rtt > usual + LATE_ANSWER_MS) {
        // It waited at a server that stalled, most likely, and came back in the usual time.
        sample.rtt = usual;
        sample.offset = matchTime - (now - usual / 2) * this.perMs;
      }
      this.samples = [];
      this.latest = -Infinity;
    }
    const first = !this.synchronised;
    this.jitterMs = first ? 0 : this.jitterMs + (Math.abs(rtt - this.rttMs) - this.jitterMs) / 8;
    this.rttMs = first ? rtt : this.rttMs + (rtt - this.rttMs) / 4;
    this.samples.push(sample);
    if (this.samples.length > SAMPLES) this.samples.shift();
    if (first) this.set(sample.offset, now);
  }

  /** The truth is within half a round trip of every estimate. @param {Sample} sample */
  contradicts(sample) {
    const best = this.best();
    return Math.abs(sample.offset - best.offset) > ((sample.rtt + best.rtt) / 2) * this.perMs + TOLERANCE;
  }

  /** The shortest of several round trips is the one that waited least: its middle is nearest to the truth. */
  best() {
    return this.samples.reduce((best, sample) => (sample.rtt < best.rtt ? sample : best));
  }

  /** @returns {number} ticks of match time that a message takes one way */
  get oneWay() {
    return this.synchronised ? (this.best().rtt / 2) * this.perMs : 0;
  }

  /** Nothing comes from the future: at least this tick is over at the server. @param {number} tick @param {number} now */
  atLeast(tick, now) {
    if (this.synchronised && tick > now * this.perMs + this.offset + TOLERANCE) this.jump(tick, now);
  }

  /** The server's time has jumped, back perhaps: a snapshot of this tick has just come. @param {number} tick @param {number} now */
  jump(tick, now) {
    if (!this.synchronised) return;
    const { rtt } = this.best();
    this.samples = [{ rtt, offset: tick - (now - rtt / 2) * this.perMs }];
    this.set(this.samples[0].offset, now);
    this.latest = -Infinity;
  }

  /** @param {number} offset @param {number} now */
  set(offset, now) {
    this.offset = offset;
    this.slewedAt = now;
  }

  /**
   * @param {number} now milliseconds
   * @returns {number} ticks, with a fraction; it never runs backwards and is slewed by at most 2 %, but for a jump
   *   forward when it is more than half a second behind, or when the local clock or the server's has jumped
   */
  time(now) {
    if (!this.synchronised) return 0;
    const elapsed = Math.max(0, now - this.slewedAt) * this.perMs;
    this.slewedAt = now;
    const error = this.best().offset - this.offset;
    const reach = error > JUMP_SECONDS * 1000 * this.perMs ? Infinity : elapsed * MAX_SLEW;
    this.offset += Math.max(-elapsed * MAX_SLEW, Math.min(reach, error));
    this.latest = Math.max(this.latest, now * this.perMs + this.offset);
    return this.latest;
  }
}

const LEAST_TARGET = 1.5;
const MOST_TARGET = 8;
/** What a dry spell adds to the target, what one in which inputs came too late adds to that, and what a second without
 * one takes away; ticks. */
const DRY = 0.25;
const LATE = 0.25;
const RELIEF_PER_SECOND = 0.15;
/** Milliseconds of lateness that a stall does not explain: the way has become longer, and stretching is too slow. */
const PATIENCE = 400;
const STRIDE = 2;

/**
 * The time at which the player acts, in ticks: ahead of the server by the way there and a short wait in its buffer.
 *
 * The step is stretched by at most 2 % so that the mean of `depth` goes to a target, which rises when the buffer runs
 * dry and sinks slowly again (the idea is Overwatch's: T. Ford, "Overwatch Gameplay Architecture and Netcode", 2017).
 */
export class InputClock {
  /** @param {number} tickRate ticks a second */
  constructor(tickRate) {
    this.tickRate = tickRate;
    this.perMs = tickRate / 1000;
    this.time = 0;
    this.advancedAt = 0;
    this.started = false;
    this.target = LEAST_TARGET;
    this.depth = LEAST_TARGET;
    this.dry = false;
    /** @type {number | null} milliseconds; since when inputs have come too late */
    this.lateSince = null;
  }

  /** @param {number} time ticks @param {number} now milliseconds */
  start(time, now) {
    this.time = time;
    this.advancedAt = now;
    this.started = true;
    this.depth = this.target;
    this.dry = false;
    this.lateSince = null;
  }

  /**
   * What the server says of a tick for which an input was sent.
   *
   * @param {number} depth inputs waiting at the server @param {boolean} late whether this tick's input was not there
   * @param {number} now milliseconds
   * @returns {boolean} whether time has just skipped ahead, since inputs keep coming too late
   */
  report(depth, late, now) {
    this.depth += (depth - this.depth) / 10;
    if (depth > 0) {
      this.dry = false;
      this.lateSince = null;
      this.target = Math.max(LEAST_TARGET, this.target - RELIEF_PER_SECOND / this.tickRate);
      return false;
    }
    if (!this.dry) this.target = Math.min(MOST_TARGET, this.target + DRY);
    this.dry = true;
    if (!late) {
      this.lateSince = null;
      return false;
    }
    if (this.lateSince === null) {
      this.lateSince = now;
      this.target = Math.min(MOST_TARGET, this.target + LATE);
    }
    // Snapshots that a stall held back come all at once, so that it lasts no time at all by the local clock.
    if (now - this.lateSince < PATIENCE) return false;
    this.lateSince = now;
    this.time += STRIDE;
    return true;
  }

  /** @returns {number} how much faster than the server's the clock runs: -0.02 to 0.02 */
  get stretch() {
    return Math.max(-MAX_SLEW, Math.min(MAX_SLEW, (this.target - this.depth) * 0.02));
  }

  /** @param {number} now milliseconds @returns {number} ticks, with a fraction */
  advance(now) {
    const elapsed = Math.max(0, now - this.advancedAt) * this.perMs;
    this.advancedAt = now;
    this.time += elapsed * (1 + this.stretch);
    return this.time;
  }
}
