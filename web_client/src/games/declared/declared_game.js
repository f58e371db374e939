/** A game of declarations in the browser: what its author writes, and everything else by what the server declares. */

import { CHART, playerColour } from "../../view/palette.js";
import { drawByDefault } from "./default_drawing.js";
import { bannerOf, checkParts, clockOf, figuresOf, gaugesOf, meterOf, objectOf, recipeOf, smoothOf } from "./definition.js";
import { playerOf, roundOf, thingsOf } from "./look.js";
import { Paint } from "./paint.js";
import { Pressed } from "./pressed.js";
import { readDeclared, refusalOf } from "./setup.js";

/** @typedef {import("../../play/contract.js").Game} Game */
/** @typedef {import("../../play/contract.js").Hud} Hud */
/** @typedef {import("../../play/contract.js").GameModule} GameModule */
/** @typedef {import("../../play/contract.js").FeedEntry} FeedEntry */
/** @typedef {import("../../play/contract.js").Recipe} Recipe */
/** @typedef {import("../../play/contract.js").Rules} Rules */
/** @typedef {import("../../play/contract.js").Scene} Scene */
/** @typedef {import("../../play/contract.js").Stage} Stage */
/** @typedef {import("../../play/contract.js").Standings} Standings */
/** @typedef {import("../../play/contract.js").Welcome} Welcome */
/** @typedef {import("../../play/interpolation.js").Motion} Motion */
/** @typedef {import("../../net/schema.js").Row} Row */
/** @typedef {import("./look.js").Look} Look */
/** @typedef {import("./look.js").Round} Round */
/** @typedef {import("./look.js").Thing} Thing */
/** @typedef {import("./setup.js").Declared} Declared */

/** @typedef {{wave: "sine" | "triangle" | "square" | "noise", from: number, to?: number, seconds?: number, loud?: number, after?: number}} Voice */

/**
 * What is there for a game when an event is reported, beside what is to be seen.
 *
 * @typedef {object} Tools
 * @property {(sound: string, where?: {at?: {x: number, y: number}, loud?: number}) => void} play one of its `sounds`; from afar it is quieter
 * @property {(trauma: number) => void} shake the screen; 0 to 1
 */

/**
 * The figures around the field. What is left out is not shown.
 *
 * @typedef {object} Figures
 * @property {string | false} [clock] a line above the time that is left of the round
 * @property {string | false | {title?: string, detail?: string, aside?: boolean}} [banner]
 * @property {{label: string, value: number, most: number} | false | null} [meter]
 * @property {{label: string, fraction: number, lit?: boolean}[]} [gauges]
 */

/**
 * Everything may be left out.
 *
 * @typedef {object} Definition
 * @property {(paint: Paint, look: Look) => void} [draw] the field, in world units, in each frame
 * @property {(element: HTMLElement, look: Look) => ((look: Look) => void) | void} [root] once in a stay, puts buttons and text
 *   into the element; what it returns is called whenever something may have changed
 * @property {{[event: string]: (event: {[field: string]: any}, look: Look & Tools) => void}} [on] an event has come to be seen
 * @property {(place: {x: number, y: number}, look: Look) => void} [click] a press on the field, in world units
 * @property {(look: Look) => Figures} [hud]
 * @property {{[name: string]: readonly Voice[]}} [sounds]
 * @property {{[table: string]: readonly string[]}} [smooth] fields that glide between snapshots, beside those that are places
 */

/** World units that the screen of a game without a field has. */
const PLAIN = { width: 1280, height: 720 };
/** World units of which a screen shows as much as fits, where the camera follows. */
const VIEW = { width: 1280, height: 720 };
/** Milliseconds after which the text of a game is brought up to date although no snapshot has come: seconds run down. */
const ROOT_INTERVAL = 250;
/** World units within which a sound is as loud as can be, and beyond which it is not heard. */
const NEAR = 200;
const FAR = 1600;
/** A disc, in a square of 40 units. */
const DISC = "M16 0A16 16 0 1 1 -16 0A16 16 0 1 1 16 0Z";
const PLACE_HOLDER = /\{(\w+)\}/;

