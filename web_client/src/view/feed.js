/** The feed of recent events: a few lines that disappear. */

import { make, nameTag, part } from "./dom.js";

/** @typedef {import("../play/contract.js").FeedEntry} FeedEntry */
/** @typedef {import("../play/contract.js").Game} Game */
/** @typedef {import("../net/read_match.js").Member} Member */

const MOST = 5;
const LIFE_MS = 6000;

export class Feed {
  constructor() {
    this.list = part("feed", HTMLElement);
  }

  /** @param {FeedEntry} entry @param {Game} game @param {ReadonlyMap<number, Member>} members @param {number} self */
  add({ parts, mine }, game, members, self) {
    this.push(make("li", mine ? "mine" : "", parts.map((piece) => {
      if ("text" in piece) return make("span", "verb", piece.text);
      const nickname = members.get(piece.player)?.nickname ?? "Somebody";
      return nameTag(nickname, game.emblem(piece.player), piece.player === self);
    })));
  }

  /** @param {HTMLElement} line */
  push(line) {
    this.list.prepend(line);
    while (this.list.children.length > MOST) this.list.lastElementChild?.remove();
    setTimeout(() => line.remove(), LIFE_MS);
  }

  clear() {
    this.list.replaceChildren();
  }
}
