/** Pick-ups, drawn as buoys: a ring that breathes, and a sign in it. */

import { CHART } from "../../view/palette.js";
import { PICKUPS } from "./constants.js";

/** @typedef {import("../contract.js").Scene} Scene */

/** @type {{readonly [kind: number]: {colour: string, sign: Path2D, name: string}}} */
const KINDS = {
  [PICKUPS.HEALTH]: {
    colour: "#8ff2cd",
    sign: new Path2D("M-2.5 -8H2.5V-2.5H8V2.5H2.5V8H-2.5V2.5H-8V-2.5H-2.5Z"),
    name: "health",
  },
  [PICKUPS.RAPID_FIRE]: {
    colour: "#ffb000",
    sign: new Path2D("M2 -9L-6 1.5H-0.5L-2 9L6 -1.5H0.5Z"),
    name: "rapid fire",
  },
  [PICKUPS.SHIELD]: {
    colour: "#5cc1f5",
    sign: new Path2D("M0 -8.5L7 -6V0C7 4.5 3.5 7.5 0 9C-3.5 7.5 -7 4.5 -7 0V-6Z"),
    name: "a shield",
  },
};

/** @param {number} kind @returns {string} in words */
export function pickupName(kind) {
  return KINDS[kind]?.name ?? "something";
}

/** @param {number} kind @returns {string} */
export function pickupColour(kind) {
  return KINDS[kind]?.colour ?? CHART.paper;
}

/** @param {CanvasRenderingContext2D} context in world units @param {Scene} scene */
export function drawPickups(context, scene) {
  for (const { x, y, kind } of scene.tables.pickup.values()) {
    const look = KINDS[kind];
    if (!look) continue;
    const breath = 1 + 0.07 * Math.sin(scene.now / 350 + x);
    context.beginPath();
    context.arc(x, y, 16 * breath, 0, 2 * Math.PI);
    context.fillStyle = CHART.ink;
    context.fill();
    context.lineWidth = 2;
    context.strokeStyle = look.colour;
    context.stroke();
    context.translate(x, y);
    context.fillStyle = look.colour;
    context.fill(look.sign);
    context.translate(-x, -y);
  }
}