/**
 * @param {Definition} definition
 * @returns {GameModule & {definition: Definition}} what `game.js` exports by default
 */
export function game(definition = {}) {
  return { declared: true, definition, create: (welcome, stage, rules) => new DeclaredGame(definition, welcome, stage, rules).asGame() };
}

class DeclaredGame {
  /** @param {Definition} definition @param {Welcome} welcome @param {Stage} stage @param {Rules | undefined} rules */
  constructor(definition, welcome, stage, rules) {
    /** @type {Definition} */
    this.definition = Object(definition);
    this.welcome = welcome;
    this.stage = stage;
    this.declared = readDeclared(welcome.setup);
    this.rules = rules?.create?.(welcome.tickRate) ?? null;
    this.world = this.declared.world ?? PLAIN;
    this.paint = new Paint();
    /** The parts of the definition of which a fault has been reported. @type {Set<string>} */
    this.faults = new Set();
    /** @type {{[command: string]: (...values: (number | string)[]) => void}} */
    this.send = Object.fromEntries(this.declared.commands.map((command, number) => [command.name, (...values) => {
      const refusal = refusalOf(command, values);
      if (refusal) stage.fault(new Error(refusal), `${refusal}.`);
      else stage.act(number, values);
    }]));
    this.guard("game.js", () => checkParts(definition, Object.keys(this.declared.events)));
    /** @type {Map<string, Recipe>} */
    this.recipes = new Map();
    for (const [name, voices] of Object.entries(this.guard("sounds", () => objectOf(this.definition.sounds, "it")) ?? {})) {
      // One that is none stays there, silent: that it cannot be played is reported once, here.
      this.recipes.set(name, this.guard(`sounds.${name}`, () => recipeOf(voices)) ?? []);
    }
    const smooth = this.guard("smooth", () => smoothOf(this.definition.smooth, Object.keys(this.declared.entities)));
    this.motion = motionsOf(this.declared, smooth ?? {});
    /** What brings the game's own element up to date, once it is there. @type {((look: Look) => void) | null} */
    this.update = null;
    /** Of which snapshot and when that was done. @type {{latest: Scene["latest"] | null, now: number}} */
    this.updated = { latest: null, now: 0 };
    /** What the player does, once anything is sent of it. @type {import("../../play/input.js").Input | null} */
    this.input = null;
    /** @type {{scene: Scene, look: Look} | null} made once for all that ask in a frame */
    this.looked = null;
  }

  /** @returns {Game} */
  asGame() {
    const { declared, welcome, world } = this;
    const rules = this.rules;
    const pressed = new Pressed(declared.inputs, world);
    return {
      buttons: Object.assign({}, ...declared.inputs.map(({ bits }) => bits)),
      controls: declared.inputs.flatMap(({ controls }) => controls),
      aims: declared.inputs.some(({ kind }) => kind === "aim"),
      points: declared.inputs.some(({ kind }) => kind === "pointer"),
      rewinds: false,
      steers: declared.inputs.some(({ kind }) => kind === "stick" || kind === "analogue"),
      pressed: (input) => {
        this.input = input;
        return pressed.of(input);
      },
      world,
      view: VIEW,
      motion: this.motion,
      step: rules ? (own, buttons, aim) => rules.step(own, buttons, aim) : (own) => own,
      befell: (foretold, own) => foretold.placed !== own.placed,
      urgent: (name, fields) => (declared.events[name]?.players ?? []).some((field) => fields[field] === welcome.player),
      event: (name, fields, scene) => this.event(name, fields, scene),
      clicked: (place, scene) => this.guard("click", () => this.definition.click?.(place, this.look(scene))),
      draw: (context, scene, view) => {
        this.paint.begin(context, view, this.stage.names);
        this.guard("draw", () => this.draw(scene));
        if (this.definition.root) this.guard("root", () => this.showRoot(scene));
      },
      drawMap: (context) => {
        context.fillStyle = CHART.shallow;
        context.fillRect(0, 0, world.width, world.height);
      },
      marks: (scene) => this.placed(scene).map(({ id, x, y, colour }) => (
        { x, y, colour: id === scene.player ? "#fff" : colour, size: id === scene.player ? 3.25 : 2.25 })),
      actors: (scene) => this.placed(scene).map(({ id, x, y }) => ({ id, x, y, alive: true, aim: 0 })),
      send: this.send,
      look: (scene) => this.look(scene),
      hud: (scene) => this.hud(this.look(scene)),
      standings: (scene, present) => standingsOf(scene, declared, present),
      emblem: (player) => ({ path: DISC, colour: playerColour(player) }),
    };
  }

