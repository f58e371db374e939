/** The brush of a game: a few shapes in world units, on a canvas whose context is there as well. */

import { Labels } from "../../view/labels.js";
import { CHART } from "../../view/palette.js";

/** @typedef {import("../../play/contract.js").View} View */
/** @typedef {{fill?: string, line?: string, width?: number}} Style `width` of the line, world units */

/** World units from the middle of a player up to its name. */
const ABOVE = -18;
/** CSS pixels from the edge of a name to its middle. */
const HALF_NAME = 9;
const TEXT = '600 SIZEpx "Avenir Next", "Segoe UI", system-ui, sans-serif';

export class Paint {
  constructor() {
    /** @type {CanvasRenderingContext2D} in world units */
    this.context = /** @type {never} */ (null);
    /** @type {View} the part of the world that the screen shows */
    this.view = /** @type {never} */ (null);
    /** Whether the player wants names beside things. */
    this.names = true;
    this.labels = new Labels();
  }

  /** @param {CanvasRenderingContext2D} context @param {View} view @param {boolean} names */
  begin(context, view, names) {
    this.context = context;
    this.view = view;
    this.names = names;
    const { left, top, right, bottom } = view;
    this.fill(CHART.deep, left, top, right - left, bottom - top);
  }

  /** @param {string} colour @param {number} x left @param {number} y top @param {number} width @param {number} height */
  fill(colour, x, y, width, height) {
    this.context.fillStyle = colour;
    this.context.fillRect(x, y, width, height);
  }

  /** @param {number} x left @param {number} y top @param {number} width @param {number} height @param {Style & {round?: number}} style `round`: radius of the corners */
  box(x, y, width, height, { round = 0, ...style } = {}) {
    this.context.beginPath();
    this.context.roundRect(x, y, width, height, round);
    this.finish(style);
  }

  /** @param {number} x the middle @param {number} y @param {number} radius @param {Style} style */
  circle(x, y, radius, style = {}) {
    this.context.beginPath();
    this.context.arc(x, y, radius, 0, 2 * Math.PI);
    this.finish(style);
  }

  /** @param {readonly (readonly [x: number, y: number])[]} points @param {Style & {closed?: boolean}} style */
  path(points, { closed = false, ...style } = {}) {
    this.context.beginPath();
    for (const [x, y] of points) this.context.lineTo(x, y);
    if (closed) this.context.closePath();
    this.finish({ line: style.fill ? undefined : CHART.paper, ...style });
  }

  /** @param {string} text @param {number} x the middle @param {number} y @param {{colour?: string, size?: number, align?: CanvasTextAlign}} style `size` in world units */
  text(text, x, y, { colour = CHART.paper, size = 20, align = "center" } = {}) {
    const { context } = this;
    context.font = TEXT.replace("SIZE", String(size));
    context.textAlign = align;
    context.textBaseline = "middle";
    context.fillStyle = colour;
    context.fillText(text, x, y);
  }

  /**
   * The name of a player, as large on every screen: above the place if `dy` is less than 0, otherwise below.
   * @param {{name: string, colour: string} & {[field: string]: any}} player with a place
   * @param {number} dx world units from its middle @param {number} dy
   */
  name({ name, colour, x, y }, dx = 0, dy = ABOVE) {
    const edge = (dy < 0 ? -HALF_NAME : HALF_NAME) / this.view.scale;
    if (this.names) this.labels.draw(this.context, name, x + dx, y + dy + edge, this.view, colour);
  }

  /** @param {Style} style */
  finish({ fill, line, width = 2 }) {
    const { context } = this;
    if (fill) {
      context.fillStyle = fill;
      context.fill();
    }
    if (!line) return;
    context.strokeStyle = line;
    context.lineWidth = width;
    context.stroke();
  }
}
