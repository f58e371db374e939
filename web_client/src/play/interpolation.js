/** Interpolation: the snapshots around a moment, and the curve between them. Pure functions. */

/** @typedef {import("../net/schema.js").Row} Row */
/** @typedef {import("../net/snapshot.js").World} World */

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
 * @param {Readonly<Row>} start @param {Readonly<Row>} end @param {number} ticks from one to the other @param {Motion} motion
 * @returns {boolean} whether nothing was in between
 */
export function isBreak(start, end, ticks, { lines, jump, breaks }) {
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
export function bend(a, ticksOfA, b, ticksOfB) {
  if (a * b <= 0) return 0;
  const weightOfA = 2 * ticksOfB + ticksOfA;
  const weightOfB = ticksOfB + 2 * ticksOfA;
  return (weightOfA + weightOfB) / (weightOfA / a + weightOfB / b);
}

/** @param {number} start @param {number} in_ @param {number} end @param {number} out @param {number} at 0 to 1 */
export function hermite(start, in_, end, out, at) {
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