  /** @param {Scene} scene */
  draw(scene) {
    const { definition: { draw, root }, declared, paint } = this;
    if (draw) draw(paint, this.look(scene));
    else if (!root) drawByDefault(paint, this.look(scene), declared);
  }

  /** Put the game's own element into the page, and keep it up to date. @param {Scene} scene */
  showRoot(scene) {
    const { definition: { draw, root }, updated } = this;
    if (!this.update) {
      this.update = () => {}; // one that throws is not tried again in each frame
      const update = root?.(this.stage.root(!draw), this.look(scene));
      if (update) this.update = update;
    }
    if (updated.latest === scene.latest && scene.now - updated.now < ROOT_INTERVAL) return;
    this.updated = { latest: scene.latest, now: scene.now };
    this.update(this.look(scene));
  }

  /**
   * Run what the author wrote, or read what it returned. The first that a part throws is reported, and not that of each
   * frame, which may have other words each time: the match goes on without it.
   * @template T @param {string} part of the definition @param {() => T} run @returns {T | undefined}
   */
  guard(part, run) {
    try {
      return run();
    } catch (error) {
      if (this.faults.has(part)) return undefined;
      this.faults.add(part);
      this.stage.fault(error, `${part} of the game ${this.welcome.match.game} has failed: ${error instanceof Error ? error.message : error}`);
      return undefined;
    }
  }

  /** @param {Scene} scene @returns {Look} */
  look(scene) {
    if (this.looked?.scene === scene) return this.looked.look;
    const look = /** @type {Look} */ ({
      ...thingsOf(scene, this.declared, this.motion),
      round: roundOf(scene, this.declared.rounds),
      world: this.world,
      colours: CHART,
      time: scene.time / scene.tickRate,
      send: this.send,
      pointer: this.input?.place ?? null,
      held: (name) => this.input?.isDown(name) ?? false,
      scene,
      playerOf: (id) => look.players.find((player) => player.id === id) ?? playerOf(scene, id),
    });
    this.looked = { scene, look };
    return look;
  }

  /** @param {Scene} scene @returns {Thing[]} players that have a place */
  placed(scene) {
    return this.declared.world ? this.look(scene).players.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y)) : [];
  }

  /** @param {string} name @param {{readonly [field: string]: number | string}} fields @param {Scene} scene @returns {FeedEntry | null} */
  event(name, fields, scene) {
    const kind = this.declared.events[name] ?? { line: "", players: [] };
    const look = this.look(scene);
    const named = Object.fromEntries(Object.entries(fields).map(([field, value]) => (
      [field, kind.players.includes(field) ? look.playerOf(Number(value)) : value])));
    const { stage } = this;
    this.guard(`on.${name}`, () => this.definition.on?.[name]?.(named, {
      ...look,
      shake: (trauma) => stage.shake(trauma),
      play: (sound, where) => this.play(sound, look, where),
    }));
    if (!kind.line) return null;
    const mine = kind.players.some((field) => fields[field] === scene.player);
    return { parts: partsOf(kind.line, fields, kind.players), mine };
  }

  /** @param {string} sound @param {Look} look @param {{at?: {x: number, y: number}, loud?: number}} where */
  play(sound, { me, world }, { at, loud = 1 } = {}) {
    const recipe = this.recipes.get(sound);
    if (!recipe) throw new Error(`sounds has no ${JSON.stringify(sound)}; it has ${[...this.recipes.keys()].join(", ") || "none"}`);
    if (!at) {
      this.stage.play(recipe, loud);
      return;
    }
    const ear = me && Number.isFinite(me.x) ? me : { x: world.width / 2, y: world.height / 2 };
    const way = Math.hypot(at.x - ear.x, at.y - ear.y);
    const quieter = 1 - Math.min(1, Math.max(0, way - NEAR) / (FAR - NEAR));
    this.stage.play(recipe, loud * quieter, (at.x - ear.x) / FAR);
  }

  /** @param {Look} look @returns {Hud} */
  hud(look) {
    const { round } = look;
    const figures = this.guard("hud", () => figuresOf(this.definition.hud?.(look))) ?? {};
    const label = this.guard("hud.clock", () => clockOf(figures.clock)) ?? clockLabel(round, this.declared.rounds);
    const banner = this.guard("hud.banner", () => bannerOf(figures.banner));
    return {
      meter: look.me ? this.guard("hud.meter", () => meterOf(figures.meter)) ?? null : null,
      gauges: look.me ? this.guard("hud.gauges", () => gaugesOf(figures.gauges)) ?? [] : [],
      boosts: [],
      clock: { label, seconds: this.declared.rounds && round.playing ? round.seconds : null },
      banner: shownBanner(banner, round),
    };
  }
}

