/** Ships: hull, wake, name, and what protects or drives them. */

import { CHART } from "../../view/palette.js";
import { FLAGS, MAX_HEALTH, SHIP_RADIUS } from "./constants.js";
import { hull } from "./hulls.js";
import { Labels } from "./labels.js";

/** @typedef {import("../contract.js").Scene} Scene */
/** @typedef {import("../contract.js").Actor} Actor */
/** @typedef {import("../../view/camera.js").View} View */

/** @typedef {import("./teams.js").Teams} Teams */

/** @typedef {Actor & {flags: number, team: number}} Ship `aim` in 4096ths of a turn */

const AIM_256 = 16;
const WAKE_POINTS = 12;
const WAKE_INTERVAL = 40;
const WAKE_BREAK = 150;
const OUT_OF_SIGHT = 60;
/** Seconds that a hull is lit after a hit. */
const LIT = 0.12;

/** @typedef {{xs: Float32Array, ys: Float32Array, length: number, at: number}} Wake */

/** @param {Scene} scene @returns {Ship[]} as drawn in this scene, yours where you predict it */
export function shipsOf(scene) {
  /** @type {Ship[]} */
  const ships = [];
  for (const [id, row] of scene.tables.ship) {
    if (id === scene.player && scene.own) continue;
    const { x, y, health, flags, team } = row;
    ships.push({ id, x, y, health, flags, team, aim: row.aim * AIM_256, alive: Boolean(flags & FLAGS.ALIVE) });
  }
  if (scene.own) {
    const row = scene.latest.ship.get(scene.player);
    const { x, y, alive, dash_left: dashLeft } = scene.own;
    const foretold = (alive ? FLAGS.ALIVE : 0) | (dashLeft ? FLAGS.DASHING : 0);
    const flags = ((row?.flags ?? 0) & ~(FLAGS.ALIVE | FLAGS.DASHING)) | foretold;
    const { health, team } = row ?? { health: 0, team: 0 };
    ships.push({ id: scene.player, x, y, health, flags, team, aim: scene.aim, alive: Boolean(alive) });
  }
  return ships;
}

export class Ships {
  /** @param {import("../contract.js").Stage} stage @param {Teams} teams */
  constructor(stage, teams) {
    this.stage = stage;
    this.teams = teams;
    this.labels = new Labels();
    /** @type {Map<number, Wake>} */
    this.wakes = new Map();
    /** @type {Map<number, number>} seconds that are left of the light of a hit */
    this.lit = new Map();
  }

  /** @param {number} player has been hit */
  light(player) {
    this.lit.set(player, LIT);
  }

  /** @param {CanvasRenderingContext2D} context @param {Scene} scene @param {View} view @param {readonly Ship[]} all */
  draw(context, scene, view, all) {
    const ships = all.filter((ship) => ship.alive);
    for (const ship of ships) this.drawWake(context, ship, scene.now);
    for (const id of this.wakes.keys()) if (!ships.some((ship) => ship.id === id)) this.wakes.delete(id);
    for (const ship of ships) {
      const seen = ship.x > view.left - OUT_OF_SIGHT && ship.x < view.right + OUT_OF_SIGHT &&
        ship.y > view.top - OUT_OF_SIGHT && ship.y < view.bottom + OUT_OF_SIGHT;
      if (seen) this.drawShip(context, ship, scene, view);
    }
  }

  /** @param {CanvasRenderingContext2D} context @param {Ship} ship @param {Scene} scene @param {View} view */
  drawShip(context, ship, scene, view) {
    const { id, x, y, aim, flags, health, team } = ship;
    const mine = id === scene.player;
    const mate = this.teams.isMate(id);
    const outline = hull(id, team);
    const lit = (this.lit.get(id) ?? 0) - scene.elapsed;
    this.lit.set(id, lit);
    const angle = (aim / 4096) * 2 * Math.PI;
    context.translate(x, y);
    this.drawRings(context, flags, mine, scene.now);
    context.rotate(angle);
    context.globalAlpha = flags & FLAGS.PROTECTED && Math.sin(scene.now / 60) > 0.2 ? 0.55 : 1;
    context.lineJoin = "round";
    context.lineWidth = 5;
    context.strokeStyle = CHART.ink;
    context.stroke(outline);
    context.fillStyle = lit > 0 ? "#fff" : this.teams.colour(id);
    context.fill(outline);
    if (mine) {
      context.lineWidth = 2;
      context.strokeStyle = "#fff";
      context.stroke(outline);
    }
    context.fillStyle = CHART.ink;
    context.beginPath();
    context.arc(-1, 0, 3.2, 0, 2 * Math.PI);
    context.fill();
    if (flags & FLAGS.RAPID) {
      context.fillStyle = CHART.paper;
      context.fillRect(15, -5, 8, 2);
      context.fillRect(15, 3, 8, 2);
    }
    context.globalAlpha = 1;
    context.rotate(-angle);
    if (health < MAX_HEALTH) drawHealth(context, health);
    if (mate) drawFriendly(context);
    if (!mine && this.stage.names) {
      const name = scene.members.get(id)?.nickname ?? "";
      this.labels.draw(context, name, 0, -SHIP_RADIUS - (mate ? 30 : 15), view, mate ? CHART.good : CHART.paper);
    }
    context.translate(-x, -y);
  }

