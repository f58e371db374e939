/** The list of keys on the first screen, as they are bound now. */

import { label } from "../play/bindings.js";
import { make } from "../view/dom.js";

/** @typedef {import("../play/bindings.js").Bindings} Bindings */
/** @typedef {import("../play/bindings.js").Control} Control */

/** @type {[word: string, ...controls: Control[]][]} */
const LINES = [
  ["move", "up", "left", "down", "right"], ["fire", "fire"], ["dash", "dash"],
  ["scores", "scores"], ["chat", "chat"], ["people", "people"],
];

/** @param {HTMLElement} list @param {Bindings} bindings */
export function drawKeys(list, bindings) {
  const lines = LINES.map(([word, ...controls]) => {
    const codes = controls.length > 1 ? controls.map((control) => bindings.of(control)[0]) : bindings.of(controls[0]);
    return line(codes.flatMap((code) => (code === null ? [] : [label(code)])), word);
  });
  list.replaceChildren(lines[0], line(["Mouse"], "aim"), ...lines.slice(1));
}

/** @param {string[]} keys @param {string} word */
function line(keys, word) {
  return make("div", "", [make("dt", "", keys.map((key) => make("kbd", "", key))), make("dd", "", word)]);
}