/** @param {Declared} declared @param {{[table: string]: readonly string[]}} smooth @returns {{[table: string]: Motion}} */
function motionsOf({ entities }, smooth) {
  const moving = Object.entries(entities).map(([table, entity]) => [table, [...new Set([...entity.smooth, ...(smooth[table] ?? [])])]]);
  return Object.fromEntries(moving.filter(([, lines]) => lines.length).map(([table, lines]) => [table, {
    lines, turns: {}, jump: Infinity, breaks: (/** @type {Row} */ before, /** @type {Row} */ after) => before.placed !== after.placed,
  }]));
}

/** @param {string} line as declared @param {{readonly [field: string]: number | string}} fields @param {string[]} players @returns {FeedEntry["parts"]} */
export function partsOf(line, fields, players) {
  // Every second piece is what stood in braces.
  /** @type {FeedEntry["parts"]} */
  const parts = line.split(PLACE_HOLDER).map((piece, at) => {
    if (at % 2 && players.includes(piece)) return { player: Number(fields[piece]) };
    return { text: at % 2 ? String(fields[piece] ?? `{${piece}}`) : piece.trim() };
  });
  return parts.filter((part) => !("text" in part) || part.text !== "");
}

/** @param {Round} round @param {boolean} rounds @returns {string} */
function clockLabel({ waiting, countdown, results, number }, rounds) {
  if (!rounds) return "";
  if (waiting) return "Warm-up";
  if (countdown) return "Get ready";
  return results ? "Results" : `Round ${number}`;
}

/** @param {Hud["banner"] | undefined} banner of the game's own @param {Round} round @returns {Hud["banner"]} */
function shownBanner(banner, { waiting, countdown, results, seconds }) {
  if (results) return null;
  if (banner) return banner;
  if (countdown && seconds !== null) return { title: String(Math.max(1, Math.ceil(seconds))), detail: "", aside: false };
  return waiting ? { title: "", detail: "Waiting for another player", aside: true } : null;
}

/** @param {Scene} scene @param {Declared} declared @param {ReadonlySet<number>} present @returns {Standings} */
function standingsOf(scene, { owned, standings, rounds }, present) {
  const round = roundOf(scene, rounds);
  /** @type {import("../../play/contract.js").Standing[]} */
  const rows = [];
  scene.latest[owned]?.forEach((row, player) => {
    if (standings.length && present.has(player)) rows.push({ player, cells: standings.map(({ field }) => row[field] ?? 0), side: -1, place: 0 });
  });
  rows.sort((a, b) => b.cells[0] - a.cells[0] || a.player - b.player);
  rows.forEach((row, at) => {
    row.place = at && rows[at - 1].cells[0] === row.cells[0] ? rows[at - 1].place : at + 1;
  });
  return {
    title: rounds ? `Round ${round.number}` : "Standings",
    round: round.number,
    columns: standings.map(({ title }) => title),
    rows,
    sides: [],
    results: round.results ? { winner: round.winner, seconds: round.seconds } : null,
  };
}
