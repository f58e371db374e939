/** The player's preferences, remembered. They are valid even if the storage holds nonsense. */

import { Subscribers } from "../net/subscribers.js";
import { Bindings } from "../play/bindings.js";
import { PALETTES } from "./palette.js";

/** @typedef {import("../net/subscribers.js").Stop} Stop */
/** @typedef {import("./palette.js").PaletteName} PaletteName */
/** @typedef {Pick<Storage, "getItem" | "setItem">} Store */

const KEY = "game-server.settings";

export class Preferences {
  /** @param {Store | null} store null when nothing can be remembered @param {boolean} calm whether the system asks for little motion */
  constructor(store, calm) {
    this.store = store;
    const stored = read(store);
    /** 0 to 1 */
    this.volume = fraction(stored.volume, 0.6);
    this.muted = stored.muted === true;
    this.shake = typeof stored.shake === "boolean" ? stored.shake : !calm;
    this.names = stored.names !== false;
    /** @type {PaletteName} */
    this.palette = isPalette(stored.palette) ? stored.palette : "chart";
    this.bindings = new Bindings(stored.bindings);
    /** @type {Subscribers<[preferences: Preferences]>} */
    this.changes = new Subscribers();
  }

  /** @param {(preferences: Preferences) => void} listener called now and at every change @returns {Stop} */
  listen(listener) {
    listener(this);
    return this.changes.add(listener);
  }

  /** Have keys for the controls of a game. @param {readonly import("../play/bindings.js").GameControl[]} controls */
  suit(controls) {
    this.bindings.suit(controls);
    this.changes.notify(this);
  }

  /** To be called after a change. */
  changed() {
    const { volume, muted, shake, names, palette, bindings } = this;
    try {
      this.store?.setItem(KEY, JSON.stringify({ volume, muted, shake, names, palette, bindings }));
    } catch {
      // A full or forbidden storage: they hold for this visit.
    }
    this.changes.notify(this);
  }
}

/** @param {Store | null} store @returns {{[key: string]: unknown}} */
function read(store) {
  try {
    const stored = JSON.parse(store?.getItem(KEY) ?? "{}");
    return typeof stored === "object" && stored !== null ? stored : {};
  } catch {
    return {};
  }
}

/** @param {unknown} value @param {number} otherwise */
function fraction(value, otherwise) {
  return typeof value === "number" && value >= 0 && value <= 1 ? value : otherwise;
}

/** @param {unknown} name @returns {name is PaletteName} */
function isPalette(name) {
  return typeof name === "string" && Object.hasOwn(PALETTES, name);
}
