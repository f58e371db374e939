/**
 * Bolts in flight: where each one is shown, and when.
 *
 * - Yours fly in your own time from the moment you fire: first as a ghost, foretold by your own ship, then as the row
 *   that the server sends for it. The server judges them against the others as you saw them, so what meets on the screen
 *   is a hit: they stop there at once, and fly on should the server not agree.
 * - Those of others fly in the others' time while they are far from you, and in yours once they are near: your ship is
 *   shown ahead of the others, and what hits it must be seen to reach it.
 */

import { BOLT_LIFETIME, BOLT_RADIUS, BOLT_SPEED, SHIP_RADIUS } from "./constants.js";
import { direction } from "./directions.js";

/** @typedef {import("../../net/schema.js").Row} Row */
/** @typedef {import("../../net/snapshot.js").Table} Table */
/** @typedef {{id: number, x: number, y: number}} Target */

/**
 * @typedef {object} Flight
 * @property {number | null} id the row's; null for a ghost
 * @property {number} owner
 * @property {number} aim
 * @property {number} x world units, as is y: where it began
 * @property {number} y
 * @property {{x: number, y: number}} way
 * @property {number} born tick, as is `reported`: the tick in its row, which starts again where areas of interest meet
 * @property {number} reported
 * @property {number} reach world units to the wall at its end
 * @property {number} ended tick in which the server ended it
 * @property {number} nearness 0 in the others' time to 1 in yours
 * @property {number} gone world units flown as shown; below 0 before the first frame
 * @property {number | null} touched tick, with a fraction, at which it was seen to hit a ship
 * @property {Set<number> | null} spared ships that it was seen to hit, and did not; null for none
 * @property {boolean} spent whether it has been seen to end at a wall
 */

/**
 * @typedef {object} Moment
 * @property {number} time ticks: of the others
 * @property {number} ownTime ticks: yours
 * @property {number} latestTick
 * @property {number} elapsed seconds
 * @property {number} player you
 * @property {Target | null} own your ship, if it lives
 * @property {Target[]} others the living ships of others
 */

/** @typedef {"flies" | "starts" | "spent" | "hits"} Seen */

const RANGE = BOLT_SPEED * BOLT_LIFETIME;
const HIT_DISTANCE = SHIP_RADIUS + BOLT_RADIUS;
/** World units from your ship: where a bolt of others is wholly in your time, and where in theirs. */
const NEAR = 140;
const FAR = 520;
/** Parts of its speed by which a bolt seems faster or slower while it goes from one time to the other. */
const MOST_FASTER = 1;
const MOST_SLOWER = 0.5;
/** Seconds for which a bolt that nobody draws is kept: others are shown no further behind. */
const UNSEEN = 1;
/** Ticks that a ghost waits for its row beyond the snapshot that should have it, and that the two may differ by. */
const GRACE = 2;

export class Flights {
  /**
   * @param {number} tickRate ticks a second
   * @param {(x: number, y: number, way: {x: number, y: number}, most: number) => number} reach world units to a wall
   * @param {(owner: number, target: number) => boolean} spares whether a bolt passes through a ship
   */
  constructor(tickRate, reach, spares = () => false) {
    this.stride = BOLT_SPEED / tickRate;
    this.tickRate = tickRate;
    this.reach = reach;
    this.spares = spares;
    /** @type {Map<number, Flight>} in the air at the server */
    this.rows = new Map();
    /** @type {Set<Flight>} everything that may still be shown */
    this.all = new Set();
    /** @type {Set<Flight>} of yours, not yet reported by the server */
    this.ghosts = new Set();
  }

  /** You fired. @param {number} player @param {number} tick @param {number} x @param {number} y @param {number} aim */
  fire(player, tick, x, y, aim) {
    const ghost = this.make(null, player, x, y, aim, tick);
    this.ghosts.add(ghost);
    return ghost;
  }

  /** @param {number} tick of a snapshot @param {Table} rows of its bolts @param {number} player you */
  arrive(tick, rows, player) {
    this.rows.forEach((flight, id) => {
      if (!rows.has(id)) this.end(id, flight, tick);
    });
    rows.forEach((row, id) => {
      const reported = unwrap(row.born, tick);
      const known = this.rows.get(id);
      if (known && (known.reported === reported || this.goesOn(known, row, reported))) return;
      if (known) this.end(id, known, tick);
      const ghost = row.owner === player ? this.ghostOf(row, reported) : null;
      const flight = ghost ?? this.make(id, row.owner, row.x, row.y, row.aim, reported);
      if (ghost) this.adopt(ghost, id, row, reported);
      this.rows.set(id, flight);
    });
    for (const ghost of this.ghosts) {
      if (ghost.born + GRACE > tick) continue;
      this.ghosts.delete(ghost);
      ghost.ended = -Infinity;
    }
    // While nothing is drawn, `advance` takes none of them away.
    const old = tick - UNSEEN * this.tickRate;
    for (const flight of this.all) if (flight.ended < old) this.all.delete(flight);
  }

  /** What flies is known from this snapshot alone: nobody sees where it began. @param {number} tick @param {Table} rows @param {number} player you */
  begin(tick, rows, player) {
    this.rows.clear();
    this.all.clear();
    this.ghosts.clear();
    this.arrive(tick, rows, player);
    for (const flight of this.all) if (flight.born < tick) flight.gone = 0;
  }

