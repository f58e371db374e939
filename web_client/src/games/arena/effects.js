/** Short-lived marks of what happened: rings, sparks, flashes and figures. Quiet, and bounded in number. */

import { CHART } from "../../view/palette.js";
import { SHIP_RADIUS } from "./constants.js";

/** @typedef {import("../../view/camera.js").View} View */

/**
 * @typedef {object} Effect
 * @property {"ring" | "sparks" | "flash" | "jet" | "cross" | "figure"} kind
 * @property {number} x world units
 * @property {number} y
 * @property {number} age seconds
 * @property {number} life seconds
 * @property {number} size world units
 * @property {string} colour
 * @property {number} turn radians; where sparks start, where a jet goes
 * @property {string} text of a figure
 */

const MOST = 160;
const SPARKS = 7;
/** Radians between the lines of a jet and its way. */
const ASIDES = [-0.5, 0, 0.5];
const SIDES = [-1, 1];
/** World units from its middle to where nothing of an effect is seen. */
const REACH = 80;

export class Effects {
  constructor() {
    /** @type {Effect[]} */
    this.alive = [];
  }

  /**
   * @param {Effect["kind"]} kind @param {number} x @param {number} y @param {number} size @param {number} life
   * @param {string} colour @param {string} text @param {number} turn
   */
  add(kind, x, y, size, life, colour, text = "", turn = (x * 7 + y * 13) % 6.28) {
    if (this.alive.length >= MOST) this.alive.shift();
    this.alive.push({ kind, x, y, age: 0, life, size, colour, turn, text });
  }

  clear() {
    this.alive.length = 0;
  }

  /** A shot leaves. @param {number} x of the ship @param {number} y @param {{x: number, y: number}} way */
  muzzle(x, y, way) {
    const tip = SHIP_RADIUS + 5;
    this.add("flash", x + way.x * tip, y + way.y * tip, 7, 0.08, CHART.paper);
    this.add("jet", x + way.x * tip, y + way.y * tip, 17, 0.11, CHART.paper, "", Math.atan2(way.y, way.x));
  }

  /** @param {number} x @param {number} y @param {string} colour */
  hit(x, y, colour) {
    this.add("sparks", x, y, 20, 0.28, colour);
    this.add("flash", x, y, 9, 0.12, CHART.paper);
  }

  /** @param {number} x @param {number} y @param {string} colour */
  wreck(x, y, colour) {
    this.add("flash", x, y, 34, 0.22, CHART.paper);
    this.add("ring", x, y, 70, 0.55, colour);
    this.add("sparks", x, y, 62, 0.5, colour);
    this.add("sparks", x + 3, y - 2, 40, 0.4, CHART.paper);
    this.add("ring", x, y, 38, 0.9, CHART.coast);
  }

  /** You hit, or sank, what is here. @param {number} x @param {number} y @param {boolean} sunk */
  mark(x, y, sunk) {
    this.add("cross", x, y, sunk ? 30 : 21, sunk ? 0.5 : 0.22, sunk ? CHART.alarm : CHART.paper);
  }

  /** @param {CanvasRenderingContext2D} context in world units @param {number} elapsed seconds @param {View} view */
  draw(context, elapsed, view) {
    let kept = 0;
    for (const effect of this.alive) {
      effect.age += elapsed;
      if (effect.age >= effect.life) continue;
      this.alive[kept] = effect;
      kept += 1;
      const { x, y } = effect;
      const seen = x > view.left - REACH && x < view.right + REACH && y > view.top - REACH && y < view.bottom + REACH;
      if (seen) drawEffect(context, effect);
    }
    this.alive.length = kept;
    context.globalAlpha = 1;
  }
}

/** @param {CanvasRenderingContext2D} context @param {Effect} effect */
function drawEffect(context, { kind, x, y, age, life, size, colour, turn, text }) {
  const gone = age / life;
  const eased = 1 - (1 - gone) * (1 - gone);
  context.globalAlpha = 1 - gone;
  context.strokeStyle = context.fillStyle = colour;
  if (kind === "ring") {
    context.lineWidth = 3 * (1 - gone) + 0.5;
    context.beginPath();
    context.arc(x, y, 8 + (size - 8) * eased, 0, 2 * Math.PI);
    context.stroke();
  } else if (kind === "jet") {
    context.lineWidth = 2;
    context.lineCap = "round";
    context.beginPath();
    for (const aside of ASIDES) {
      const across = Math.cos(turn + aside) * size;
      const down = Math.sin(turn + aside) * size;
      context.moveTo(x + across * gone, y + down * gone);
      context.lineTo(x + across * eased, y + down * eased);
    }
    context.stroke();
  } else if (kind === "cross") {
    context.lineWidth = 3;
    context.lineCap = "butt";
    context.beginPath();
    for (const across of SIDES) {
      for (const down of SIDES) {
        const near = size * (0.75 - 0.15 * eased);
        context.moveTo(x + across * near, y + down * near);
        context.lineTo(x + across * (near + 8), y + down * (near + 8));
      }
    }
    context.stroke();
  } else if (kind === "flash") {
    context.beginPath();
    context.arc(x, y, size * (1 - gone * 0.6), 0, 2 * Math.PI);
    context.fill();
  } else if (kind === "sparks") {
    context.lineWidth = 2;
    context.lineCap = "round";
    context.beginPath();
    for (let spark = 0; spark < SPARKS; spark += 1) {
      const angle = turn + (spark / SPARKS) * 2 * Math.PI;
      const far = size * eased * (0.65 + 0.35 * ((spark * 5) % 3) / 2);
      const near = far * (0.45 + 0.4 * gone);
      context.moveTo(x + Math.cos(angle) * near, y + Math.sin(angle) * near);
      context.lineTo(x + Math.cos(angle) * far, y + Math.sin(angle) * far);
    }
    context.stroke();
  } else {
    context.font = "700 15px system-ui, sans-serif";
    context.textAlign = "center";
    context.strokeStyle = CHART.ink;
    context.lineWidth = 4;
    context.lineJoin = "round";
    context.strokeText(text, x, y - 22 - 22 * eased);
    context.fillText(text, x, y - 22 - 22 * eased);
  }
}
