/** What stands below the picture: the line for guesses, or the pens of the one who draws. */

import { COLOURS, COLOUR_NAMES, WIDTHS, WIDTH_NAMES } from "./pens.js";

/** @typedef {import("/src/games/declared/look.js").Look} Look */

export class Tools {
  /** @param {HTMLElement} element @param {Look["send"]} send @param {import("./pen.js").Pen} pen */
  constructor(element, send, pen) {
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = new URL("style.css", import.meta.url).href;
    this.pen = pen;
    /** As the server had the pen last: what was chosen since then is not there yet. */
    this.known = { colour: pen.colour, width: pen.width };
    this.word = document.createElement("p");
    this.word.className = "sketch-word";
    this.guess = document.createElement("form");
    this.guess.className = "sketch-guess";
    this.line = document.createElement("input");
    this.line.maxLength = 30;
    this.line.placeholder = "Your guess";
    this.line.autocomplete = "off";
    this.line.enterKeyHint = "send";
    this.line.setAttribute("aria-label", "Your guess");
    const go = document.createElement("button");
    go.textContent = "Guess";
    this.guess.append(this.line, go);
    this.guess.addEventListener("submit", (event) => {
      event.preventDefault();
      const words = this.line.value.trim();
      if (words) send.guess(words);
      this.line.value = "";
      this.line.focus();
    });
    this.pens = document.createElement("div");
    this.pens.className = "sketch-pens";
    this.colours = COLOURS.map((_, number) => this.button(COLOUR_NAMES[number], () => pen.choose(send, { colour: number }), "colour"));
    COLOURS.forEach((colour, number) => { this.colours[number].style.background = colour; });
    this.widths = WIDTHS.map((_, number) => this.button(WIDTH_NAMES[number], () => pen.choose(send, { width: number }), `width width-${number}`));
    this.another = this.button("Another word", () => send.another());
    this.another.textContent = "Another word";
    const undo = this.button("Undo", () => pen.erase(send, "undo"));
    undo.textContent = "Undo";
    const clear = this.button("Clear", () => pen.erase(send, "clear"));
    clear.textContent = "Clear";
    this.pens.append(row(this.colours, "colours"), row([...this.widths, undo, clear, this.another]));
    element.append(style, this.word, this.guess, this.pens);
  }

  /** @param {string} name @param {() => void} press @param {string} kind */
  button(name, press, kind = "plain") {
    const button = document.createElement("button");
    button.type = "button";
    button.className = kind;
    button.title = name;
    button.setAttribute("aria-label", name);
    button.addEventListener("click", press);
    return button;
  }

  /** @param {{word: string, draws: boolean, guesses: boolean, colour: number, width: number, empty: boolean}} now */
  show({ word, draws, guesses, colour, width, empty }) {
    if (this.word.textContent !== word) this.word.textContent = word;
    // One who comes to guess may type at once; on a phone the keys would cover the picture.
    if (guesses && this.guess.hidden && !matchMedia("(pointer: coarse)").matches) {
      this.guess.hidden = false;
      this.line.focus();
    }
    this.guess.hidden = !guesses;
    this.pens.hidden = !draws;
    this.another.hidden = !empty;
    if (colour !== this.known.colour || width !== this.known.width) Object.assign(this.pen, this.known = { colour, width });
    this.colours.forEach((button, number) => button.setAttribute("aria-pressed", String(number === colour)));
    this.widths.forEach((button, number) => button.setAttribute("aria-pressed", String(number === width)));
  }
}

/** @param {HTMLElement[]} buttons @param {string} kind */
function row(buttons, kind = "") {
  const line = document.createElement("div");
  line.className = kind;
  line.append(...buttons);
  return line;
}
