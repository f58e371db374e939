/** Hints of the controls, over the field: each for some seconds, or until it was used once, which is remembered. */

import { label } from "../play/bindings.js";
import { make, part, show } from "./dom.js";
import { covers } from "./fading_panels.js";

/** @typedef {import("../play/bindings.js").Bindings} Bindings */
/** @typedef {import("../play/input.js").Action} Action */
/** @typedef {import("./preferences.js").Store} Store */
/** @typedef {{name: string, word: string, controls: readonly Action[], thumb: string}} Hint `thumb`: what it is for one who touches */

const KEY = "game-server.learned";
/** Milliseconds that a hint takes to fade. */
const FADE = 700;
/** Seconds of play in a stay after which hints have been read: those that are left fade, and come again in the next stay. */
const READ = 20;

/** Classes of the places where the hints may stand, the best first: the bottom, and the middle of either side. */
const PLACES = ["", "at-left", "at-right"];
/** CSS pixels around a thing on the field that its word takes. */
const ROOM = 60;

/** @type {readonly Hint[]} */
const HINTS = [
  { name: "move", word: "move", controls: ["up", "left", "down", "right"], thumb: "Left thumb" },
  { name: "fire", word: "fire", controls: ["fire"], thumb: "Right thumb" },
  { name: "dash", word: "dash", controls: ["dash"], thumb: "Dash" },
];
const THUMB_WORDS = /** @type {{[name: string]: string}} */ ({ move: "moves", fire: "aims and fires", dash: "leaps ahead" });

export class Hints {
  /** @param {Store | null} store */
  constructor(store) {
    this.root = part("hints", HTMLElement);
    this.store = store;
    /** @type {Map<string, HTMLElement>} those that are shown */
    this.lines = new Map();
    this.learned = new Set(read(store));
    /** Seconds for which hints have been shown in this stay. */
    this.shownFor = 0;
  }

  /** A stay has begun. @param {Bindings} bindings @param {boolean} thumbs */
  begin(bindings, thumbs) {
    this.lines.clear();
    this.shownFor = 0;
    for (const hint of HINTS) if (!this.learned.has(hint.name)) this.lines.set(hint.name, lineOf(hint, bindings, thumbs));
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
    const hint = HINTS.find(({ controls }) => controls.includes(action));
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
function lineOf({ name, word, controls, thumb }, bindings, thumbs) {
  if (thumbs) return make("span", "hint", [make("b", "", thumb), new Text(` ${THUMB_WORDS[name]}`)]);
  const keys = controls.flatMap((control) => {
    const code = bindings.of(control)[0] ?? bindings.of(control)[1];
    return code ? [make("kbd", "", label(code))] : [];
  });
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
