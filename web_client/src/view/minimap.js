/** The minimap: the whole world in a corner of the screen. */

import { CHART } from "./palette.js";

/** @typedef {import("../play/contract.js").Game} Game */
/** @typedef {import("../play/contract.js").Mark} Mark */
/** @typedef {import("../play/contract.js").Scene} Scene */
/** @typedef {import("./camera.js").View} View */

const INTERVAL = 1000 / 20;
/** Milliseconds: the map waits for a frame in which the figures around the field are not drawn, but no longer than this. */
const PATIENCE = 100;

export class Minimap {
  /** @param {HTMLCanvasElement} element */
  constructor(element) {
    this.element = element;
    this.context = element.getContext("2d");
    /** @type {Game | null} */
    this.game = null;
    this.ground = document.createElement("canvas");
    this.drawnAt = 0;
    this.pixels = 0;
  }

  /** @param {Game} game @param {Scene} scene @param {View} view @param {boolean} busy whether this frame has much to do */
  draw(game, scene, view, busy) {
    const { context, element } = this;
    if (!context || scene.now - this.drawnAt < (busy ? PATIENCE : INTERVAL) || !element.clientWidth) return;
    this.drawnAt = scene.now;
    const pixels = element.clientWidth * view.density;
    if (game !== this.game || pixels !== this.pixels) this.prepare(game, pixels);
    const scale = element.width / game.world.width;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, element.width, element.height);
    context.drawImage(this.ground, 0, 0);
    context.strokeStyle = CHART.paper;
    context.globalAlpha = 0.35;
    context.lineWidth = view.density;
    const { left, top, right, bottom } = view;
    context.strokeRect(left * scale, top * scale, (right - left) * scale, (bottom - top) * scale);
    context.globalAlpha = 1;
    for (const mark of game.marks(scene)) drawMark(context, mark, scale, view.density);
  }

  /** @param {Game} game @param {number} pixels */
  prepare(game, pixels) {
    this.game = game;
    this.pixels = pixels;
    const height = Math.round((pixels * game.world.height) / game.world.width);
    this.element.style.aspectRatio = `${game.world.width} / ${game.world.height}`;
    for (const canvas of [this.element, this.ground]) {
      canvas.width = Math.round(pixels);
      canvas.height = height;
    }
    const context = this.ground.getContext("2d");
    if (!context) return;
    context.scale(this.ground.width / game.world.width, this.ground.width / game.world.width);
    game.drawMap(context);
  }
}

/** @param {CanvasRenderingContext2D} context @param {Mark} mark @param {number} scale @param {number} density */
function drawMark(context, { x, y, colour, size, rim, pointed }, scale, density) {
  const across = x * scale;
  const down = y * scale;
  const radius = size * density;
  context.beginPath();
  if (pointed) {
    context.moveTo(across, down - radius);
    context.lineTo(across + radius, down);
    context.lineTo(across, down + radius);
    context.lineTo(across - radius, down);
  } else {
    context.arc(across, down, radius, 0, 2 * Math.PI);
  }
  context.fillStyle = colour;
  context.fill();
  if (!rim) return;
  context.closePath();
  context.strokeStyle = rim;
  context.lineWidth = density;
  context.stroke();
}
