/**
 * Positions of all entities at a moment between two snapshots.
 *
 * A sampler keeps one row and one track for each entity that moves. A track is made when the snapshots around the moment
 * change, some 30 times a second; each frame then follows it, and writes the row in place. So the tables of a sampler, and
 * the rows in them, are valid until its next sample: who needs one for longer copies it.
 */

import { bend, blendTurn, hermite, isBreak } from "./interpolation.js";

/** @typedef {import("../net/schema.js").Row} Row */
/** @typedef {import("../net/snapshot.js").World} World */
/** @typedef {import("../net/snapshot.js").Table} Table */
/** @typedef {import("../net/snapshot.js").Tables} Tables */
/** @typedef {import("./interpolation.js").Bracket} Bracket */
/** @typedef {import("./interpolation.js").Motion} Motion */

/**
 * @param {Bracket} moment
 * @param {{[table: string]: Motion}} motions tables that are not named are taken as they stand
 * @returns {Tables} with rows of their own, valid for ever
 */
export function sample(moment, motions) {
  return new Sampler(motions).sample(moment);
}

export class Sampler {
  /** @param {{[table: string]: Motion}} motions tables that are not named are taken as they stand */
  constructor(motions) {
    /** @type {[table: string, rows: MovingTable][]} */
    this.moving = Object.entries(motions).map(([table, motion]) => [table, new MovingTable(table, motion)]);
  }

  /**
   * @param {Bracket} moment
   * @returns {Tables} what is to be seen, valid until the next call: an entity enters and goes at the tick of the snapshot
   *   that says so
   */
  sample(moment) {
    const { from, to, fraction } = moment;
    const standing = fraction >= 1 ? to : from;
    /** @type {{[table: string]: Table}} */
    const tables = { ...standing.tables };
    if (from === to) return tables;
    for (const [name, moving] of this.moving) {
      const table = standing.tables[name];
      if (table) tables[name] = moving.follow(moment, table);
    }
    return tables;
  }
}

class MovingTable {
  /** @param {string} name @param {Motion} motion */
  constructor(name, motion) {
    this.name = name;
    this.motion = motion;
    /** @type {Map<number, Track>} by entity, of those in `rows` */
    this.tracks = new Map();
    /** @type {Map<number, Readonly<Row>>} */
    this.rows = new Map();
    /** The moment that the tracks were made for. @type {Bracket | null} */
    this.made = null;
  }

  /** @param {Bracket} moment @param {Table} standing @returns {Table} the rows at that moment */
  follow(moment, standing) {
    if (!this.made || !isAlike(this.made, moment)) this.make(moment, standing);
    const { fraction } = moment;
    this.tracks.forEach((track) => track.follow(fraction));
    return this.rows;
  }

  /** @param {Bracket} moment @param {Table} standing */
  make(moment, standing) {
    this.made = moment;
    standing.forEach((row, id) => {
      let track = this.tracks.get(id);
      if (!track) {
        track = new Track(this.motion);
        this.tracks.set(id, track);
      }
      this.rows.set(id, track.lead(moment, this.name, id, row) ? track.row : row);
    });
    if (this.rows.size === standing.size) return;
    for (const id of this.rows.keys()) {
      if (standing.has(id)) continue;
      this.rows.delete(id);
      this.tracks.delete(id);
    }
  }
}

/** @param {Bracket} a @param {Bracket} b @returns {boolean} whether the same tracks lead through both */
function isAlike(a, b) {
  return a.from === b.from && a.to === b.to && a.before === b.before && a.after === b.after
    && a.fraction >= 1 === b.fraction >= 1;
}

/** Parts of a line's curve in `Track.curves`. */
const CURVE = 4;
/** Parts of a turn in `Track.turns`. */
const TURN = 2;

