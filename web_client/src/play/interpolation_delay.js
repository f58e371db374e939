/**
 * The interpolation delay: how far in the past other players are shown, so that the next snapshot is always there.
 *
 * A snapshot's lead is its tick less the local time; the earliest of the last seconds has the greatest. Others are shown
 * at a point behind it by one interval, the lateness that nine of ten stay under, and a margin: two intervals on a good
 * link, more on a bad one. The point goes back at once when more is needed, and forward slowly when less will do.
 */

const WINDOW_SECONDS = 3;
/** Snapshots that count, however long ago they came: few come while nothing is new. */
const LEAST_ARRIVALS = 30;
const USUAL = 0.9;
const MARGIN = 0.75;
/** Ticks. */
const LEAST_DELAY = 2;
const MOST_DELAY = 8;
/** Ticks a second at which the delay sinks. */
const RELIEF = 0.8;
/** Parts of real time by which the shown time runs faster or slower to get to its point. */
const FASTER = 0.03;
const SLOWER = 0.06;
const JUMP_TICKS = 10;
/** Milliseconds for which every snapshot is later than any delay could make up for: then that will last. */
const SHIFT = 150;
/** Milliseconds from the first snapshot in which the point goes where it should be at once. */
const SETTLING = 1000;

export class InterpolationDelay {
  /** @param {number} tickRate ticks a second */
  constructor(tickRate) {
    this.tickRate = tickRate;
    this.perMs = tickRate / 1000;
    /** @type {{at: number, lead: number}[]} */
    this.arrivals = [];
    this.earliest = -Infinity;
    this.freshAt = 0;
    /** Milliseconds since when every snapshot is too late; null while one is not. @type {number | null} */
    this.lateSince = null;
    /** The least lead of one that is not; it stays while they are. */
    this.due = -Infinity;
    /** Whether the next moment may lie before the last. */
    this.back = false;
    this.point = 0;
    this.time = 0;
    this.advancedAt = 0;
    this.started = false;
  }

  /**
   * @param {number} tick of a snapshot @param {number} now milliseconds
   * @returns {boolean} whether match time has jumped back: the server has stalled and dropped ticks. Held up by the
   *   network alone, snapshots come in one burst, of which the last is not late
   */
  arrive(tick, now) {
    const lead = tick - now * this.perMs;
    // Nothing is a second earlier than the earliest: the local clock has stood still while the machine slept.
    if (lead > this.earliest + this.tickRate) this.arrivals = [];
    if (this.lateSince === null) this.due = this.earliest - MOST_DELAY;
    this.lateSince = lead < this.due ? (this.lateSince ?? now) : null;
    const jumped = this.lateSince !== null && now - this.lateSince >= SHIFT;
    if (jumped) {
      this.forget();
      this.lateSince = null;
      this.back = true;
    }
    const { arrivals } = this;
    const fresh = arrivals.length === 0;
    const relief = fresh ? 0 : ((now - arrivals[arrivals.length - 1].at) / 1000) * RELIEF;
    arrivals.push({ at: now, lead });
    while (arrivals.length > LEAST_ARRIVALS && arrivals[0].at < now - WINDOW_SECONDS * 1000) arrivals.shift();
    this.earliest = arrivals.reduce((most, arrival) => Math.max(most, arrival.lead), -Infinity);
    // What is later than any delay could make up for says nothing of the delay that is needed.
    const late = arrivals.map((arrival) => this.earliest - arrival.lead).filter((by) => by <= MOST_DELAY);
    const usual = late.sort((a, b) => a - b)[Math.floor((late.length - 1) * USUAL)];
    const delay = Math.min(MOST_DELAY, Math.max(LEAST_DELAY, 1 + usual + MARGIN));
    const wanted = this.earliest - delay;
    if (fresh) this.freshAt = now;
    if (now - this.freshAt < SETTLING) {
      // The first snapshots of a stay are held up by all that begins then, and say little of the link.
      if (wanted > this.point + 1) this.restart();
      this.point = wanted;
    } else {
      this.point = Math.max(this.earliest - MOST_DELAY, Math.min(wanted, this.point + relief));
    }
    return jumped;
  }

  /** @returns {number} ticks from the earliest snapshots to what is shown */
  get delay() {
    return this.arrivals.length ? this.earliest - this.point : LEAST_DELAY;
  }

  /** @param {number} now milliseconds @returns {number} the tick whose snapshot would come now, if it came early */
  newest(now) {
    return now * this.perMs + this.earliest;
  }

  get delayMs() {
    return this.delay / this.perMs;
  }

  /** The next moment is shown as it should be, without a way there: after a pause. */
  restart() {
    this.started = false;
  }

  /** The page has stood still: what came meanwhile was late by its own fault, and says nothing of the link. */
  forget() {
    this.arrivals = [];
    this.restart();
  }

  /** @param {number} now milliseconds @returns {number} ticks, with a fraction; it runs backwards only when match time has */
  advance(now) {
    const wanted = now * this.perMs + this.point;
    const elapsed = Math.max(0, now - this.advancedAt) * this.perMs;
    this.advancedAt = now;
    const error = wanted - (this.time + elapsed);
    if (!this.started || Math.abs(error) > JUMP_TICKS) {
      this.time = this.back || error < -JUMP_TICKS ? wanted : Math.max(this.time, wanted);
      this.started = true;
      this.back = false;
    } else {
      this.time += elapsed * (1 + Math.max(-SLOWER, Math.min(FASTER, error * 0.1)));
    }
    return this.time;
  }
}
