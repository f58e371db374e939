/** The list of keys on the first screen, as they are bound now. */

import { label } from "../play/bindings.js";
import { make } from "../view/dom.js";

/** @typedef {import("../play/bindings.js").Bindings} Bindings */
/** @typedef {import("../play/bindings.js").Control} Control */

/** @typedef {[word: string, ...controls: Control[]]} Line */

/** @type {Line} */
const MOVE = ["move", "up", "left", "down", "right"];
/** @type {Line[]} */
const PAGE = [["scores", "scores"], ["chat", "chat"], ["people", "people"]];

/**
 * @param {HTMLElement} list @param {Bindings} bindings
 * @param {boolean} steers whether the game is steered with the arrows and the mouse
 */
export function drawKeys(list, bindings, steers) {
  const own = bindings.controls.map(({ name, title }) => /** @type {Line} */ ([title.toLowerCase(), name]));
  const lines = [...(steers ? [MOVE] : []), ...own, ...PAGE].map(([word, ...controls]) => {
    const codes = controls.length > 1 ? controls.map((control) => bindings.of(control)[0]) : bindings.of(controls[0]);
    return line(codes.flatMap((code) => (code === null ? [] : [label(code)])), word);
  });
  if (steers) lines.splice(1, 0, line(["Mouse"], "aim"));
  list.replaceChildren(...lines);
}

/** @param {string[]} keys @param {string} word */
function line(keys, word) {
  return make("div", "", [make("dt", "", keys.map((key) => make("kbd", "", key))), make("dd", "", word)]);
}
