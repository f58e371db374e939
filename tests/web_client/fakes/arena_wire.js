/** The fight of fight.js as the server sends it: a schema of the arena, and the records of snapshots. */

import { little } from "../net/toy.js";
import { worldAt } from "./fight.js";

/** @typedef {[name: string, width: number, offset: number, step: number]} WireField */
/** @typedef {{[field: string]: number}} Row */

/** @type {WireField[]} */
const PLACE = [["x", 2, 0, 0.25], ["y", 2, 0, 0.25]];
/** @param {{[field: string]: number}} widths @returns {WireField[]} */
const whole = (widths) => Object.entries(widths).map(([name, width]) => [name, width, 0, 1]);

/** @type {[number: number, name: string, fields: WireField[]][]} */
const TABLES = [
  [1, "ship", [...PLACE, ...whole({ aim: 1, health: 1, flags: 1, team: 1 })]],
  [2, "bolt", [...PLACE, ...whole({ aim: 2, owner: 2, born: 1 })]],
  [3, "pickup", [...PLACE, ...whole({ kind: 1 })]],
  [4, "score", whole({ kills: 1, deaths: 1, team: 1 })],
  [5, "round", whole({ phase: 1, ends: 4, number: 2, winner: 2, teams: 1 })],
  [6, "team", whole({ kills: 2 })],
];
const OWN = [
  ...["x", "y", "vx", "vy"].map((name) => [name, "f8"]),
  ...["dash_wait", "fire_wait", "dash_aim", "rapid_left", "shield_left", "respawn_wait"].map((name) => [name, "u2"]),
  ...["dash_left", "alive"].map((name) => [name, "u1"]),
];
export const KILL = 16;
export const HIT = 17;

export const ARENA_SCHEMA = [
  TABLES, OWN, [[KILL, "kill", ["killer", "victim"]], [HIT, "hit", ["attacker", "victim", "damage", "x", "y"]]],
];

/** @param {number} id @param {Row} row @param {WireField[]} fields @returns {number[]} the record of a whole row */
function record(id, row, fields) {
  const values = fields.flatMap(([name, width, offset, step]) => little(Math.round((row[name] - offset) / step), width));
  return [...little(id, 2), 2 ** fields.length - 1, ...values];
}

/** @param {Row} a @param {Row} b */
const isSame = (a, b) => Object.keys(b).every((field) => a[field] === b[field]);

/** Ticks after which bolts are as they were: `born` is sent modulo 256, and a seat's bolts take turns of 48. */
const CYCLE = 768;

export class FightOnTheWire {
  /** @param {number} seats */
  constructor(seats) {
    this.seats = seats;
    /** @type {ReturnType<typeof worldAt>[]} */
    this.worlds = Array.from({ length: CYCLE }, (_, tick) => worldAt(tick, seats));
    /** @type {(number | Uint8Array)[][]} what changes from the tick before */
    this.changes = this.worlds.map((world, tick) => this.tables(world, this.worlds[(tick + CYCLE - 1) % CYCLE]));
  }

  /** @param {number} tick @param {boolean} keyframe @returns {(number | Uint8Array)[]} tables of a snapshot, with their numbers */
  snapshot(tick, keyframe) {
    return keyframe ? this.tables(this.worlds[tick % CYCLE], null) : this.changes[tick % CYCLE];
  }

  /** @param {number} tick @returns {Uint8Array} */
  own(tick) {
    const row = /** @type {Row} */ (this.worlds[tick % CYCLE].own);
    const bytes = new Uint8Array(46);
    const view = new DataView(bytes.buffer);
    let at = 0;
    for (const [name, code] of OWN) {
      if (code === "f8") view.setFloat64(at, row[name], true);
      else if (code === "u2") view.setUint16(at, row[name], true);
      else view.setUint8(at, row[name]);
      at += Number(code[1]);
    }
    return bytes;
  }

  /** @param {ReturnType<typeof worldAt>} world @param {ReturnType<typeof worldAt> | null} before null for all of it */
  tables(world, before) {
    const now = /** @type {{[table: string]: Map<number, Row>}} */ (world.tables);
    const then = /** @type {{[table: string]: Map<number, Row>}} */ (before?.tables ?? {});
    return TABLES.flatMap(([number, name, fields]) => {
      const gone = [...(then[name]?.keys() ?? [])].filter((id) => !now[name].has(id));
      const changed = [...now[name]].filter(([id, row]) => !isSame(then[name]?.get(id) ?? {}, row));
      const records = [...gone.flatMap((id) => [...little(id, 2), 0]), ...changed.flatMap(([id, row]) => record(id, row, fields))];
      return records.length ? [number, new Uint8Array(records)] : [];
    });
  }
}
