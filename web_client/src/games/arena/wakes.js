/**
 * The wakes of ships: where each has been lately. All of a colour are drawn at once, in a few strokes that get fainter
 * and thinner with their age.
 */

import { FLAGS } from "./constants.js";

/** @typedef {import("../../view/camera.js").View} View */
/** @typedef {import("./teams.js").Teams} Teams */
/** @typedef {import("./fleet.js").Ship} Ship */
/** @typedef {{xs: Float32Array, ys: Float32Array, length: number, at: number, seen: number}} Wake the newest point first */

const POINTS = 6;
/** Milliseconds from one point to the next. */
const INTERVAL = 80;
/** World units: more than a ship goes in that time by itself, and so no way that it went. */
const BREAK = 190;
/** World units: a ship this far from the view may have its wake in it. */
const REACH = 200;
/** World units: what is shorter is no way. */
const LEAST = 0.5;
const LAYERS = [
  { from: 0, to: 2, width: 6, alpha: 0.26 },
  { from: 2, to: 4, width: 4.6, alpha: 0.17 },
  { from: 4, to: 6, width: 3.2, alpha: 0.09 },
];
/** Times as wide and as bright when the ship dashes. */
const DASH_WIDER = 1.8;
const DASH_BRIGHTER = 2.7;

/** @param {Ship[]} list */
function empty(list) {
  list.length = 0;
}

export class Wakes {
  constructor() {
    /** @type {Map<number, Wake>} by ship */
    this.wakes = new Map();
    /** The ships of this frame whose wakes may be seen, by colour. @type {Map<string, Ship[]>} */
    this.calm = new Map();
    /** @type {Map<string, Ship[]>} those that dash */
    this.dashing = new Map();
    this.frames = 0;
  }

  /**
   * @param {CanvasRenderingContext2D} context in world units @param {readonly Ship[]} ships those that live
   * @param {Teams} teams @param {number} now @param {View} view
   */
  draw(context, ships, teams, now, view) {
    this.frames += 1;
    this.calm.forEach(empty);
    this.dashing.forEach(empty);
    for (const ship of ships) {
      this.follow(ship, now);
      if (ship.x < view.left - REACH || ship.x > view.right + REACH) continue;
      if (ship.y < view.top - REACH || ship.y > view.bottom + REACH) continue;
      const lists = ship.flags & FLAGS.DASHING ? this.dashing : this.calm;
      const own = teams.colour(ship.id);
      const list = lists.get(own);
      if (list) list.push(ship);
      else lists.set(own, [ship]);
    }
    this.wakes.forEach((wake, id) => {
      if (wake.seen !== this.frames) this.wakes.delete(id);
    });
    context.lineCap = "butt";
    context.lineJoin = "round";
    this.stroke(context, this.calm, 1, 1);
    this.stroke(context, this.dashing, DASH_WIDER, DASH_BRIGHTER);
    context.globalAlpha = 1;
  }

  /** @param {Ship} ship @param {number} now */
  follow(ship, now) {
    let wake = this.wakes.get(ship.id);
    if (!wake) {
      wake = { xs: new Float32Array(POINTS), ys: new Float32Array(POINTS), length: 0, at: 0, seen: 0 };
      this.wakes.set(ship.id, wake);
    }
    wake.seen = this.frames;
    const { xs, ys } = wake;
    if (wake.length && Math.abs(ship.x - xs[0]) + Math.abs(ship.y - ys[0]) > BREAK) wake.length = 0;
    if (now - wake.at <= INTERVAL) return;
    wake.at = now;
    xs.copyWithin(1, 0);
    ys.copyWithin(1, 0);
    xs[0] = ship.x;
    ys[0] = ship.y;
    wake.length = Math.min(POINTS, wake.length + 1);
  }

  /** @param {CanvasRenderingContext2D} context @param {Map<string, Ship[]>} lists @param {number} wider @param {number} brighter */
  stroke(context, lists, wider, brighter) {
    lists.forEach((ships, colour) => {
      if (!ships.length) return;
      context.strokeStyle = colour;
      for (const { from, to, width, alpha } of LAYERS) {
        context.globalAlpha = alpha * brighter;
        context.lineWidth = width * wider;
        context.beginPath();
        for (const ship of ships) this.trace(context, ship, from, to);
        context.stroke();
      }
    });
  }

  /** @param {CanvasRenderingContext2D} context @param {Ship} ship @param {number} from point, 0 for the ship @param {number} to */
  trace(context, ship, from, to) {
    const wake = this.wakes.get(ship.id);
    if (!wake || wake.length < from) return;
    let x = from ? wake.xs[from - 1] : ship.x;
    let y = from ? wake.ys[from - 1] : ship.y;
    let begun = false;
    for (let index = from; index < Math.min(to, wake.length); index += 1) {
      const nextX = wake.xs[index];
      const nextY = wake.ys[index];
      if (Math.abs(nextX - x) + Math.abs(nextY - y) > LEAST) {
        if (!begun) context.moveTo(x, y);
        begun = true;
        context.lineTo(nextX, nextY);
      } else {
        begun = false;
      }
      x = nextX;
      y = nextY;
    }
  }
}
