/**
 * 4096 unit vectors, the same bits as game_server/games/arena/directions.py computes.
 *
 * Sines and cosines differ between machines and languages, so these come from + - * / in a fixed order.
 */

/** Directions in a turn: 0 is +x, a quarter of them is +y (down). */
export const AIM_STEPS = 4096;

const QUARTER = AIM_STEPS / 4;
const EIGHTH = AIM_STEPS / 8;
const RADIANS_PER_STEP = 3.141592653589793 / 2048;

const xs = new Float64Array(AIM_STEPS);
const ys = new Float64Array(AIM_STEPS);

for (let step = 0; step <= EIGHTH; step++) {
  const angle = step * RADIANS_PER_STEP;
  const square = angle * angle;
  const cosine = series(square, 16);
  const sine = angle * series(square, 17);
  // One octant gives the other seven by mirroring and turning.
  for (const [at, x, y] of [[step, cosine, sine], [QUARTER - step, sine, cosine]]) {
    xs[at] = x;
    ys[at] = y;
    xs[at + QUARTER] = 0 - y;
    ys[at + QUARTER] = x;
    xs[at + 2 * QUARTER] = 0 - x;
    ys[at + 2 * QUARTER] = 0 - y;
    xs[(at + 3 * QUARTER) % AIM_STEPS] = y;
    ys[(at + 3 * QUARTER) % AIM_STEPS] = 0 - x;
  }
}

/**
 * The unit vector of an aim.
 * @param {number} aim 0 to 4095, 4096ths of a turn
 * @returns {{x: number, y: number}}
 */
export function direction(aim) {
  return { x: xs[aim], y: ys[aim] };
}

/**
 * 1 - square / (n (n - 1)) * (1 - square / ((n - 2) (n - 3)) * ...): the cosine for even n, sine / angle for odd.
 * @param {number} square of the angle in radians
 * @param {number} highest power of the angle
 * @returns {number}
 */
function series(square, highest) {
  let sum = 1;
  for (let power = highest; power > 1; power -= 2) {
    sum = 1 - (square / (power * (power - 1))) * sum;
  }
  return sum;
}
