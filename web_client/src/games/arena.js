/** The arena in the browser: it draws its tables and puts them into words. */

import { DamageIndicators } from "./arena/damage_indicators.js";
import { Bolts } from "./arena/bolts.js";
import { BUTTONS, FLAGS, VIEW_HEIGHT, VIEW_WIDTH } from "./arena/constants.js";
import { RoundSounds } from "./arena/round_sounds.js";
import { Effects } from "./arena/effects.js";
import { Fleet } from "./arena/fleet.js";
import { Flights } from "./arena/flights.js";
import { Ground, readSetup } from "./arena/ground.js";
import { Feedback } from "./arena/feedback.js";
import { createMover } from "./arena/movement.js";
import { Buoys, pickupColour } from "./arena/pickups.js";
import { hudOf, standingsOf } from "./arena/round.js";
import { Ships } from "./arena/ships.js";
import { SOUNDS } from "./arena/sounds.js";
import { Teams } from "./arena/teams.js";
import { integer } from "../net/checks.js";
import { CHART } from "../view/palette.js";

/** @typedef {import("../play/contract.js").Game} Game */
/** @typedef {import("../play/contract.js").Row} Row */
/** @typedef {import("../play/contract.js").Stage} Stage */
/** @typedef {import("../play/contract.js").Welcome} Welcome */
/** @typedef {import("./arena/movement.js").OwnShip} OwnShip */
/** @typedef {{readonly [field: string]: number}} Numbers */

/** @type {readonly import("../play/contract.js").Control[]} */
export const controls = [
  { name: "fire", title: "Fire", keys: ["Mouse0"], touch: { thumb: "Right thumb", does: "aims and fires" } },
  { name: "dash", title: "Dash", keys: ["Space", "Mouse2"], touch: { thumb: "Dash", does: "leaps ahead" } },
];

/** World units that a ship cannot go in a tick by itself, dashing included. */
const LEAP = 64;

/** World units: the `aim` of a ship row is in 256ths of a turn. */
const MOTION = {
  ship: {
    lines: ["x", "y"],
    turns: { aim: 256 },
    jump: LEAP,
    /** @param {Readonly<Row>} before @param {Readonly<Row>} after */
    breaks: (before, after) => ((before.flags ^ after.flags) & FLAGS.ALIVE) !== 0,
  },
};

/** Sunk, back again, or dealt to another place. @param {Readonly<Row>} foretold @param {Readonly<Row>} own */
function befell(foretold, own) {
  const far = Math.abs(own.x - foretold.x) > LEAP || Math.abs(own.y - foretold.y) > LEAP;
  return own.alive !== foretold.alive || (far && own.vx === 0 && own.vy === 0);
}

/**
 * Friend and foe on the map: what is alone is a disc.
 * @param {Teams} teams @param {number} player @returns {{rim?: string, size?: number, pointed?: boolean}}
 */
function markOf(teams, player) {
  if (!teams.of(player)) return {};
  return teams.isMate(player) ? { rim: CHART.paper, size: 2.5 } : { pointed: true, size: 3 };
}

/**
 * @param {import("../play/contract.js").Scene} scene @param {readonly import("../play/contract.js").Actor[]} ships @param {Teams} teams
 * @returns {import("../play/contract.js").Mark[]}
 */
function marksOf(scene, ships, teams) {
  /** @type {import("../play/contract.js").Mark[]} */
  const marks = [];
  scene.tables.pickup.forEach(({ x, y, kind }) => marks.push({ x, y, colour: pickupColour(kind), size: 1.25 }));
  for (const { id, x, y, alive } of ships) {
    if (!alive || id === scene.player) continue;
    marks.push({ x, y, colour: teams.colour(id), size: 2.25, ...markOf(teams, id) });
  }
  if (scene.own?.alive) marks.push({ x: scene.own.x, y: scene.own.y, colour: "#fff", size: 3.25 });
  return marks;
}

/** @param {Welcome} welcome @param {Stage} stage @returns {Game} */
export function create(welcome, stage) {
  const setup = readSetup(welcome.setup);
  const killsToWin = integer(welcome.setup.kills_to_win, 1, 65535, "kills_to_win");
  const mover = createMover(setup, welcome.tickRate);
  const ground = new Ground(setup);
  const buoys = new Buoys();
  /** @type {number | null} when the first frame was drawn, local milliseconds */
  let begun = null;
  const effects = new Effects();
  const indicators = new DamageIndicators();
  const teams = new Teams(welcome.setup, welcome.player);
  const flights = new Flights(
    welcome.tickRate,
    (x, y, way, most) => ground.reach(x, y, way, most),
    (owner, target) => teams.spares(owner, target),
  );
  const fleet = new Fleet();
  const ships = new Ships(stage, teams);
  const roundSounds = new RoundSounds(teams);
  const feedback = new Feedback(welcome.player, stage, teams, { effects, indicators, fleet, ships, flights });
  const bolts = new Bolts(flights, effects, (owner) => teams.colour(owner), (at) => feedback.shotHeard(at));

  return {
    buttons: {
      up: BUTTONS.UP, down: BUTTONS.DOWN, left: BUTTONS.LEFT, right: BUTTONS.RIGHT,
      fire: BUTTONS.FIRE, dash: BUTTONS.DASH,
    },
    controls,
    steers: true,
    aims: true,
    world: { width: setup.width * setup.tile, height: setup.height * setup.tile },
    view: { width: VIEW_WIDTH, height: VIEW_HEIGHT },
    motion: MOTION,
    step: (own, buttons, aim) => mover.step(/** @type {OwnShip} */ (own), buttons, aim),
    befell,
    moved: (move) => feedback.moved(move),
    arrived({ tick, tables }) {
      teams.learn(tables.score);
      flights.arrive(tick, tables.bolt, welcome.player);
    },
    jump({ tick, tables }) {
      teams.learn(tables.score);
      effects.clear();
      flights.begin(tick, tables.bolt, welcome.player);
      roundSounds.phase = -1;
    },
    // All that the arena reports is numbers.
    urgent: (name, fields) => feedback.urgent(name, /** @type {Numbers} */ (fields)),
    event: (name, fields, scene) => feedback.event(name, /** @type {Numbers} */ (fields), scene),
    draw(context, scene, view) {
      const shown = fleet.of(scene);
      const cue = roundSounds.next(scene);
      if (cue) stage.play(SOUNDS[cue]);
      ground.chunks.draw(context, view);
      buoys.draw(context, scene, view);
      bolts.draw(context, scene, view, shown);
      ships.draw(context, scene, view, shown);
      effects.draw(context, scene.elapsed, view);
      if (scene.own?.alive) indicators.draw(context, { x: scene.own.x, y: scene.own.y }, scene.elapsed);
    },
    drawMap: (context) => ground.drawMap(context),
    marks: (scene) => marksOf(scene, fleet.of(scene), teams),
    actors: (scene) => fleet.of(scene),
    tallies: () => ({ shots: feedback.shots, hits: feedback.hits }),
    hud(scene) {
      begun ??= scene.now;
      return hudOf(scene, teams, killsToWin, feedback.sunkBy, begun);
    },
    standings: (scene, present) => standingsOf(scene, teams, present),
    emblem: (player) => teams.emblem(player),
  };
}
