/** Ships: hull, name, health, and what protects or drives them. */

import { CHART } from "../../view/palette.js";
import { FLAGS, MAX_HEALTH, SHIP_RADIUS } from "./constants.js";
import { hull } from "./hulls.js";
import { Labels } from "../../view/labels.js";
import { Wakes } from "./wakes.js";

/** @typedef {import("../../play/contract.js").Scene} Scene */
/** @typedef {import("../../view/camera.js").View} View */
/** @typedef {import("./fleet.js").Ship} Ship */
/** @typedef {import("./teams.js").Teams} Teams */

/** World units beyond the view at which nothing of a ship is seen. */
const OUT_OF_SIGHT = 60;
/** Milliseconds for which a hull is lit after a hit. */
const LIT_MS = 120;
/** World units. */
const HALO = 27;
const RING = 22;
const COCKPIT = 3.2;
const SHIELD = "#5cc1f5";
const DASHES = [5, 5];
/** @type {number[]} */
const NO_DASHES = [];
/** Part of its health below which a ship's bar alarms. */
const LOW = 0.4;

export class Ships {
  /** @param {import("../../play/contract.js").Stage} stage @param {Teams} teams */
  constructor(stage, teams) {
    this.stage = stage;
    this.teams = teams;
    this.labels = new Labels();
    this.wakes = new Wakes();
    /** Until when a hull is lit, milliseconds. @type {Map<number, number>} */
    this.lit = new Map();
    /** Of this frame. @type {Ship[]} */
    this.living = [];
    /** @type {Ship[]} */
    this.seen = [];
  }

  /** @param {number} player has been hit @param {number} now milliseconds */
  light(player, now) {
    this.lit.set(player, now + LIT_MS);
  }

  /** @param {CanvasRenderingContext2D} context in world units @param {Scene} scene @param {View} view @param {readonly Ship[]} all */
  draw(context, scene, view, all) {
    const { living, seen } = this;
    living.length = seen.length = 0;
    for (const ship of all) {
      if (!ship.alive) continue;
      living.push(ship);
      if (ship.x < view.left - OUT_OF_SIGHT || ship.x > view.right + OUT_OF_SIGHT) continue;
      if (ship.y < view.top - OUT_OF_SIGHT || ship.y > view.bottom + OUT_OF_SIGHT) continue;
      seen.push(ship);
    }
    this.wakes.draw(context, living, this.teams, scene.now, view);
    for (const [id, until] of this.lit) if (until <= scene.now) this.lit.delete(id);
    for (const ship of seen) this.drawRings(context, ship, scene);
    context.lineJoin = "round";
    for (const ship of seen) this.drawHull(context, ship, scene, view);
    toWorldUnits(context, view);
    this.drawHealth(context);
    for (const ship of seen) if (ship.id !== scene.player) this.drawName(context, ship, scene, view);
  }

  /** @param {CanvasRenderingContext2D} context whose transform is left at the ship @param {Ship} ship @param {Scene} scene @param {View} view */
  drawHull(context, { id, x, y, aim, flags, team }, scene, view) {
    const outline = hull(id, team);
    const pixels = view.scale * view.density;
    const angle = (aim / 4096) * 2 * Math.PI;
    const cos = Math.cos(angle) * pixels;
    const sin = Math.sin(angle) * pixels;
    context.setTransform(cos, sin, -sin, cos, (x - view.left) * pixels, (y - view.top) * pixels);
    const blinks = (flags & FLAGS.PROTECTED) !== 0 && Math.sin(scene.now / 60) > 0.2;
    if (blinks) context.globalAlpha = 0.55;
    context.lineWidth = 5;
    context.strokeStyle = CHART.ink;
    context.stroke(outline);
    context.fillStyle = this.lit.has(id) ? "#fff" : this.teams.colour(id);
    context.fill(outline);
    if (id === scene.player) {
      context.lineWidth = 2;
      context.strokeStyle = "#fff";
      context.stroke(outline);
    }
    context.fillStyle = CHART.ink;
    context.fill(cockpit());
    if (flags & FLAGS.RAPID) {
      context.fillStyle = CHART.paper;
      context.fillRect(15, -5, 8, 2);
      context.fillRect(15, 3, 8, 2);
    }
    if (blinks) context.globalAlpha = 1;
  }

  /** What marks the own ship, and what protects one. @param {CanvasRenderingContext2D} context @param {Ship} ship @param {Scene} scene */
  drawRings(context, { id, x, y, flags }, scene) {
    if (id === scene.player) {
      context.beginPath();
      context.arc(x, y, HALO, 0, 2 * Math.PI);
      context.fillStyle = "rgba(242, 234, 214, 0.09)";
      context.fill();
    }
    if (!(flags & (FLAGS.SHIELDED | FLAGS.PROTECTED))) return;
    context.beginPath();
    context.arc(x, y, RING, 0, 2 * Math.PI);
    context.lineWidth = 2.5;
    context.strokeStyle = flags & FLAGS.SHIELDED ? SHIELD : CHART.paper;
    if (flags & FLAGS.SHIELDED) {
      context.stroke();
      return;
    }
    context.setLineDash(DASHES);
    context.lineDashOffset = -scene.now / 40;
    context.stroke();
    context.setLineDash(NO_DASHES);
  }

  /** The bars of those who are hurt: first what lies under them. @param {CanvasRenderingContext2D} context */
  drawHealth(context) {
    context.fillStyle = CHART.ink;
    for (const { x, y, health } of this.seen) if (health < MAX_HEALTH) context.fillRect(x - 18, y + 21, 36, 6);
    for (const low of [false, true]) {
      context.fillStyle = low ? CHART.alarm : CHART.paper;
      for (const { x, y, health } of this.seen) {
        const part = Math.max(0, health / MAX_HEALTH);
        if (part < 1 && part <= LOW === low) context.fillRect(x - 17, y + 22, 34 * part, 4);
      }
    }
  }

  /** @param {CanvasRenderingContext2D} context @param {Ship} ship of another @param {Scene} scene @param {View} view */
  drawName(context, { id, x, y }, scene, view) {
    const mate = this.teams.isMate(id);
    if (mate) drawFriendly(context, x, y);
    if (!this.stage.names) return;
    const name = scene.members.get(id)?.nickname ?? "";
    this.labels.draw(context, name, x, y - SHIP_RADIUS - (mate ? 30 : 15), view, mate ? CHART.good : CHART.paper);
  }
}

/** @param {CanvasRenderingContext2D} context @param {View} view */
function toWorldUnits(context, view) {
  const pixels = view.scale * view.density;
  context.setTransform(pixels, 0, 0, pixels, -view.left * pixels, -view.top * pixels);
}

/** @type {Path2D | null} made when first drawn, since only a page has paths */
let cockpitPath = null;

/** @returns {Path2D} */
function cockpit() {
  if (!cockpitPath) {
    cockpitPath = new Path2D();
    cockpitPath.arc(-1, 0, COCKPIT, 0, 2 * Math.PI);
  }
  return cockpitPath;
}

/** A mark over the ship of a mate, whatever the setting for names. @param {CanvasRenderingContext2D} context @param {number} x @param {number} y */
function drawFriendly(context, x, y) {
  const tip = y - SHIP_RADIUS - 11;
  context.beginPath();
  context.moveTo(x, tip);
  context.lineTo(x - 7, tip - 8);
  context.lineTo(x + 7, tip - 8);
  context.closePath();
  context.lineWidth = 4;
  context.strokeStyle = CHART.ink;
  context.stroke();
  context.fillStyle = CHART.good;
  context.fill();
}
