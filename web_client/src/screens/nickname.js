/** The first screen: a name, remembered, and the way into the match. */

import { MAX_NICKNAME } from "../net/protocol.js";
import { part, sentence, show, write } from "../view/dom.js";

const KEY = "game-server.nickname";
const NOTE = "Pick a name. You are in the match a second later.";

/** @returns {string} the name of the last visit; storage may be forbidden, and then nothing is remembered */
function remembered() {
  try {
    return localStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}

/** @param {string} nickname */
function remember(nickname) {
  try {
    localStorage.setItem(KEY, nickname);
  } catch {
    // Without storage the name is asked again next time.
  }
}

export class NicknameScreen {
  /** @param {(nickname: string) => void} join */
  constructor(join) {
    this.root = part("welcome", HTMLElement);
    this.note = part("welcome-note", HTMLElement);
    this.input = part("nickname", HTMLInputElement);
    this.input.value = remembered();
    this.join = join;
    part("nickname-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
  }

  submit() {
    const nickname = [...this.input.value.trim()].slice(0, MAX_NICKNAME).join("");
    remember(nickname);
    this.input.blur();
    this.join(nickname);
  }

  /** @param {string} nickname from the address of the page: no need to ask */
  enter(nickname) {
    this.input.value = nickname;
    this.submit();
  }

  /** @param {boolean} shown @param {string} reason why the player is here again; may be empty */
  show(shown, reason) {
    write(this.note, sentence(reason) || NOTE);
    show(this.root, shown);
    if (shown) {
      this.input.focus();
      this.input.select();
    }
  }
}
