/** Chat over the field: lines that fade, and a field to write in. */

import { whisperTo } from "../lobby/conversation.js";
import { ChatLog } from "./chat_log.js";
import { part, show } from "./dom.js";

/** @typedef {import("../lobby/conversation.js").Entry} Entry */

/** `keyCode` of a key that an input method takes. */
const TAKEN = 229;

/**
 * @param {KeyboardEvent} event
 * @returns {boolean} whether an input method takes the key; the Enter that ends a composition comes after it in Safari
 */
function isComposing(event) {
  return event.isComposing || event.keyCode === TAKEN;
}

export class MatchChat {
  /**
   * @param {(text: string) => boolean} say whether that is done with; what is not stays on the line
   * @param {ConstructorParameters<typeof ChatLog>[2]} look of a speaker
   */
  constructor(say, look) {
    this.root = part("chat", HTMLElement);
    this.input = part("chat-input", HTMLInputElement);
    this.log = new ChatLog(part("chat-log", HTMLElement), (nickname) => this.whisper(nickname), look);
    // A press on a name must not end the writing.
    this.log.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (isComposing(event)) return;
      if (event.key === "Escape" || (event.key === "Enter" && say(this.input.value))) {
        this.input.value = "";
        this.close();
      }
    });
    this.input.addEventListener("keyup", (event) => event.stopPropagation());
    this.input.addEventListener("blur", () => {
      // Away in another window one comes back to the line.
      if (document.hasFocus()) this.close();
    });
  }

  get writing() {
    return !this.input.hidden;
  }

  open() {
    show(this.input, true);
    this.root.classList.add("writing");
    this.log.scrollToEnd();
    this.input.focus();
  }

  /** @param {string} nickname */
  whisper(nickname) {
    this.input.value = whisperTo(nickname, this.input.value);
    this.open();
  }

  /** What is half written is there again when it is opened. */
  close() {
    if (!this.writing) return;
    show(this.input, false);
    this.root.classList.remove("writing");
    this.log.scrollToEnd();
  }

  /** Another place: what was begun for those elsewhere is not for here. */
  forget() {
    this.close();
    this.input.value = "";
  }
}
