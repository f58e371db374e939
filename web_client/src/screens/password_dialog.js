/** The dialog that asks for the password of a match. */

import { Dialog } from "../view/dialog.js";
import { part, sentence, write } from "../view/dom.js";

export class PasswordDialog {
  constructor() {
    this.dialog = new Dialog("password");
    this.note = part("password-note", HTMLElement);
    this.input = part("password-input", HTMLInputElement);
    this.fault = part("password-fault", HTMLElement);
    /** @type {(password: string) => void} */
    this.answer = () => {};
    part("password-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.dialog.close();
      this.answer(this.input.value);
    });
  }

  /**
   * @param {string} match its name or code @param {string} fault of the one before; may be empty
   * @param {(password: string) => void} answer
   */
  ask(match, fault, answer) {
    this.answer = answer;
    this.input.value = "";
    write(this.note, `${match} requires a password.`);
    write(this.fault, sentence(fault));
    this.dialog.show(this.input);
  }
}