  /**
   * @param {number | null} id @param {number} owner @param {number} x @param {number} y @param {number} aim
   * @param {number} born @returns {Flight}
   */
  make(id, owner, x, y, aim, born) {
    const way = direction(aim);
    const reach = this.reach(x, y, way, RANGE);
    /** @type {Flight} */
    const flight = {
      id, owner, aim, x, y, way, born, reported: born, reach,
      ended: Infinity, nearness: NaN, gone: -1, touched: null, spared: null, spent: false,
    };
    this.all.add(flight);
    return flight;
  }

  /** @param {number} id @param {Flight} flight @param {number} tick */
  end(id, flight, tick) {
    flight.ended = tick;
    this.rows.delete(id);
  }

  /** Whether a row that starts again is the same bolt further on its way. @param {Flight} flight @param {Readonly<Row>} row @param {number} reported */
  goesOn(flight, row, reported) {
    const flown = this.stride * (reported - flight.born);
    const off = Math.abs(flight.x + flight.way.x * flown - row.x) + Math.abs(flight.y + flight.way.y * flown - row.y);
    if (row.owner !== flight.owner || row.aim !== flight.aim || off > 2) return false;
    flight.reported = reported;
    return true;
  }

  /** @param {Readonly<Row>} row @param {number} born @returns {Flight | null} */
  ghostOf(row, born) {
    let best = null;
    for (const ghost of this.ghosts) {
      const off = Math.abs(ghost.born - born);
      if (off === 0 && ghost.aim === row.aim) return ghost;
      if (off <= GRACE && (!best || off < Math.abs(best.born - born))) best = ghost;
    }
    return best;
  }

  /** A ghost has become a row. @param {Flight} ghost @param {number} id @param {Readonly<Row>} row @param {number} born */
  adopt(ghost, id, row, born) {
    this.ghosts.delete(ghost);
    ghost.id = id;
    ghost.reported = born;
    if (ghost.born === born && ghost.aim === row.aim) return;
    // It was fired a little sooner or later, or elsewhere, than foretold: an input was late.
    const way = direction(row.aim);
    Object.assign(ghost, {
      x: row.x, y: row.y, aim: row.aim, way, born, reach: this.reach(row.x, row.y, way, RANGE), touched: null,
    });
  }

  /**
   * Move everything on to a moment.
   *
   * @param {Moment} moment
   * @param {(flight: Flight, x: number, y: number, seen: Seen) => void} show called for each bolt that is to be seen
   */
  advance(moment, show) {
    this.all.forEach((flight) => this.move(flight, moment, show));
  }

  /** @param {Flight} flight @param {Moment} moment @param {(flight: Flight, x: number, y: number, seen: Seen) => void} show */
  move(flight, moment, show) {
    const time = this.timeOf(flight, moment);
    const age = time - flight.born;
    if (time >= flight.ended || age > (BOLT_LIFETIME + 1) * this.tickRate) {
      this.all.delete(flight);
      return;
    }
    if (age < 0) return;
    const before = flight.gone;
    flight.gone = Math.min(flight.reach, this.stride * age);
    const x = flight.x + flight.way.x * flight.gone;
    const y = flight.y + flight.way.y * flight.gone;
    if (flight.touched !== null) {
      // The server has judged that moment, and the bolt flies on.
      if (flight.id === null || moment.latestTick <= flight.touched + 1) return;
      flight.touched = null;
    }
    const hit = this.touch(flight, Math.max(0, before), moment);
    if (hit) {
      flight.touched = time;
      (flight.spared ??= new Set()).add(hit.id);
      show(flight, x, y, "hits");
    } else if (flight.gone < flight.reach) {
      show(flight, x, y, before < 0 ? "starts" : "flies");
    } else if (!flight.spent) {
      flight.spent = true;
      show(flight, x, y, "spent");
    }
  }

  /** @param {Flight} flight @param {Moment} moment @returns {number} the match time in which it is shown */
  timeOf(flight, { time, ownTime, elapsed, player, own }) {
    if (flight.owner === player) return ownTime;
    const lead = Math.max(0, ownTime - time);
    const gone = Math.max(0, flight.gone);
    let nearness = 0;
    if (own) {
      const away = Math.hypot(flight.x + flight.way.x * gone - own.x, flight.y + flight.way.y * gone - own.y);
      nearness = Math.max(0, Math.min(1, (FAR - away) / (FAR - NEAR)));
    }
    if (Number.isNaN(flight.nearness)) {
      flight.nearness = nearness;
    } else {
      const most = lead ? (elapsed * this.tickRate) / lead : Infinity;
      const change = Math.max(-most * MOST_SLOWER, Math.min(most * MOST_FASTER, nearness - flight.nearness));
      flight.nearness += change;
    }
    return time + lead * flight.nearness;
  }

  /**
   * @param {Flight} flight @param {number} before world units flown in the frame before @param {Moment} moment
   * @returns {Target | null} the ship that it meets in this frame
   */
  touch(flight, before, { player, own, others }) {
    if (flight.owner !== player) {
      return own && flight.nearness > 0.5 && this.meets(flight, before, own) ? own : null;
    }
    for (const target of others) if (this.meets(flight, before, target)) return target;
    return null;
  }

  /** @param {Flight} flight @param {number} before world units flown in the frame before @param {Target} target */
  meets(flight, before, target) {
    if (flight.spared?.has(target.id) || this.spares(flight.owner, target.id)) return false;
    const x = target.x - flight.x;
    const y = target.y - flight.y;
    const along = Math.max(before, Math.min(flight.gone, x * flight.way.x + y * flight.way.y));
    return Math.hypot(x - flight.way.x * along, y - flight.way.y * along) <= HIT_DISTANCE;
  }
}

/** @param {number} born modulo 256 @param {number} now the tick of the snapshot with it @returns {number} */
export function unwrap(born, now) {
  return now - ((now - born) & 0xff);
}