/** The way of one entity between two snapshots. Figures of a row are read here alone: each read of one makes an object. */
class Track {
  /** @param {Motion} motion */
  constructor(motion) {
    this.motion = motion;
    this.turning = Object.keys(motion.turns);
    /** @type {Row} */
    this.row = {};
    /** Fields that neither go along a line nor turn. @type {string[] | null} */
    this.still = null;
    /** Whether there is something to move between. */
    this.leads = false;
    /** Of each line: where it begins, its slope there, where it ends, and its slope there; slopes times the ticks between. */
    this.curves = new Float64Array(motion.lines.length * CURVE);
    /** Of each turn: where it begins and ends. */
    this.turns = new Float64Array(this.turning.length * TURN);
  }

  /**
   * @param {Bracket} moment @param {string} table @param {number} id
   * @param {Readonly<Row>} standing of which fields that do not move are taken
   * @returns {boolean} whether the entity moves; if not it is where it stands
   */
  lead({ before, from, to, after, fraction }, table, id, standing) {
    const { motion, curves, turns } = this;
    const start = from.tables[table]?.get(id);
    const end = to.tables[table]?.get(id);
    const ticks = to.tick - from.tick;
    this.leads = start !== undefined && end !== undefined && start !== end && !isBreak(start, end, ticks, motion);
    if (!this.leads || !start || !end) return false;
    this.still ??= Object.keys(standing).filter((field) => !motion.lines.includes(field) && !(field in motion.turns));
    for (let at = 0; at < this.still.length; at += 1) this.row[this.still[at]] = standing[this.still[at]];
    for (let at = 0; at < this.turning.length; at += 1) {
      turns[at * TURN] = start[this.turning[at]];
      turns[at * TURN + 1] = end[this.turning[at]];
    }
    // Beyond the newest snapshot the way goes on as a line.
    const earlier = fraction < 1 ? neighbour(before, table, id, start, from.tick, motion) : null;
    const later = fraction < 1 ? neighbour(after, table, id, end, to.tick, motion) : null;
    const sooner = before ? from.tick - before.tick : 0;
    const further = after ? after.tick - to.tick : 0;
    for (let at = 0; at < motion.lines.length; at += 1) {
      const field = motion.lines[at];
      const begin = start[field];
      const stop = end[field];
      const slope = (stop - begin) / ticks;
      const in_ = earlier ? bend((begin - earlier[field]) / sooner, sooner, slope, ticks) : slope;
      const out = later ? bend(slope, ticks, (later[field] - stop) / further, further) : slope;
      curves[at * CURVE] = begin;
      curves[at * CURVE + 1] = in_ * ticks;
      curves[at * CURVE + 2] = stop;
      curves[at * CURVE + 3] = out * ticks;
    }
    return true;
  }

  /** Write the row as it is at a moment. @param {number} fraction of the way; above 1 beyond the newest world */
  follow(fraction) {
    if (!this.leads) return;
    const { row, turning, turns, curves, motion: { lines, turns: wholes } } = this;
    for (let at = 0; at < turning.length; at += 1) {
      row[turning[at]] = blendTurn(turns[at * TURN], turns[at * TURN + 1], Math.min(1, fraction), wholes[turning[at]]);
    }
    for (let at = 0; at < lines.length; at += 1) {
      const begin = curves[at * CURVE];
      const end = curves[at * CURVE + 2];
      row[lines[at]] = fraction >= 1
        ? begin + (end - begin) * fraction
        : hermite(begin, curves[at * CURVE + 1], end, curves[at * CURVE + 3], fraction);
    }
  }
}

/**
 * @param {World | null} world @param {string} table @param {number} id
 * @param {Readonly<Row>} row at `tick` @param {number} tick @param {Motion} motion
 * @returns {Readonly<Row> | null} the entity in a world beside its row; null if it jumped between
 */
function neighbour(world, table, id, row, tick, motion) {
  const other = world?.tables[table]?.get(id);
  if (!world || !other) return null;
  const ticks = Math.abs(tick - world.tick);
  const broken = world.tick < tick ? isBreak(other, row, ticks, motion) : isBreak(row, other, ticks, motion);
  return broken ? null : other;
}
