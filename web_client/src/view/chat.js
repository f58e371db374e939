/** Chat over the field: lines that fade, and a line to write on. */

import { ChatLog } from "./chat_log.js";
import { part, show } from "./dom.js";

/** @typedef {import("../lobby/conversation.js").Entry} Entry */

export class Chat {
  /** @param {(text: string) => void} say @param {ConstructorParameters<typeof ChatLog>[2]} look of a speaker */
  constructor(say, look) {
    this.root = part("chat", HTMLElement);
    this.input = part("chat-input", HTMLInputElement);
    this.log = new ChatLog(part("chat-log", HTMLElement), (nickname) => this.open(`/w ${nickname} `), look);
    // A press on a name must not end the writing.
    this.log.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.isComposing) return;
      if (event.key === "Escape") this.close();
      if (event.key !== "Enter") return;
      say(this.input.value);
      this.close();
    });
    this.input.addEventListener("keyup", (event) => event.stopPropagation());
    this.input.addEventListener("blur", () => this.close());
  }

  get writing() {
    return !this.input.hidden;
  }

  /** @param {string} begun what is already written */
  open(begun = "") {
    show(this.input, true);
    this.root.classList.add("writing");
    this.log.list.scrollTop = this.log.list.scrollHeight;
    if (begun) this.input.value = begun;
    this.input.focus();
  }

  close() {
    if (!this.writing) return;
    this.input.value = "";
    show(this.input, false);
    this.root.classList.remove("writing");
  }
}
