/** Where everything was at a moment between two snapshots: pure functions over a buffer of worlds. */

/** @typedef {import("../net/schema.js").Row} Row */
/** @typedef {import("../net/snapshot.js").World} World */
/** @typedef {import("../net/snapshot.js").Table} Table */
/** @typedef {import("../net/snapshot.js").Tables} Tables */

/**
 * How the rows of a table move. Fields that are not named keep the value of the older snapshot.
 *
 * @typedef {object} Motion
 * @property {string[]} lines fields that go along a smooth line
 * @property {{[field: string]: number}} turns fields that turn, with the size of a whole turn; they go the short way
 * @property {number} jump a change of a line by more than this in one tick is a jump: nothing was in between
 * @property {(before: Readonly<Row>, after: Readonly<Row>) => boolean} [breaks] whether nothing was in between, however
 *   near the two are: a respawn, say
 */

/**
 * @typedef {object} Bracket
 * @property {World | null} before the world before `from`
 * @property {World} from the newest world at or before the moment, or the oldest there is
 * @property {World} to the world after it; the same as `from` when there is none
 * @property {World | null} after the world after `to`
 * @property {number} fraction of the way from one to the other; above 1 beyond the newest world
 */

/** Ticks beyond the newest snapshot for which motion is carried on before it stands still. */
export const MAX_EXTRAPOLATION = 6;

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
    const before = worlds[last - 2] ?? null;
    const span = to.tick - from.tick;
    if (!span) return { before, from: to, to, after: null, fraction: 0 };
    return { before, from, to, after: null, fraction: 1 + Math.min(time - to.tick, MAX_EXTRAPOLATION) / span };
  }
  let index = last - 1;
  while (index > 0 && worlds[index].tick > time) index -= 1;
  index = Math.max(0, index);
  const before = worlds[index - 1] ?? null;
  const from = worlds[index];
  const to = worlds[Math.min(last, index + 1)];
  const after = worlds[index + 2] ?? null;
  if (from === to || time <= from.tick) return { before, from, to: from, after: null, fraction: 0 };
  return { before, from, to, after, fraction: (time - from.tick) / (to.tick - from.tick) };
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
    table.forEach((row, id) => moved.set(id, rowAt(moment, name, id, motion) ?? row));
    tables[name] = moved;
  }
  return tables;
}

/**
 * @param {Bracket} moment @param {string} table @param {number} id @param {Motion} motion
 * @returns {Readonly<Row> | null} null where there is nothing to move between
 */
function rowAt({ before, from, to, after, fraction }, table, id, motion) {
  const start = from.tables[table]?.get(id);
  const end = to.tables[table]?.get(id);
  if (!start || !end || start === end) return null;
  const ticks = to.tick - from.tick;
  if (isBreak(start, end, ticks, motion)) return null;
  const row = { ...(fraction >= 1 ? end : start) };
  for (const field in motion.turns) {
    row[field] = blendTurn(start[field], end[field], Math.min(1, fraction), motion.turns[field]);
  }
  if (fraction >= 1) {
    for (const field of motion.lines) row[field] = start[field] + (end[field] - start[field]) * fraction;
    return row;
  }
  const earlier = neighbour(before, table, id, start, from.tick, motion);
  const later = neighbour(after, table, id, end, to.tick, motion);
  const sooner = before ? from.tick - before.tick : 0;
  const further = after ? after.tick - to.tick : 0;
  for (let at = 0; at < motion.lines.length; at += 1) {
    const field = motion.lines[at];
    // Each read by a name that changes makes an object: so each value is read once.
    const begin = start[field];
    const stop = end[field];
    const slope = (stop - begin) / ticks;
    const in_ = earlier ? bend((begin - earlier[field]) / sooner, sooner, slope, ticks) : slope;
    const out = later ? bend(slope, ticks, (later[field] - stop) / further, further) : slope;
    row[field] = hermite(begin, in_ * ticks, stop, out * ticks, fraction);
  }
  return row;
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

/** @param {Readonly<Row>} start @param {Readonly<Row>} end @param {number} ticks @param {Motion} motion */
function isBreak(start, end, ticks, { lines, jump, breaks }) {
  if (breaks?.(start, end)) return true;
  for (let at = 0; at < lines.length; at += 1) if (Math.abs(end[lines[at]] - start[lines[at]]) > jump * ticks) return true;
  return false;
}

/**
 * The slope of the curve where two straight ways meet: their weighted harmonic mean, or none where they turn back, so
 * that the curve never goes beyond its points - into a wall, say (F. N. Fritsch and J. Butland, "A method for
 * constructing local monotone piecewise cubic interpolants", 1984).
 *
 * @param {number} a @param {number} ticksOfA @param {number} b @param {number} ticksOfB
 */
function bend(a, ticksOfA, b, ticksOfB) {
  if (a * b <= 0) return 0;
  const weightOfA = 2 * ticksOfB + ticksOfA;
  const weightOfB = ticksOfB + 2 * ticksOfA;
  return (weightOfA + weightOfB) / (weightOfA / a + weightOfB / b);
}

/** @param {number} start @param {number} in_ @param {number} end @param {number} out @param {number} at 0 to 1 */
function hermite(start, in_, end, out, at) {
  const way = end - start;
  return start + at * (in_ + at * (3 * way - 2 * in_ - out + at * (in_ + out - 2 * way)));
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
