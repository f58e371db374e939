// What a keyboard, a mouse and thumbs do to what is held and where it aims.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Bindings } from "../../../web_client/src/play/bindings.js";
import { Input, aimOf } from "../../../web_client/src/play/input.js";
import { listenToKeyboardAndMouse } from "../../../web_client/src/play/keyboard_and_mouse.js";
import { Touch } from "../../../web_client/src/view/touch.js";
import { FakeElement, fire, openPage } from "../fake_page.js";

const BITS = { up: 1, right: 8, fire: 16 };

function setUp() {
  const page = openPage();
  const input = new Input();
  const state = { playing: true };
  const field = page.element("field");
  listenToKeyboardAndMouse(input, new Bindings(), /** @type {never} */ (field), () => state.playing);
  return {
    page, input, state, field,
    /** @param {string} type @param {string} code @param {{[name: string]: unknown}} more */
    key: (type, code, more = {}) => fire(page.window, type, { code, key: "", repeat: false, ...more }),
    /** @param {EventTarget} target @param {string} type @param {{[name: string]: unknown}} more */
    mouse: (target, type, more = {}) => (
      fire(target, type, { pointerType: "mouse", button: 0, buttons: 0, clientX: 7, clientY: 7, ...more })),
    held() {
      input.used();
      return input.bits(BITS);
    },
  };
}

test("a key that is held through a blip is still held after it", () => {
  const { key, state, held } = setUp();
  key("keydown", "KeyW");
  state.playing = false;
  key("keydown", "KeyW", { repeat: true });
  state.playing = true;
  assert.equal(held(), 1);
  key("keyup", "KeyW");
  assert.equal(held(), 0);
});

test("a key that went down in a blip is held from its next repetition on", () => {
  const { key, state, held } = setUp();
  state.playing = false;
  key("keydown", "KeyW");
  assert.equal(held(), 0);
  state.playing = true;
  key("keydown", "KeyW", { repeat: true });
  assert.equal(held(), 1);
});

test("a key that goes up in a blip is not held after it", () => {
  const { key, state, held } = setUp();
  key("keydown", "KeyW");
  state.playing = false;
  key("keyup", "KeyW");
  state.playing = true;
  assert.equal(held(), 0);
});

test("when Meta goes up nothing is held: macOS has swallowed what was released before it", () => {
  const { key, held } = setUp();
  key("keydown", "KeyW");
  key("keydown", "MetaLeft", { key: "Meta", metaKey: true });
  key("keyup", "MetaLeft", { key: "Meta" });
  assert.equal(held(), 0);
});

test("a shortcut of the browser's is left to it", () => {
  const { key, held } = setUp();
  assert.equal(key("keydown", "KeyW", { ctrlKey: true }), false);
  assert.equal(held(), 0);
  assert.equal(key("keydown", "KeyW"), true);
});

test("a mouse whose press is cancelled fires no longer, and a finger's cancel does not end it", () => {
  const { mouse, page, field, held } = setUp();
  mouse(field, "pointerdown");
  fire(page.window, "pointercancel", { pointerType: "touch" });
  assert.equal(held(), 16);
  mouse(page.window, "pointercancel");
  assert.equal(held(), 0);
});

test("of a mouse and thumbs, what was used last aims", () => {
  const { input, mouse, page } = setUp();
  for (const stick of ["stick-move", "stick-aim"]) page.element(stick).append(new FakeElement());
  new Touch(input, () => {});
  mouse(page.window, "pointermove");
  assert.deepEqual(input.pointer, { x: 7, y: 7 });
  const touch = page.element("touch");
  fire(touch, "pointerdown", { pointerId: 1, clientX: 800, clientY: 300 });
  fire(touch, "pointermove", { pointerId: 1, clientX: 800, clientY: 340 });
  assert.equal(input.pointer, null);
  assert.equal(input.aim, aimOf(0, 1));
  mouse(page.window, "pointermove");
  assert.deepEqual(input.pointer, { x: 7, y: 7 });
});
