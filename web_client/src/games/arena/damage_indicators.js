/** Damage indicators: arcs around your own ship that point to the attackers. */

import { CHART } from "../../view/palette.js";

/** @typedef {{x: number, y: number}} Place world units */
/** @typedef {{bearing: number, age: number}} Arc `bearing` in radians, 0 is +x and a quarter turn +y; `age` in seconds */

const LIFE = 1.1;
const MOST = 6;
/** World units. */
const RADIUS = 52;
const HALF_WIDTH = 0.36;
/** Radians: a new hit from about the same side lights its arc again. */
const SAME = 0.5;

/** @param {Place} from @param {Place} to @returns {number} radians */
export function bearing(from, to) {
  return Math.atan2(to.y - from.y, to.x - from.x);
}

export class DamageIndicators {
  constructor() {
    /** @type {Arc[]} */
    this.arcs = [];
  }

  /** @param {Place} own @param {Place} attacker */
  add(own, attacker) {
    const towards = bearing(own, attacker);
    this.arcs = this.arcs.filter((arc) => Math.cos(arc.bearing - towards) < Math.cos(SAME)).slice(1 - MOST);
    this.arcs.push({ bearing: towards, age: 0 });
  }

  clear() {
    this.arcs = [];
  }

  /** @param {CanvasRenderingContext2D} context in world units @param {Place} own @param {number} elapsed seconds */
  draw(context, own, elapsed) {
    for (const arc of this.arcs) arc.age += elapsed;
    this.arcs = this.arcs.filter(({ age }) => age < LIFE);
    context.lineCap = "butt";
    for (const { bearing: towards, age } of this.arcs) {
      const left = 1 - age / LIFE;
      context.globalAlpha = left;
      context.beginPath();
      context.arc(own.x, own.y, RADIUS, towards - HALF_WIDTH, towards + HALF_WIDTH);
      context.strokeStyle = CHART.ink;
      context.lineWidth = 9;
      context.stroke();
      context.strokeStyle = CHART.alarm;
      context.lineWidth = 3 + 3 * left;
      context.stroke();
    }
    context.globalAlpha = 1;
  }
}
