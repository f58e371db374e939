import assert from "node:assert/strict";
import { test } from "node:test";

import { Canvas } from "../../../web_client/src/view/canvas.js";
import { FakeElement, fire, openPage } from "../fake_page.js";

test("the canvas follows the density of the screen alone, as often as it changes", () => {
  const { media } = openPage();
  const element = Object.assign(new FakeElement(), { clientWidth: 300, clientHeight: 200 });
  new Canvas(/** @type {never} */ (element));
  assert.deepEqual([element.width, element.height], [300, 200]);
  for (const [from, to] of [[1, 2], [2, 1.5], [1.5, 1]]) {
    Object.assign(globalThis, { devicePixelRatio: to });
    fire(/** @type {EventTarget} */ (media.get(`(resolution: ${from}dppx)`)), "change");
    assert.deepEqual([element.width, element.height], [300 * to, 200 * to]);
  }
});
