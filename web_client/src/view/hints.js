/** Hints of the controls, over the field: each for some seconds, or until it was used once, which is remembered. */

import { label } from "../play/bindings.js";
import { make, part, show } from "./dom.js";
import { covers } from "./fading_panels.js";

/** @typedef {import("../play/bindings.js").Bindings} Bindings */
/** @typedef {import("../play/input.js").Action} Action */
/** @typedef {import("./preferences.js").Store} Store */
/** @typedef {Pick<import("../play/contract.js").Game, "steers" | "controls">} Steered */
/** @typedef {{name: string, word: string, controls: readonly Action[], thumb: string, does: string}} Hint `thumb` and `does`: for one who touches */

const KEY = "game-server.learned";
/** Milliseconds that a hint takes to fade. */
const FADE = 700;
/** Seconds of play in a stay after which hints have been read: those that are left fade, and come again in the next stay. */
const READ = 20;

/**
 * Classes of the places where the hints may stand, the best first: the bottom, the middle of either side, and below the
 * panels at the top. The sides are for wide screens, and the top is for thumbs; elsewhere they are the bottom.
 */
const PLACES = ["", "at-left", "at-right", "at-top"];
/** CSS pixels around a thing on the field that its word takes. */
const ROOM = 60;

/** @type {Hint} */
const MOVE = { name: "move", word: "move", controls: ["up", "left", "down", "right"], thumb: "Left thumb", does: "moves" };

/** @param {Steered} game @returns {Hint[]} */
function hintsOf({ steers, controls }) {
  const own = controls.map(({ name, title, touch }) => (
    { name, word: title.toLowerCase(), controls: [name], thumb: touch?.thumb ?? title, does: touch?.does ?? "" }));
  return steers ? [MOVE, ...own] : own;
}

export class Hints {
  /** @param {Store | null} store */
  constructor(store) {
    this.root = part("hints", HTMLElement);
    this.store = store;
    /** @type {Map<string, HTMLElement>} those that are shown */
    this.lines = new Map();
    /** Of the game that is played. @type {readonly Hint[]} */
    this.hints = [];
    this.learned = new Set(read(store));
    /** Seconds for which hints have been shown in this stay. */
    this.shownFor = 0;
  }

  /** A stay has begun. @param {Steered} game @param {Bindings} bindings @param {boolean} thumbs */
  begin(game, bindings, thumbs) {
    this.hints = hintsOf(game);
    this.lines.clear();
    this.shownFor = 0;
    for (const hint of this.hints) if (!this.learned.has(hint.name)) this.lines.set(hint.name, lineOf(hint, bindings, thumbs));
    this.root.replaceChildren(...this.lines.values());
  }

  /**
   * @param {boolean} playing whether the controls do something now @param {number} elapsed seconds since the frame before
   * @param {() => readonly {x: number, y: number}[]} things on the field, in CSS pixels
   */
  show(playing, elapsed, things = () => []) {
    if (playing) this.shownFor += elapsed;
    if (this.shownFor > READ) for (const name of this.lines.keys()) this.fade(name);
    const shown = playing && this.root.children.length > 0;
    const appear = shown && this.root.hidden;
    show(this.root, shown);
    if (appear) this.keepClear(things());
  }

  /** Stand where nothing lies underneath as the hints appear; they stay there. @param {readonly {x: number, y: number}[]} things */
  keepClear(things) {
    const clear = PLACES.find((place) => {
      this.root.className = place;
      const box = this.root.getBoundingClientRect();
      return !things.some((thing) => covers(box, thing, ROOM));
    });
    this.root.className = clear ?? PLACES[0];
  }

  /** @param {string} name of a hint that is shown */
  fade(name) {
    const line = this.lines.get(name);
    this.lines.delete(name);
    line?.classList.add("known");
    setTimeout(() => line?.remove(), FADE);
  }

  /** @param {Action} action has been pressed */
  used(action) {
    const hint = this.hints.find(({ controls }) => controls.includes(action));
    if (!hint || !this.lines.has(hint.name) || this.root.hidden) return;
    this.learned.add(hint.name);
    this.fade(hint.name);
    try {
      this.store?.setItem(KEY, JSON.stringify([...this.learned]));
    } catch {
      // A full or forbidden storage: it is known for this visit.
    }
  }
}

/** @param {Hint} hint @param {Bindings} bindings @param {boolean} thumbs */
function lineOf({ word, controls, thumb, does }, bindings, thumbs) {
  if (thumbs) return make("span", "hint", [make("b", "", thumb), new Text(` ${does}`)]);
  // Both keys of a button; of four directions one each, or there would be eight.
  const codes = controls.flatMap((control) => bindings.of(control).filter((code) => code !== null).slice(0, controls.length > 1 ? 1 : 2));
  const keys = codes.map((code) => make("kbd", "", label(code)));
  return make("span", "hint", [...keys, new Text(` ${word}`)]);
}

/** @param {Store | null} store @returns {string[]} */
function read(store) {
  try {
    const stored = JSON.parse(store?.getItem(KEY) ?? "[]");
    return Array.isArray(stored) ? stored.filter((name) => typeof name === "string") : [];
  } catch {
    return [];
  }
}
