/** Pings from the lobby: when the next one is due, and what they say of the line. */

/** Milliseconds from one to the next. */
const INTERVAL = 2000;
/** This many come at once, one at each look at the connection, so that the first figure is a good one. */
const FIRST = 8;
/** Round trips that are remembered. */
const KEPT = 24;

export class LobbyPings {
  constructor() {
    this.count = 0;
    /** Local milliseconds. */
    this.dueAt = 0;
    /** @type {number[]} milliseconds */
    this.roundTrips = [];
  }

  /** A connection begins. */
  restart() {
    this.count = 0;
    this.roundTrips = [];
  }

  /** @param {number} now milliseconds of a ping that is sent */
  sent(now) {
    this.count += 1;
    this.dueAt = this.count < FIRST ? now : now + INTERVAL;
  }

  /** @param {number} roundTrip milliseconds */
  measured(roundTrip) {
    this.roundTrips.push(Math.max(0, roundTrip));
    if (this.roundTrips.length > KEPT) this.roundTrips.shift();
  }

  /**
   * Servers read from those in a lobby now and then, ten times a second say, so most round trips measure that more than
   * the line: the shortest of the last ones is the line's.
   * @returns {number | null} milliseconds; null before the first
   */
  get roundTrip() {
    return this.roundTrips.length ? Math.min(...this.roundTrips) : null;
  }
}
