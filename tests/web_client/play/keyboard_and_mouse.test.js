// What a keyboard, a mouse and thumbs do to what is held and where it aims.

import assert from "node:assert/strict";
import { test } from "node:test";

import { controls } from "../../../web_client/src/games/arena.js";
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
  listenToKeyboardAndMouse(input, new Bindings(null, controls), /** @type {never} */ (field), () => state.playing);
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

test("a notch of the wheel is a press, of a touch pad once it has been moved as far, and none with Ctrl", () => {
  const { input, field } = setUp();
  const bindings = new Bindings({ fire: ["WheelUp", null] }, controls);
  listenToKeyboardAndMouse(input, bindings, /** @type {never} */ (field), () => true);
  const fired = () => input.counts.get("fire") ?? 0;
  fire(field, "wheel", { deltaY: -120, deltaMode: 0, ctrlKey: false });
  assert.equal(fired(), 1);
  fire(field, "wheel", { deltaY: -3, deltaMode: 1, ctrlKey: false });
  assert.equal(fired(), 2);
  for (let at = 0; at < 6; at += 1) fire(field, "wheel", { deltaY: -10, deltaMode: 0, ctrlKey: false });
  assert.equal(fired(), 3);
  fire(field, "wheel", { deltaY: -120, deltaMode: 0, ctrlKey: true });
  assert.deepEqual([fired(), input.bits(BITS)], [3, 16]);
});

test("a finger where no stick is points at the field, and holds what the left button of a mouse does", () => {
  const { input, page } = setUp();
  for (const stick of ["stick-move", "stick-aim"]) page.element(stick).append(new FakeElement());
  /** @type {unknown[]} */
  const pressed = [];
  const touch = new Touch(input, () => {}, (place) => pressed.push(place));
  touch.suit({ steers: true, aims: false, points: true, controls: [{ name: "draw", title: "Draw", keys: ["Mouse0"] }] });
  const root = page.element("touch");
  fire(root, "pointerdown", { pointerId: 1, clientX: 100, clientY: 300 });
  assert.deepEqual([input.pointer, input.isHeld("draw")], [null, false], "a thumb on the stick");
  fire(root, "pointerdown", { pointerId: 2, clientX: 800, clientY: 300 });
  fire(root, "pointermove", { pointerId: 2, clientX: 810, clientY: 300 });
  assert.deepEqual([input.pointer, pressed, input.isHeld("draw")], [{ x: 810, y: 300 }, [{ x: 800, y: 300 }], true]);
  fire(root, "pointerup", { pointerId: 2 });
  input.used();
  assert.deepEqual([input.isHeld("draw"), input.pointer], [false, { x: 810, y: 300 }]);
  assert.equal(page.element("touch-buttons").children.length, 0, "a finger needs no button");
});
