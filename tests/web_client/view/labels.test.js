import assert from "node:assert/strict";
import { test } from "node:test";

import { Labels } from "../../../web_client/src/view/labels.js";

const VIEW = /** @type {never} */ ({ left: 100, right: 300, scale: 1, density: 1 });
const NAME = { width: 60, height: 20 };

/** @param {number} x of what has the name @returns {number} the left edge of the name */
function drawnAt(x) {
  const labels = new Labels();
  labels.make = () => /** @type {never} */ (NAME);
  let left = NaN;
  const context = { drawImage: (/** @type {unknown} */ _image, /** @type {number} */ at) => { left = at; } };
  labels.draw(/** @type {never} */ (context), "Ada", x, 0, VIEW, "#fff");
  return left;
}

test("a name is in the middle above what has it", () => {
  assert.equal(drawnAt(200), 170);
});

test("a name stays within the screen as long as what has it is there", () => {
  assert.deepEqual([drawnAt(100), drawnAt(300)], [100, 240]);
});

test("the name of what has left the screen leaves it, too", () => {
  assert.deepEqual([drawnAt(80), drawnAt(350)], [50, 320]);
});
