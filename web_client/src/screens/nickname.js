/** The first screen: the player's name, which is remembered. */

import { MAX_NICKNAME } from "../net/requests.js";
import { part, sentence, show, write } from "../view/dom.js";

const KEY = "game-server.nickname";
const NOTES = {
  lobby: { note: "Pick a name, then a match.", label: "Enter" },
  match: { note: "Pick a name. You join the match right away.", label: "Join" },
};

/** @returns {string} the name of the last visit; storage may be forbidden, and then nothing is remembered */
export function remembered() {
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
  /** @param {"lobby" | "match"} next what comes after the name @param {(nickname: string) => void} join */
  constructor(next, join) {
    this.root = part("welcome", HTMLElement);
    this.note = part("welcome-note", HTMLElement);
    this.input = part("nickname", HTMLInputElement);
    // What was typed while the scripts were on their way stays.
    this.input.value ||= remembered();
    this.button = part("join", HTMLButtonElement);
    this.settings = part("open-settings", HTMLButtonElement);
    this.next = next;
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
    const { note, label } = NOTES[this.next];
    write(this.note, sentence(reason) || note);
    write(this.button, label);
    // Both are disabled until the scripts run: a press before that would be lost.
    this.button.disabled = this.settings.disabled = false;
    show(this.root, shown);
    if (!shown || document.activeElement === this.input) return;
    this.input.focus();
    this.input.select();
  }
}
