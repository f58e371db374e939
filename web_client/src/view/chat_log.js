/** The log of chat, line by line; a press on a name whispers to it. */

import { make, nameTag } from "./dom.js";

/** @typedef {import("../play/contract.js").Emblem} Emblem */
/** @typedef {import("../lobby/conversation.js").Entry} Entry */
/** @typedef {import("../lobby/conversation.js").Kind} Kind */

const MOST = 100;
const FRESH_MS = 9000;
/** CSS pixels; less than a line. */
const NEAR_THE_END = 8;
/** What a kind of line says between the name and the words. @type {{readonly [kind in Kind]?: string}} */
const MANNERS = { whisper: "whispers", spectator: "watching" };

export class ChatLog {
  /**
   * @param {HTMLElement} list
   * @param {(nickname: string) => void} chosen a name was pressed
   * @param {(entry: Entry) => {emblem: Emblem | null, mine: boolean}} look of a speaker
   */
  constructor(list, chosen, look) {
    this.list = list;
    this.chosen = chosen;
    this.look = look;
    /** Whether the last line is to be seen: not while somebody reads further up. */
    this.atEnd = true;
    list.addEventListener("scroll", () => {
      this.atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_THE_END;
    });
  }

  scrollToEnd() {
    this.atEnd = true;
    this.list.scrollTop = this.list.scrollHeight;
  }

  /** @param {Entry} entry @param {boolean} old said before you came */
  add(entry, old = false) {
    const line = this.line(entry);
    if (old) line.classList.add("old");
    else setTimeout(() => line.classList.add("old"), FRESH_MS);
    this.list.append(line);
    while (this.list.children.length > MOST) this.list.firstElementChild?.remove();
    if (this.atEnd) this.scrollToEnd();
  }

  /** @param {readonly Entry[]} entries everything that there is */
  fill(entries) {
    this.list.replaceChildren();
    this.atEnd = true;
    for (const entry of entries) this.add(entry, true);
  }

  /** @param {Entry} entry */
  line(entry) {
    const { kind, nickname, text } = entry;
    if (kind === "note") return make("li", "note", text);
    const words = make("span", "words", text);
    if (kind === "server") return make("li", "server", [make("b", "", nickname || "Server"), words]);
    const { emblem, mine } = this.look(entry);
    const name = make("button", "name", [nameTag(nickname, emblem, mine)]);
    name.type = "button";
    name.title = `Whisper to ${nickname}`;
    name.addEventListener("click", () => this.chosen(nickname));
    const manner = MANNERS[kind];
    const parts = kind === "whispered" ? [make("span", "manner", "to "), name] : [name];
    if (manner) parts.push(make("span", "manner", ` ${manner}`));
    return make("li", `said ${kind}`, [...parts, words]);
  }
}
