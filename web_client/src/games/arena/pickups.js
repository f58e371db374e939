/** Pick-ups, drawn as buoys: a ring that breathes, and a sign in it. */

import { CHART } from "../../view/palette.js";
import { PICKUPS } from "./constants.js";
import { Labels } from "../../view/labels.js";

/** @typedef {import("../../play/contract.js").Scene} Scene */
/** @typedef {import("../../view/camera.js").View} View */

/** @type {{readonly [kind: number]: {colour: string, sign: string, name: string, word: string}}} */
const KINDS = {
  [PICKUPS.HEALTH]: {
    colour: "#8ff2cd",
    sign: "M-2.5 -8H2.5V-2.5H8V2.5H2.5V8H-2.5V2.5H-8V-2.5H-2.5Z",
    name: "health",
    word: "Repair",
  },
  [PICKUPS.RAPID_FIRE]: {
    colour: "#ffb000",
    sign: "M2 -9L-6 1.5H-0.5L-2 9L6 -1.5H0.5Z",
    name: "rapid fire",
    word: "Rapid fire",
  },
  [PICKUPS.SHIELD]: {
    colour: "#5cc1f5",
    sign: "M0 -8.5L7 -6V0C7 4.5 3.5 7.5 0 9C-3.5 7.5 -7 4.5 -7 0V-6Z",
    name: "a shield",
    word: "Shield",
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

/** World units: the buoy's ring, and half the side of its picture. */
const RADIUS = 16;
const HALF = 20;
const WORD_BELOW = 30;
/** Part by which a buoy grows and shrinks. */
const BREATH = 0.07;

/** Kinds that you have taken on this page, and so know. @type {Set<number>} */
const known = new Set();

/** @param {number} kind that you have taken */
export function learnPickup(kind) {
  known.add(kind);
}

/** Pick-ups on the chart. Each kind is drawn once, and then copied; a word says what it is until you have taken one. */
export class Buoys {
  constructor() {
    this.labels = new Labels();
    /** @type {Map<number, HTMLCanvasElement>} by kind */
    this.pictures = new Map();
    this.pixels = 0;
  }

  /** @param {CanvasRenderingContext2D} context in world units @param {Scene} scene @param {View} view */
  draw(context, scene, view) {
    const pixels = view.scale * view.density;
    if (pixels !== this.pixels) this.pictures.clear();
    this.pixels = pixels;
    scene.tables.pickup.forEach(({ x, y, kind }) => {
      if (x < view.left - HALF || x > view.right + HALF || y < view.top - HALF || y > view.bottom + HALF) return;
      const picture = this.pictures.get(kind) ?? this.make(kind);
      const half = HALF * (1 + BREATH * Math.sin(scene.now / 350 + x));
      context.drawImage(picture, x - half, y - half, 2 * half, 2 * half);
      const look = known.has(kind) ? undefined : KINDS[kind];
      if (look && scene.own) this.labels.draw(context, look.word, x, y + WORD_BELOW, view, look.colour);
    });
  }

  /** @param {number} kind @returns {HTMLCanvasElement} empty for a kind that is not known */
  make(kind) {
    const picture = document.createElement("canvas");
    picture.width = picture.height = Math.ceil(2 * HALF * this.pixels);
    this.pictures.set(kind, picture);
    const look = KINDS[kind];
    const context = picture.getContext("2d");
    if (!look || !context) return picture;
    const scale = picture.width / (2 * HALF);
    context.setTransform(scale, 0, 0, scale, picture.width / 2, picture.height / 2);
    context.beginPath();
    context.arc(0, 0, RADIUS, 0, 2 * Math.PI);
    context.fillStyle = CHART.ink;
    context.fill();
    context.lineWidth = 2;
    context.strokeStyle = look.colour;
    context.stroke();
    context.fillStyle = look.colour;
    context.fill(new Path2D(look.sign));
    return picture;
  }
}
