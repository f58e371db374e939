/**
 * Smoothing after a stall: entities glide from where they were extrapolated to where they really are.
 *
 * They were shown beyond the newest snapshot, or the time at which they are shown has jumped back.
 */

import { bracket } from "./interpolation.js";
import { sample } from "./sampler.js";

/** @typedef {import("../net/schema.js").Row} Row */
/** @typedef {import("../net/snapshot.js").Tables} Tables */
/** @typedef {import("../net/snapshot.js").World} World */
/** @typedef {import("./interpolation.js").Motion} Motion */

/** The time constant of the glide, milliseconds, and what is too little to be seen, in units of the lines. */
const SMOOTHING_MS = 45;
const LEAST = 0.05;
/** An error of more than this many ticks' jump is shown at once. */
const MOST_JUMPS = 2;

/** @typedef {{[field: string]: number}} Offset */

export class StallRecovery {
  /** @param {{[table: string]: Motion}} motions */
  constructor(motions) {
    this.motions = motions;
    /** @type {Map<string, Map<number, Offset>>} by table and id: what is shown less what is true */
    this.offsets = new Map(Object.keys(motions).map((table) => [table, new Map()]));
    /** @type {{time: number, newest: number, tables: Tables} | null} the frame before, if it went beyond its snapshots */
    this.guess = null;
    this.shownAt = 0;
  }

  /**
   * @param {Tables} tables as sampled at `time` @param {readonly World[]} worlds
   * @param {number} time ticks @param {number} now milliseconds
   * @returns {Tables} with what is left of the errors
   */
  show(tables, worlds, time, now) {
    const newest = worlds[worlds.length - 1].tick;
    if (this.guess && newest > this.guess.newest) {
      const then = this.guess.time;
      this.compare(this.guess.tables, then > time ? tables : sample(bracket(worlds, then), this.motions));
    }
    const fade = Math.exp(-Math.max(0, now - this.shownAt) / SMOOTHING_MS);
    this.shownAt = now;
    const shown = { ...tables };
    for (const [table, offsets] of this.offsets) if (offsets.size) shown[table] = this.glide(table, tables, fade);
    this.guess = time > newest ? { time, newest, tables: this.copy(shown) } : null;
    return shown;
  }

  /** @param {Tables} tables valid until the next frame @returns {Tables} what moves, valid for longer */
  copy(tables) {
    return Object.fromEntries(Object.keys(this.motions).map((table) => [
      table, new Map(Array.from(tables[table] ?? [], ([id, row]) => [id, { ...row }])),
    ]));
  }

  /** @param {Tables} tables as shown @param {Tables} truth as they should have been */
  compare(tables, truth) {
    for (const [table, { lines, jump, breaks }] of Object.entries(this.motions)) {
      /** @type {Map<number, Offset>} */
      const offsets = new Map();
      for (const [id, row] of tables[table] ?? []) {
        const right = truth[table]?.get(id);
        if (!right || breaks?.(row, right) || breaks?.(right, row)) continue;
        const errors = lines.map((field) => row[field] - right[field]);
        if (errors.some((error) => Math.abs(error) > jump * MOST_JUMPS)) continue;
        if (errors.some((error) => Math.abs(error) > LEAST)) {
          offsets.set(id, Object.fromEntries(lines.map((field, index) => [field, errors[index]])));
        }
      }
      this.offsets.set(table, offsets);
    }
  }

  /** @param {string} table @param {Tables} tables @param {number} fade @returns {Map<number, Readonly<Row>>} */
  glide(table, tables, fade) {
    const rows = new Map(tables[table]);
    const offsets = this.offsets.get(table) ?? new Map();
    for (const [id, offset] of offsets) {
      const row = rows.get(id);
      if (!row) {
        offsets.delete(id);
        continue;
      }
      const moved = { ...row };
      let left = 0;
      for (const field of Object.keys(offset)) {
        offset[field] *= fade;
        moved[field] += offset[field];
        left = Math.max(left, Math.abs(offset[field]));
      }
      rows.set(id, moved);
      if (left < LEAST) offsets.delete(id);
    }
    return rows;
  }
}
