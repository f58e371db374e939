/** Bolts, drawn as streaks, and what is seen where they start and end. */

import { CHART } from "../../view/palette.js";

/** @typedef {import("../../play/contract.js").Scene} Scene */
/** @typedef {import("../../view/camera.js").View} View */
/** @typedef {import("./effects.js").Effects} Effects */
/** @typedef {import("./flights.js").Flight} Flight */
/** @typedef {import("./flights.js").Flights} Flights */
/** @typedef {import("./fleet.js").Ship} Ship */

/** World units. */
const STREAK = 26;
const MUZZLE = 16;

export class Bolts {
  /**
   * @param {Flights} flights @param {Effects} effects @param {(player: number) => string} colour
   * @param {(at: {x: number, y: number}) => void} heard
   */
  constructor(flights, effects, colour, heard) {
    this.flights = flights;
    this.colour = colour;
    this.effects = effects;
    this.heard = heard;
    /** @type {Map<string, Path2D>} this frame's streaks by colour: one stroke for all of a colour is cheap */
    this.streaks = new Map();
    /** The living ships of others in this frame. @type {Ship[]} */
    this.others = [];
  }

  /** @param {CanvasRenderingContext2D} context @param {Scene} scene @param {View} view @param {readonly Ship[]} ships */
  draw(context, scene, view, ships) {
    const { others } = this;
    others.length = 0;
    let own = null;
    for (const ship of ships) {
      if (!ship.alive) continue;
      if (ship.id === scene.player) own = ship;
      else others.push(ship);
    }
    const { time, ownTime, latestTick, elapsed, player } = scene;
    const moment = { time, ownTime, latestTick, elapsed, player, own, others };
    this.streaks.clear();
    this.flights.advance(moment, (flight, x, y, seen) => {
      const others = seen === "starts" && flight.owner !== scene.player;
      if (others) this.heard(flight);
      if (x < view.left - STREAK || x > view.right + STREAK || y < view.top - STREAK || y > view.bottom + STREAK) return;
      if (seen === "spent") this.effects.add("sparks", x, y, 14, 0.2, CHART.coast);
      else if (seen === "hits") this.effects.add("sparks", x, y, 15, 0.18, CHART.paper);
      else this.add(flight, x, y);
      if (others) this.effects.muzzle(flight.x, flight.y, flight.way);
    });
    context.lineCap = "round";
    context.lineWidth = 6;
    this.streaks.forEach((path, colour) => {
      context.strokeStyle = colour;
      context.stroke(path);
    });
    context.lineWidth = 2.5;
    context.strokeStyle = "#fff";
    this.streaks.forEach((path) => context.stroke(path));
  }

  /** @param {Flight} flight @param {number} x @param {number} y */
  add({ owner, way, gone }, x, y) {
    const colour = this.colour(owner);
    const path = this.streaks.get(colour) ?? new Path2D();
    this.streaks.set(colour, path);
    const from = Math.min(gone, MUZZLE);
    const tail = Math.max(0, Math.min(STREAK, gone - from));
    path.moveTo(x - way.x * tail, y - way.y * tail);
    path.lineTo(x, y);
  }
}
