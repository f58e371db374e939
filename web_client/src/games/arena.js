/** The arena in the browser: it draws its tables and puts them into words. */

import { Bolts } from "./arena/bolts.js";
import {
  BUTTONS, FIRE_COOLDOWN, FLAGS, RAPID_FIRE_COOLDOWN, SHIP_RADIUS, VIEW_HEIGHT, VIEW_WIDTH, ticksOf,
} from "./arena/constants.js";
import { direction } from "./arena/directions.js";
import { Effects } from "./arena/effects.js";
import { Ground, readSetup } from "./arena/ground.js";
import { emblem } from "./arena/hulls.js";
import { createMover } from "./arena/movement.js";
import { drawPickups, pickupColour, pickupName } from "./arena/pickups.js";
import { hudOf, standingsOf } from "./arena/round.js";
import { Ships, shipsOf } from "./arena/ships.js";
import { CHART, playerColour } from "../view/palette.js";

/** @typedef {import("./contract.js").Game} Game */
/** @typedef {import("./contract.js").FeedEntry} FeedEntry */
/** @typedef {import("./contract.js").Scene} Scene */
/** @typedef {import("./contract.js").Welcome} Welcome */
/** @typedef {import("./arena/movement.js").OwnShip} OwnShip */

/** World units: the `aim` of a ship row is in 256ths of a turn, and a respawn is further than any dash. */
const MOTION = { ship: { lines: ["x", "y"], turns: { aim: 256 }, jump: 64 } };

/** @param {Welcome} welcome @returns {Game} */
export function create(welcome) {
  const setup = readSetup(welcome.setup);
  const mover = createMover(setup, welcome.tickRate);
  const ground = new Ground(setup);
  const effects = new Effects();
  const bolts = new Bolts(ground, effects);
  const ships = new Ships();
  const cooldowns = [FIRE_COOLDOWN, RAPID_FIRE_COOLDOWN].map((seconds) => ticksOf(seconds, welcome.tickRate));
  let fireWait = 0;

  /** @param {Scene} scene your own shot flashes at once, before the server has heard of it */
  const flashOwnShot = ({ own, aim }) => {
    if (own?.alive && own.fire_wait > fireWait && cooldowns.includes(own.fire_wait)) {
      const way = direction(aim);
      effects.add("flash", own.x + way.x * (SHIP_RADIUS + 6), own.y + way.y * (SHIP_RADIUS + 6), 8, 0.09, CHART.paper);
    }
    fireWait = own?.fire_wait ?? 0;
  };

  /** @type {{[event: string]: (fields: {readonly [field: string]: number}, scene: Scene) => FeedEntry | null}} */
  const events = {
    kill({ killer, victim }, scene) {
      const ship = shipsOf(scene).find(({ id }) => id === victim);
      if (ship) effects.wreck(ship.x, ship.y, playerColour(victim));
      return {
        parts: [{ player: killer }, { text: "sank" }, { player: victim }],
        mine: killer === scene.player || victim === scene.player,
      };
    },
    hit({ attacker, victim, damage, x, y }, scene) {
      effects.hit(x, y, playerColour(victim));
      ships.light(victim);
      if (attacker === scene.player) effects.add("figure", x, y, 0, 0.6, CHART.paper, String(damage));
      return null;
    },
    pickup({ player, kind }, scene) {
      const ship = shipsOf(scene).find(({ id }) => id === player);
      if (ship) effects.add("ring", ship.x, ship.y, 34, 0.4, pickupColour(kind));
      return player === scene.player ? { parts: [{ text: `You took ${pickupName(kind)}` }], mine: true } : null;
    },
    respawn({ player }, scene) {
      const ship = shipsOf(scene).find(({ id }) => id === player);
      if (ship) effects.add("ring", ship.x, ship.y, 46, 0.6, playerColour(player));
      return null;
    },
  };

  return {
    buttons: {
      up: BUTTONS.UP, down: BUTTONS.DOWN, left: BUTTONS.LEFT, right: BUTTONS.RIGHT,
      fire: BUTTONS.FIRE, dash: BUTTONS.DASH,
    },
    world: { width: setup.width * setup.tile, height: setup.height * setup.tile },
    view: { width: VIEW_WIDTH, height: VIEW_HEIGHT },
    motion: MOTION,
    step: (own, buttons, aim) => ({ ...mover.step(/** @type {OwnShip} */ (own), buttons, aim) }),
    event: (name, fields, scene) => events[name]?.(fields, scene) ?? null,
    draw(context, scene, view) {
      ground.draw(context, view);
      drawPickups(context, scene);
      flashOwnShot(scene);
      bolts.draw(context, scene, view);
      ships.draw(context, scene, view);
      effects.draw(context, scene.elapsed);
    },
    drawMap: (context) => ground.drawMap(context),
    marks: (scene) => [
      ...[...scene.tables.pickup.values()].map(({ x, y, kind }) => ({ x, y, colour: pickupColour(kind), size: 1.25 })),
      ...[...scene.tables.ship]
        .filter(([id, { flags }]) => flags & FLAGS.ALIVE && id !== scene.player)
        .map(([id, { x, y }]) => ({ x, y, colour: playerColour(id), size: 2.25 })),
      ...(scene.own?.alive ? [{ x: scene.own.x, y: scene.own.y, colour: "#fff", size: 3.25 }] : []),
    ],
    actors: shipsOf,
    hud: hudOf,
    standings: standingsOf,
    emblem,
  };
}
