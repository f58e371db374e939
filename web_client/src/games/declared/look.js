/** What a game of declarations sees of a moment: its rows as objects, yourself, and the round. */

import { playerColour } from "../../view/palette.js";

/** @typedef {import("../../play/contract.js").Scene} Scene */
/** @typedef {import("../../net/schema.js").Row} NumberRow */
/** @typedef {import("./setup.js").Declared} Declared */
/** @typedef {import("./setup.js").Entity} Entity */

/**
 * A row as a game sees it: `id`, and its fields, flags as booleans. A player has a `name` and a `colour`, too.
 *
 * @typedef {{id: number, name: string, colour: string, bot: boolean} & {[field: string]: any}} Thing
 */

/**
 * @typedef {object} Round
 * @property {boolean} waiting for enough players
 * @property {boolean} countdown a round is about to begin
 * @property {boolean} playing always, in a game without rounds
 * @property {boolean} results of the round before are shown
 * @property {number} number of the round, from 1
 * @property {number | null} seconds until this ends; null for no end
 * @property {number | null} winner a player's id; null for nobody
 */

/**
 * Beside these, each kind of entity by its plural: `players`, `coins`; one of which there is one by its own name.
 *
 * @typedef {object} LookFields
 * @property {Thing[]} players
 * @property {Thing | null} me your own row, where you predict it; null while you have none, and for spectators
 * @property {Round} round
 * @property {{width: number, height: number}} world
 * @property {typeof import("../../view/palette.js").CHART} colours
 * @property {{[command: string]: (...values: (number | string)[]) => void}} send asks the rules for a command: `send.put(4)`
 * @property {{x: number, y: number} | null} pointer where the mouse or a finger is on the field; null until it has been there
 * @property {(input: string) => boolean} held whether a button of the inputs is held now
 * @property {number} time of what is shown, in seconds
 * @property {Scene} scene as the engine has it
 * @property {(id: number) => Thing} playerOf also of one who has left, who has a name and a colour only
 */
/** @typedef {LookFields & {[plural: string]: any}} Look */

const PHASES = Object.freeze({ waiting: 0, countdown: 1, playing: 2, results: 3 });
const NOBODY = 65535;
/** Comes after the name of a table in that of the fields which the owner of a row alone is sent. */
const PRIVATE = ".private";

/** @param {Scene} scene @param {boolean} rounds whether the game has any @returns {Round} */
export function roundOf({ latest, latestTick, tickRate }, rounds) {
  const row = rounds ? latest.round?.get(0) : undefined;
  const phase = rounds ? row?.phase ?? PHASES.waiting : PHASES.playing;
  return {
    waiting: phase === PHASES.waiting,
    countdown: phase === PHASES.countdown,
    playing: phase === PHASES.playing,
    results: phase === PHASES.results,
    number: row?.number ?? 0,
    seconds: row?.ends ? Math.max(0, (row.ends - latestTick) / tickRate) : null,
    winner: row && row.winner !== NOBODY ? row.winner : null,
  };
}

/** @param {Readonly<NumberRow>} row @param {Entity} entity @param {number} id @returns {{id: number, [field: string]: any}} */
function thingOf(row, { flags, players }, id) {
  /** @type {{id: number, [field: string]: any}} */
  const thing = { ...row, id };
  for (const flag of flags) if (flag in thing) thing[flag] = thing[flag] !== 0;
  // 0 is nobody.
  for (const field of players) if (field in thing) thing[field] = thing[field] ? thing[field] - 1 : null;
  return thing;
}

/** @param {Scene} scene @param {number} id @param {{[field: string]: any}} fields @returns {Thing} */
export function playerOf({ members }, id, fields = {}) {
  const member = members.get(id);
  return { ...fields, id, name: member?.nickname ?? "Somebody", colour: playerColour(id), bot: member?.kind === 1 };
}

/** Rows of tables of which nothing glides, made once a snapshot: a picture of a thousand points is one. @type {WeakMap<object, {id: number}[]>} */
const standing = new WeakMap();

/**
 * @param {Scene} scene @param {Declared} declared @param {{[table: string]: unknown}} motion of the tables whose rows glide
 * @returns {{[plural: string]: any, players: Thing[], me: Thing | null}}
 */
export function thingsOf(scene, { entities, owned }, motion) {
  /** @type {{[plural: string]: any, players: Thing[], me: Thing | null}} */
  const things = { players: [], me: null };
  for (const [table, entity] of Object.entries(entities)) {
    const rows = scene.tables[table];
    const secrets = scene.tables[table + PRIVATE];
    if (entity.single) {
      const row = rows?.get(0);
      things[entity.plural] = row ? thingOf({ ...row, ...secrets?.get(0) }, entity, 0) : null;
      continue;
    }
    const stands = rows !== undefined && table !== owned && !secrets && !(table in motion);
    const made = stands ? standing.get(rows) : undefined;
    if (made) {
      things[entity.plural] = made;
      continue;
    }
    /** @type {{id: number}[]} */
    const seen = [];
    rows?.forEach((row, id) => {
      // What is yours is shown where you predict it, with the fields that nobody else sees.
      const own = table === owned && id === scene.player ? scene.own : secrets?.get(id);
      const thing = thingOf(own ? { ...row, ...own } : row, entity, id);
      seen.push(table === owned ? playerOf(scene, id, thing) : thing);
    });
    things[entity.plural] = seen;
    if (stands) standing.set(rows, seen);
    if (table === owned) things.players = /** @type {Thing[]} */ (seen);
  }
  things.me = things.players.find(({ id }) => id === scene.player) ?? null;
  return things;
}
