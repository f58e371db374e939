/**
 * Screen shake when something strong happens.
 *
 * Trauma adds up, fades in half a second, and is felt squared, so that small knocks hardly show (S. Eiserloh, "Juicing
 * Your Cameras With Math", 2016).
 */

const FADE_PER_SECOND = 2.2;
/** CSS pixels at full trauma. */
const MOST = 9;
/** Radians a second of the waves that the offset is made of; no two are multiples of each other. */
const WAVES = { x: [47, 83], y: [59, 71] };

export class Shake {
  constructor() {
    /** 0 for none to 1. */
    this.strength = 1;
    this.trauma = 0;
    this.seconds = 0;
  }

  /** @param {number} trauma 0 to 1 */
  add(trauma) {
    this.trauma = Math.min(1, this.trauma + trauma);
  }

  /** @param {number} elapsed seconds @returns {{x: number, y: number}} CSS pixels */
  advance(elapsed) {
    this.seconds += elapsed;
    this.trauma = Math.max(0, this.trauma - FADE_PER_SECOND * elapsed);
    const size = MOST * this.strength * this.trauma * this.trauma;
    if (!size) return { x: 0, y: 0 };
    const at = this.seconds;
    return {
      x: size * 0.5 * (Math.sin(at * WAVES.x[0]) + Math.sin(at * WAVES.x[1] + 1)),
      y: size * 0.5 * (Math.sin(at * WAVES.y[0] + 2) + Math.sin(at * WAVES.y[1])),
    };
  }
}
