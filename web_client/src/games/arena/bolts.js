/** Bolts: a row tells where, when and whither one was fired, the rest follows. */

import { CHART, playerColour } from "../../view/palette.js";
import { BOLT_LIFETIME, BOLT_SPEED } from "./constants.js";
import { direction } from "./directions.js";

/** @typedef {import("../contract.js").Scene} Scene */
/** @typedef {import("../../view/camera.js").View} View */
/** @typedef {import("../../net/schema.js").Row} Row */
/** @typedef {import("./effects.js").Effects} Effects */
/** @typedef {import("./ground.js").Ground} Ground */

/** World units. */
const STREAK = 26;
const MUZZLE = 16;
/** Seconds in which your bolts, fired in your time, fall back to the time in which you see the others. */
const SETTLING = 0.7;

/** @typedef {{born: number, reach: number, done: boolean}} Flight */

export class Bolts {
  /** @param {Ground} ground @param {Effects} effects */
  constructor(ground, effects) {
    this.ground = ground;
    this.effects = effects;
    /** @type {Map<number, Flight>} by the bolt's id */
    this.flights = new Map();
  }

  /** @param {CanvasRenderingContext2D} context @param {Scene} scene @param {View} view */
  draw(context, scene, view) {
    context.lineCap = "round";
    for (const [id, row] of scene.tables.bolt) {
      if (row.owner !== scene.player) this.drawBolt(context, id, row, scene, view);
    }
    for (const [id, row] of scene.latest.bolt) {
      if (row.owner === scene.player) this.drawBolt(context, id, row, scene, view);
    }
    for (const id of this.flights.keys()) {
      if (!scene.latest.bolt.has(id) && !scene.tables.bolt.has(id)) this.flights.delete(id);
    }
  }

  /**
   * @param {CanvasRenderingContext2D} context @param {number} id @param {Readonly<Row>} row
   * @param {Scene} scene @param {View} view
   */
  drawBolt(context, id, row, scene, view) {
    const born = unwrap(row.born, scene.latestTick);
    const way = direction(row.aim);
    const flight = this.flight(id, row, born, way);
    const mine = row.owner === scene.player;
    const age = mine ? ownAge(scene, born) : (scene.time - born) / scene.tickRate;
    const gone = Math.min(flight.reach, BOLT_SPEED * age);
    if (gone < 0) return;
    const x = row.x + way.x * gone;
    const y = row.y + way.y * gone;
    if (gone >= flight.reach) {
      if (!flight.done) this.effects.add("sparks", x, y, 14, 0.2, CHART.coast);
      flight.done = true;
      return;
    }
    if (x < view.left - STREAK || x > view.right + STREAK || y < view.top - STREAK || y > view.bottom + STREAK) return;
    const tail = Math.max(0, Math.min(STREAK, gone - MUZZLE));
    streak(context, x, y, x - way.x * tail, y - way.y * tail, playerColour(row.owner));
  }

  /**
   * @param {number} id @param {Readonly<Row>} row @param {number} born @param {{x: number, y: number}} way
   * @returns {Flight}
   */
  flight(id, row, born, way) {
    let flight = this.flights.get(id);
    if (!flight || flight.born !== born) {
      flight = { born, reach: this.ground.reach(row.x, row.y, way, BOLT_SPEED * BOLT_LIFETIME), done: false };
      this.flights.set(id, flight);
    }
    return flight;
  }
}

/** @param {Scene} scene @param {number} born @returns {number} seconds */
function ownAge(scene, born) {
  const age = Math.max(0, (scene.ownTime - born) / scene.tickRate);
  const lead = (scene.ownTime - scene.time) / scene.tickRate;
  return Math.max(0, age - lead * Math.min(1, age / SETTLING));
}

/** @param {number} born modulo 65536 @param {number} now a tick near it @returns {number} */
function unwrap(born, now) {
  return now - ((((now - born) & 0xffff) ^ 0x8000) - 0x8000);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x @param {number} y @param {number} tailX @param {number} tailY @param {string} colour
 */
function streak(context, x, y, tailX, tailY, colour) {
  context.beginPath();
  context.moveTo(tailX, tailY);
  context.lineTo(x, y);
  context.strokeStyle = colour;
  context.lineWidth = 6;
  context.stroke();
  context.strokeStyle = "#fff";
  context.lineWidth = 2.5;
  context.stroke();
}
