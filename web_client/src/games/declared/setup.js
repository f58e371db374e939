/** What a game of declarations says of itself in its `setup`: field, entities, events, inputs, standings. */

import { ProtocolError, integer, list, map, number, string } from "../../net/checks.js";

/** @typedef {{plural: string, smooth: string[], flags: string[], players: string[], owned: boolean, single: boolean}} Entity */
/** @typedef {{line: string, players: string[]}} EventKind `line` for the feed, with names of fields in braces; `players`: fields that hold one */
/**
 * @typedef {object} InputKind
 * @property {string} name
 * @property {"stick" | "analogue" | "button" | "aim" | "pointer" | "wheel"} kind
 * @property {number} at its lowest bit in the word of an input
 * @property {{[action: string]: number}} bits of the word, for what is held or is not
 * @property {number} most of a wheel
 * @property {{name: string, title: string, keys: string[]}[]} controls of buttons, and of both ways of a wheel
 */

/** Bits of the word of an input. */
const WORD = 32;
/** Where the limits of several numbers have how many there are. */
const SEVERAL = 2;
const KINDS = /** @type {const} */ (["stick", "analogue", "aim", "pointer"]);

/** @typedef {{name: string, values: {name: string, limits: number[]}[]}} Command limits: least and most of a number, and of several how many; most characters of a text */

/**
 * @typedef {object} Declared
 * @property {{width: number, height: number} | null} world null for a game without places
 * @property {{[table: string]: Entity}} entities
 * @property {string} owned the table of the players
 * @property {{[event: string]: EventKind}} events
 * @property {InputKind[]} inputs
 * @property {{field: string, title: string}[]} standings the first decides
 * @property {boolean} rounds
 * @property {Command[]} commands their places are their numbers
 */

/** @param {{[key: string]: unknown}} setup of a welcome @returns {Declared} @throws {import("../../net/checks.js").ProtocolError} */
export function readDeclared(setup) {
  const entities = Object.fromEntries(Object.entries(map(setup.entities, "entities")).map(([table, value]) => {
    const entity = map(value, table);
    return [table, {
      plural: string(entity.plural, "plural"),
      smooth: strings(entity.smooth, "smooth"),
      flags: strings(entity.flags, "flags"),
      players: strings(entity.players ?? [], "players"),
      owned: integer(entity.owned, 0, 1, "owned") === 1,
      single: integer(entity.single, 0, 1, "single") === 1,
    }];
  }));
  const [width, height] = setup.world === undefined ? [] : list(setup.world, "world").map((side) => number(side, "world"));
  return {
    world: width > 0 && height > 0 ? { width, height } : null,
    entities,
    owned: Object.keys(entities).find((table) => entities[table].owned) ?? "player",
    events: Object.fromEntries(Object.entries(map(setup.events, "events")).map(([name, value]) => {
      const event = map(value, name);
      return [name, { line: string(event.line, "line"), players: strings(event.players, "players") }];
    })),
    inputs: list(setup.inputs, "inputs").map(readInput),
    standings: list(setup.standings, "standings").map((entry) => {
      const [field, title] = strings(entry, "standings");
      return { field, title };
    }),
    rounds: integer(setup.rounds, 0, 1, "rounds") === 1,
    commands: list(setup.commands ?? [], "commands").map(readCommand),
  };
}

/** @param {unknown} value @returns {Command} @throws {import("../../net/checks.js").ProtocolError} */
function readCommand(value) {
  const [name, names, limits] = list(value, "a command");
  const all = list(limits, "limits of a command").map((each) => list(each, "limits").map((limit) => number(limit, "limits")));
  return {
    name: string(name, "command"),
    values: strings(names, "values of a command").map((each, at) => ({ name: each, limits: all[at] ?? [] })),
  };
}

/**
 * The server removes who sends what no command can have, and an author's slip would hit the player.
 *
 * @param {Command} command @param {unknown[]} values
 * @returns {string} why the rules would refuse them, as they would say it; empty if they take them
 */
export function refusalOf({ name, values: declared }, values) {
  const several = declared[declared.length - 1]?.limits[SEVERAL];
  const fewest = several === undefined ? declared.length : declared.length - 1;
  if (values.length < fewest || values.length > fewest + (several ?? 0)) {
    const named = declared.map((value) => (value.limits.length > SEVERAL ? `up to ${several} ${value.name}` : value.name));
    return `${name} comes with ${named.join(", ") || "nothing"}, not with ${values.length} values`;
  }
  for (const [at, value] of values.entries()) {
    const { name: called, limits: [first, most] } = declared[Math.min(at, declared.length - 1)];
    if (most === undefined && (typeof value !== "string" || [...value].length > first)) {
      return `${called} is a text of at most ${first} characters`;
    }
    if (most !== undefined && (typeof value !== "number" || !Number.isInteger(value) || value < first || value > most)) {
      return `${called} is a whole number from ${first} to ${most}, not ${value}`;
    }
  }
  return "";
}

/** @param {unknown} value @returns {InputKind} @throws {import("../../net/checks.js").ProtocolError} */
function readInput(value) {
  const [called, type, where, ...rest] = list(value, "an input");
  const name = string(called, "input");
  const input = { name, at: 0, bits: {}, most: 0, controls: [] };
  if (type === "button") {
    const [title, keys] = rest;
    const control = { name, title: string(title, "title"), keys: strings(keys, "keys") };
    return { ...input, kind: "button", bits: { [name]: integer(where, 1, 2 ** WORD - 1, "bit") }, controls: [control] };
  }
  if (type === "wheel") {
    const [most, title, more, less] = rest;
    const titled = string(title, "title");
    return {
      ...input, kind: "wheel", at: integer(where, 0, WORD - 1, "bit"), most: integer(most, 1, 255, "most"),
      controls: [
        { name: moreOf(name), title: `${titled} +`, keys: strings(more, "keys") },
        { name: lessOf(name), title: `${titled} -`, keys: strings(less, "keys") },
      ],
    };
  }
  if (type === "stick") {
    const bits = Object.entries(map(where, "bits")).map(([way, bit]) => [way, integer(bit, 1, 2 ** WORD - 1, "bit")]);
    return { ...input, kind: "stick", bits: Object.fromEntries(bits) };
  }
  const kind = KINDS.find((known) => known === type);
  if (!kind) throw new ProtocolError(`${JSON.stringify(type)} is no kind of input that this page knows`);
  return { ...input, kind, at: integer(where, 0, WORD - 1, "bit") };
}

/** @param {string} wheel @returns {string} the action that turns it up */
export function moreOf(wheel) {
  return `${wheel} +`;
}

/** @param {string} wheel @returns {string} the action that turns it down */
export function lessOf(wheel) {
  return `${wheel} -`;
}

/** @param {unknown} value @param {string} what @returns {string[]} */
function strings(value, what) {
  return list(value, what).map((entry) => string(entry, what));
}