  /**
   * @param {CanvasRenderingContext2D} context at the ship
   * @param {number} flags @param {boolean} mine @param {number} now
   */
  drawRings(context, flags, mine, now) {
    if (mine) {
      context.beginPath();
      context.arc(0, 0, 27, 0, 2 * Math.PI);
      context.fillStyle = "rgba(242, 234, 214, 0.09)";
      context.fill();
    }
    if (flags & (FLAGS.SHIELDED | FLAGS.PROTECTED)) {
      context.beginPath();
      context.arc(0, 0, 22, 0, 2 * Math.PI);
      context.lineWidth = 2.5;
      context.strokeStyle = flags & FLAGS.SHIELDED ? "#5cc1f5" : CHART.paper;
      if (!(flags & FLAGS.SHIELDED)) context.setLineDash([5, 5]);
      context.lineDashOffset = -now / 40;
      context.stroke();
      context.setLineDash([]);
    }
  }

  /** @param {CanvasRenderingContext2D} context @param {Ship} ship @param {number} now */
  drawWake(context, ship, now) {
    let wake = this.wakes.get(ship.id);
    if (!wake) {
      wake = { xs: new Float32Array(WAKE_POINTS), ys: new Float32Array(WAKE_POINTS), length: 0, at: 0 };
      this.wakes.set(ship.id, wake);
    }
    const { xs, ys } = wake;
    if (wake.length && Math.hypot(ship.x - xs[0], ship.y - ys[0]) > WAKE_BREAK) wake.length = 0;
    if (now - wake.at > WAKE_INTERVAL) {
      wake.at = now;
      xs.copyWithin(1, 0);
      ys.copyWithin(1, 0);
      xs[0] = ship.x;
      ys[0] = ship.y;
      wake.length = Math.min(WAKE_POINTS, wake.length + 1);
    }
    const dashing = Boolean(ship.flags & FLAGS.DASHING);
    context.strokeStyle = this.teams.colour(ship.id);
    context.lineCap = "butt";
    let x = ship.x;
    let y = ship.y;
    for (let index = 0; index < wake.length; index += 1) {
      const left = 1 - index / WAKE_POINTS;
      if (Math.abs(xs[index] - x) + Math.abs(ys[index] - y) > 0.5) {
        context.globalAlpha = left * (dashing ? 0.75 : 0.28);
        context.lineWidth = (dashing ? 13 : 7) * left + 1;
        context.beginPath();
        context.moveTo(x, y);
        context.lineTo(xs[index], ys[index]);
        context.stroke();
      }
      x = xs[index];
      y = ys[index];
    }
    context.globalAlpha = 1;
  }
}

/** @param {CanvasRenderingContext2D} context at the ship @param {number} health */
function drawHealth(context, health) {
  const part = Math.max(0, Math.min(1, health / MAX_HEALTH));
  context.fillStyle = CHART.ink;
  context.fillRect(-18, 21, 36, 6);
  context.fillStyle = part > 0.4 ? CHART.paper : CHART.alarm;
  context.fillRect(-17, 22, 34 * part, 4);
}

/** A mark over the ship of a mate, whatever the setting for names. @param {CanvasRenderingContext2D} context at the ship */
function drawFriendly(context) {
  const tip = -SHIP_RADIUS - 11;
  context.beginPath();
  context.moveTo(0, tip);
  context.lineTo(-7, tip - 8);
  context.lineTo(7, tip - 8);
  context.closePath();
  context.lineWidth = 4;
  context.strokeStyle = CHART.ink;
  context.stroke();
  context.fillStyle = CHART.good;
  context.fill();
}
