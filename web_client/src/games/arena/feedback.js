/** How events of the arena look, sound and feel, and the words for them. */

import { CHART } from "../../view/palette.js";
import { NOBODY } from "./constants.js";
import { direction } from "./directions.js";
import { fires } from "./movement.js";
import { learnPickup, pickupColour, pickupName } from "./pickups.js";
import { SOUNDS, heardFrom } from "./sounds.js";

/** @typedef {import("../../play/contract.js").FeedEntry} FeedEntry */
/** @typedef {import("../../play/contract.js").Move} Move */
/** @typedef {import("../../play/contract.js").Scene} Scene */
/** @typedef {import("../../play/contract.js").Stage} Stage */
/** @typedef {import("./damage_indicators.js").DamageIndicators} DamageIndicators */
/** @typedef {import("./effects.js").Effects} Effects */
/** @typedef {import("./fleet.js").Fleet} Fleet */
/** @typedef {import("./flights.js").Flights} Flights */
/** @typedef {import("./movement.js").OwnShip} OwnShip */
/** @typedef {import("./ships.js").Ships} Ships */
/** @typedef {import("./teams.js").Teams} Teams */

/** @typedef {{readonly [field: string]: number}} Fields */

/** How strongly the screen shakes. */
const STRUCK = 0.42;
const SUNK = 0.9;
const KILL = 0.3;

export class Feedback {
  /**
   * @param {number} player you @param {Stage} stage @param {Teams} teams
   * @param {{effects: Effects, indicators: DamageIndicators, fleet: Fleet, ships: Ships, flights: Flights}} shown
   */
  constructor(player, stage, teams, { effects, indicators, fleet, ships, flights }) {
    this.player = player;
    this.stage = stage;
    this.teams = teams;
    this.effects = effects;
    this.indicators = indicators;
    this.fleet = fleet;
    this.ships = ships;
    this.flights = flights;
    this.ear = { x: 0, y: 0 };
    this.sunkBy = NOBODY;
    this.shots = 0;
    this.hits = 0;
  }

  /** What you do is seen at once, before the server has heard of it. @param {Move} move */
  moved({ tick, buttons, aim, before, after }) {
    this.ear = { x: after.x, y: after.y };
    if (after.dash_left > before.dash_left) this.stage.play(SOUNDS.dash);
    if (!fires(/** @type {OwnShip} */ (before), buttons)) return;
    this.shots += 1;
    this.flights.fire(this.player, tick, after.x, after.y, aim);
    this.effects.muzzle(after.x, after.y, direction(aim));
    this.stage.play(SOUNDS.shot);
  }

  /**
   * Your own hits, and what is done to you, are reported at once: you see both in your own time.
   * @param {string} name @param {Fields} fields @returns {boolean}
   */
  urgent(name, { attacker, victim, player }) {
    return victim === this.player || (name === "hit" && attacker === this.player) || player === this.player;
  }

  /** @param {string} name @param {Fields} fields @param {Scene} scene @returns {FeedEntry | null} */
  event(name, fields, scene) {
    switch (name) {
      case "kill": return this.kill(fields, scene);
      case "hit": return this.hit(fields, scene);
      case "pickup": return this.pickup(fields, scene);
      case "respawn": return this.respawn(fields, scene);
      default: return null;
    }
  }

  /** @param {Fields} fields @param {Scene} scene @returns {FeedEntry} */
  kill({ killer, victim }, scene) {
    const ship = this.ship(victim, scene);
    const astray = this.teams.areMates(killer, victim);
    if (ship) this.effects.wreck(ship.x, ship.y, this.teams.colour(victim));
    if (victim === this.player) {
      this.sunkBy = killer;
      this.stage.shake(SUNK);
      this.stage.play(SOUNDS.sunk);
      this.indicators.clear();
    } else if (killer === this.player && !astray) {
      if (ship) this.effects.mark(ship.x, ship.y, true);
      this.stage.shake(KILL);
      this.stage.play(SOUNDS.kill);
    } else if (ship) {
      this.hear(SOUNDS.wreck, ship);
    }
    const mine = killer === this.player || victim === this.player;
    return { parts: [{ player: killer }, { text: astray ? "sank a mate," : "sank" }, { player: victim }], mine };
  }

  /** @param {Fields} fields @param {Scene} scene */
  hit({ attacker, victim, damage, x, y }, scene) {
    const ship = this.ship(victim, scene);
    const at = ship ?? { x, y };
    this.ships.light(victim, scene.now);
    this.effects.hit(at.x, at.y, this.teams.colour(victim));
    if (victim === this.player) {
      this.indicators.add(at, this.ship(attacker, scene) ?? { x, y });
      this.stage.shake(damage ? STRUCK : STRUCK / 3);
      this.stage.play(SOUNDS.struck, damage ? 1 : 0.4);
    } else if (attacker === this.player) {
      this.hits += 1;
      this.effects.mark(at.x, at.y, false);
      this.effects.add("figure", at.x, at.y, 0, 0.6, CHART.paper, String(damage));
      this.stage.play(SOUNDS.hit);
    }
    return null;
  }

  /** @param {Fields} fields @param {Scene} scene @returns {FeedEntry | null} */
  pickup({ player, kind }, scene) {
    const ship = this.ship(player, scene);
    if (ship) this.effects.add("ring", ship.x, ship.y, 34, 0.4, pickupColour(kind));
    if (player !== this.player) return null;
    learnPickup(kind);
    this.stage.play(SOUNDS.pickup);
    return { parts: [{ text: `You took ${pickupName(kind)}` }], mine: true };
  }

  /** @param {Fields} fields @param {Scene} scene */
  respawn({ player }, scene) {
    const ship = this.ship(player, scene);
    if (ship) this.effects.add("ring", ship.x, ship.y, 46, 0.6, this.teams.colour(player));
    return null;
  }

  /** A shot of somebody else's. @param {{x: number, y: number}} at */
  shotHeard(at) {
    this.hear(SOUNDS.otherShot, at);
  }

  /** @param {import("../../view/sound.js").Recipe} sound @param {{x: number, y: number}} at */
  hear(sound, at) {
    const { loud, pan } = heardFrom(at, this.ear);
    this.stage.play(sound, loud, pan);
  }

  /** @param {number} player @param {Scene} scene */
  ship(player, scene) {
    return this.fleet.of(scene).find(({ id }) => id === player) ?? null;
  }
}
