/** Names on the chart, drawn once each: text with a rim is the dearest thing to draw. */

import { CHART } from "./palette.js";

/** @typedef {import("./camera.js").View} View */

const MOST = 128;
const FONT = '600 13px "Avenir Next", "Segoe UI", system-ui, sans-serif';
const HEIGHT = 20;

export class Labels {
  constructor() {
    /** By colour, then by text. @type {Map<string, Map<string, HTMLCanvasElement>>} */
    this.drawn = new Map();
    this.density = 0;
  }

  /**
   * The same size on every screen, whatever the scale of the world.
   * @param {CanvasRenderingContext2D} context @param {string} text
   * @param {number} x world units: the middle @param {number} y @param {View} view @param {string} colour
   */
  draw(context, text, x, y, view, colour) {
    if (!text) return;
    if (this.density !== view.density) {
      this.density = view.density;
      this.drawn.clear();
    }
    const image = this.drawn.get(colour)?.get(text) ?? this.make(text, colour);
    const width = image.width / view.density / view.scale;
    const height = image.height / view.density / view.scale;
    // What is within the screen keeps its name within it.
    const within = x >= view.left && x <= view.right;
    const left = within ? Math.min(Math.max(x - width / 2, view.left), view.right - width) : x - width / 2;
    context.drawImage(image, left, y - height / 2, width, height);
  }

  /** @param {string} text @param {string} colour @returns {HTMLCanvasElement} */
  make(text, colour) {
    const ofColour = this.drawn.get(colour) ?? new Map();
    this.drawn.set(colour, ofColour);
    const oldest = ofColour.keys().next();
    if (ofColour.size >= MOST && !oldest.done) ofColour.delete(oldest.value);
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d");
    if (context) {
      context.font = FONT;
      const width = Math.ceil(context.measureText(text).width) + 8;
      canvas.width = width * this.density;
      canvas.height = HEIGHT * this.density;
      context.scale(this.density, this.density);
      context.font = FONT;
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.lineJoin = "round";
      context.lineWidth = 3.5;
      context.strokeStyle = CHART.ink;
      context.strokeText(text, width / 2, HEIGHT / 2);
      context.fillStyle = colour;
      context.fillText(text, width / 2, HEIGHT / 2);
    }
    ofColour.set(text, canvas);
    return canvas;
  }
}
