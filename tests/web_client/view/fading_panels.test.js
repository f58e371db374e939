import assert from "node:assert/strict";
import { test } from "node:test";

import { covers } from "../../../web_client/src/view/fading_panels.js";

const box = { left: 1000, top: 100, right: 1200, bottom: 300 };

test("a part of the page covers a ship under it, and one that touches its edge", () => {
  assert.equal(covers(box, { x: 1100, y: 200 }, 40), true);
  assert.equal(covers(box, { x: 970, y: 200 }, 40), true);
  assert.equal(covers(box, { x: 950, y: 200 }, 40), false);
  assert.equal(covers(box, { x: 1100, y: 341 }, 40), false);
});
