import assert from "node:assert/strict";
import { test } from "node:test";

import { Input } from "../../../web_client/src/play/input.js";
import { MouseAim } from "../../../web_client/src/view/mouse_aim.js";

test("under a mouse that lies still the aim stays, wherever the ship is moved, until it moves or a button is held", () => {
  const input = new Input();
  const mouseAim = new MouseAim(input);
  const view = /** @type {never} */ ({ left: 0, top: 0, scale: 1 });
  const aimFrom = (/** @type {number} */ y, /** @type {number} */ now) => {
    mouseAim.update(view, { x: 0, y }, { up: 1 }, now);
    return input.aim;
  };
  input.pointer = { x: 100, y: 0 };
  assert.equal(aimFrom(0, 0), 0);
  assert.equal(aimFrom(-100, 4000), 512, "a moment ago somebody was there");
  assert.equal(aimFrom(100, 9000), 512);
  input.press("up", "KeyW");
  assert.equal(aimFrom(100, 9100), 3584);
  input.releaseAll();
  assert.equal(aimFrom(-100, 20000), 3584);
  input.pointer = { x: 100, y: 0 };
  assert.equal(aimFrom(-100, 20100), 512);
});
