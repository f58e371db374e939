/** Where everything was at a moment between two snapshots: pure functions over a buffer of worlds. */

/** @typedef {import("../net/schema.js").Row} Row */
/** @typedef {import("../net/snapshot.js").World} World */
/** @typedef {import("../net/snapshot.js").Table} Table */
/** @typedef {import("../net/snapshot.js").Tables} Tables */

/**
 * How the rows of a table move. Fields that are not named keep the value of the older snapshot.
 *
 * @typedef {object} Motion
 * @property {string[]} lines fields that go in a straight line
 * @property {{[field: string]: number}} turns fields that turn, with the size of a whole turn; they go the short way
 * @property {number} jump a change of a line by more than this in one tick is a jump: nothing was in between
 */

/**
 * @typedef {object} Bracket
 * @property {World} from the newest world at or before the moment, or the oldest there is
 * @property {World} to the world after it; the same as `from` when there is none
 * @property {number} fraction of the way from one to the other; above 1 beyond the newest world
 */

/** Ticks beyond the newest snapshot for which motion is carried on before it stands still. */
export const MAX_EXTRAPOLATION = 3;

/**
 * @param {readonly World[]} worlds in the order of their ticks, one at least
 * @param {number} time ticks
 * @returns {Bracket}
 */
export function bracket(worlds, time) {
  const last = worlds.length - 1;
  if (time >= worlds[last].tick) {
    const to = worlds[last];
    const from = worlds[Math.max(0, last - 1)];
    const span = to.tick - from.tick;
    if (!span) return { from: to, to, fraction: 0 };
    return { from, to, fraction: 1 + Math.min(time - to.tick, MAX_EXTRAPOLATION) / span };
  }
  let index = last - 1;
  while (index > 0 && worlds[index].tick > time) index -= 1;
  const from = worlds[Math.max(0, index)];
  const to = worlds[Math.min(last, Math.max(0, index) + 1)];
  if (from === to || time <= from.tick) return { from, to: from, fraction: 0 };
  return { from, to, fraction: (time - from.tick) / (to.tick - from.tick) };
}

/**
 * @param {Bracket} moment
 * @param {{[table: string]: Motion}} motions tables that are not named are taken as they stand
 * @returns {Tables} what is to be seen: an entity enters and goes at the tick of the snapshot that says so
 */
export function sample(moment, motions) {
  const { from, to, fraction } = moment;
  const standing = fraction >= 1 ? to : from;
  /** @type {{[table: string]: Table}} */
  const tables = { ...standing.tables };
  if (from === to) return tables;
  for (const [name, motion] of Object.entries(motions)) {
    const table = standing.tables[name];
    if (!table) continue;
    /** @type {Map<number, Row>} */
    const moved = new Map();
    for (const [id, row] of table) {
      const before = from.tables[name]?.get(id);
      const after = to.tables[name]?.get(id);
      moved.set(id, before && after ? between(before, after, fraction, to.tick - from.tick, motion) : row);
    }
    tables[name] = moved;
  }
  return tables;
}

/**
 * @param {Readonly<Row>} before @param {Readonly<Row>} after @param {number} fraction @param {number} ticks
 * @param {Motion} motion
 * @returns {Readonly<Row>}
 */
function between(before, after, fraction, ticks, motion) {
  const standing = fraction >= 1 ? after : before;
  if (before === after || motion.lines.some((field) => Math.abs(after[field] - before[field]) > motion.jump * ticks)) {
    return standing;
  }
  const row = { ...standing };
  for (const field of motion.lines) row[field] = before[field] + (after[field] - before[field]) * fraction;
  for (const [field, turn] of Object.entries(motion.turns)) {
    row[field] = blendTurn(before[field], after[field], Math.min(1, fraction), turn);
  }
  return row;
}

/**
 * @param {number} before @param {number} after @param {number} fraction
 * @param {number} turn the size of a whole turn
 * @returns {number} in [0, turn), the short way round
 */
export function blendTurn(before, after, fraction, turn) {
  const half = turn / 2;
  const way = ((((after - before + half) % turn) + turn) % turn) - half;
  return (((before + way * fraction) % turn) + turn) % turn;
}
