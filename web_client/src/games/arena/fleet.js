/** The ships of a scene, made once for all that need them in a frame. */

import { FLAGS } from "./constants.js";

/** @typedef {import("../../net/schema.js").Row} Row */
/** @typedef {import("../../play/contract.js").Actor} Actor */
/** @typedef {import("../../play/contract.js").Scene} Scene */

/** @typedef {Actor & {health: number, flags: number, team: number}} Ship `aim` in 4096ths of a turn */

const AIM_256 = 16;

export class Fleet {
  constructor() {
    /** One for each ship there has been at once, overwritten for each scene. @type {Ship[]} */
    this.made = [];
    /** Of `scene`. @type {Ship[]} */
    this.ships = [];
    /** @type {Scene | null} */
    this.scene = null;
  }

  /**
   * @param {Scene} scene
   * @returns {readonly Ship[]} as drawn in this scene, yours where you predict it; they are valid until the next scene
   */
  of(scene) {
    if (scene === this.scene) return this.ships;
    this.scene = scene;
    this.ships.length = 0;
    scene.tables.ship.forEach((row, id) => {
      if (id !== scene.player || !scene.own) this.add(id, row, row, row.aim * AIM_256, row.flags);
    });
    if (scene.own) {
      const row = scene.latest.ship.get(scene.player);
      const { alive, dash_left: dashLeft } = scene.own;
      const foretold = (alive ? FLAGS.ALIVE : 0) | (dashLeft ? FLAGS.DASHING : 0);
      const flags = ((row?.flags ?? 0) & ~(FLAGS.ALIVE | FLAGS.DASHING)) | foretold;
      this.add(scene.player, scene.own, row, scene.aim, flags);
    }
    return this.ships;
  }

  /** @param {number} id @param {Readonly<Row>} place @param {Readonly<Row> | undefined} row @param {number} aim @param {number} flags */
  add(id, place, row, aim, flags) {
    const at = this.ships.length;
    const ship = (this.made[at] ??= { id: 0, x: 0.5, y: 0.5, health: 0, flags: 0, team: 0, aim: 0.5, alive: false });
    ship.id = id;
    ship.x = place.x;
    ship.y = place.y;
    ship.health = row?.health ?? 0;
    ship.flags = flags;
    ship.team = row?.team ?? 0;
    ship.aim = aim;
    ship.alive = (flags & FLAGS.ALIVE) !== 0;
    this.ships.push(ship);
  }
}
