/** Chat: a log that fades, and a line to write on. */

import { MAX_CHAT } from "../net/protocol.js";
import { make, part, show } from "./dom.js";

const MOST = 60;
const FRESH_MS = 9000;

export class Chat {
  /** @param {(text: string) => void} say */
  constructor(say) {
    this.root = part("chat", HTMLElement);
    this.log = part("chat-log", HTMLElement);
    this.input = part("chat-input", HTMLInputElement);
    this.input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.isComposing) return;
      if (event.key === "Escape") this.close();
      if (event.key !== "Enter") return;
      const text = [...this.input.value.trim()].slice(0, MAX_CHAT).join("");
      if (text) say(text);
      this.close();
    });
    this.input.addEventListener("keyup", (event) => event.stopPropagation());
    this.input.addEventListener("blur", () => this.close());
  }

  get writing() {
    return !this.input.hidden;
  }

  open() {
    show(this.input, true);
    this.root.classList.add("writing");
    this.log.scrollTop = this.log.scrollHeight;
    this.input.focus();
  }

  close() {
    if (!this.writing) return;
    this.input.value = "";
    show(this.input, false);
    this.root.classList.remove("writing");
  }

  /** @param {HTMLElement} name @param {string} text */
  line(name, text) {
    this.push(make("li", "said", [name, make("span", "words", text)]));
  }

  /** @param {string} text of the match, not of a player */
  note(text) {
    this.push(make("li", "note", text));
  }

  /** @param {HTMLElement} line */
  push(line) {
    this.log.append(line);
    while (this.log.children.length > MOST) this.log.firstElementChild?.remove();
    this.log.scrollTop = this.log.scrollHeight;
    setTimeout(() => line.classList.add("old"), FRESH_MS);
  }
}
