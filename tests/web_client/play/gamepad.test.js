// A gamepad: its sticks, its cross, and its buttons as they are bound or in their order.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Bindings } from "../../../web_client/src/play/bindings.js";
import { Gamepad } from "../../../web_client/src/play/gamepad.js";
import { Input, aimOf } from "../../../web_client/src/play/input.js";

const CONTROLS = [{ name: "jump", title: "Jump", keys: ["Space"] }, { name: "duck", title: "Duck", keys: ["Pad6"] }];
Object.assign(globalThis, { innerWidth: 1000, innerHeight: 500 });

function setUp() {
  const input = new Input();
  /** @type {{playing: boolean, asked: string[], taken: boolean}} */
  const state = { playing: true, asked: [], taken: false };
  const pad = { connected: true, axes: [0, 0, 0, 0], buttons: Array.from({ length: 16 }, () => ({ pressed: false })) };
  const gamepad = new Gamepad(input, new Bindings(null, CONTROLS), () => state.playing, (code) => {
    state.asked.push(code);
    return state.taken;
  }, () => [null, pad]);
  let now = 0;
  const poll = () => gamepad.poll(now += 20);
  return { input, state, pad, gamepad, poll, held: () => ["up", "down", "left", "right", "jump", "duck"].filter((action) => Boolean(input.holders.get(action)?.size)) };
}

test("the left stick steers in eight directions, and says how far it is pushed", () => {
  const { input, pad, poll, held } = setUp();
  pad.axes = [0.1, -0.1, 0, 0];
  poll();
  assert.deepEqual([held(), input.stick], [[], null], "a stick that is at rest, nearly");
  pad.axes = [0.6, 0, 0, 0];
  poll();
  assert.deepEqual(held(), ["right"]);
  assert.ok(Math.abs((input.stick?.x ?? 0) - 0.5) < 1e-9);
  pad.axes = [-1, -1, 0, 0];
  poll();
  assert.deepEqual(held(), ["up", "left"]);
  assert.ok(Math.abs(Math.hypot(input.stick?.x ?? 0, input.stick?.y ?? 0) - 1) < 1e-9);
  pad.axes = [0, 0, 0, 0];
  poll();
  assert.deepEqual([held(), input.stick], [[], null]);
});

test("the cross steers, all the way", () => {
  const { input, pad, poll, held } = setUp();
  pad.buttons[12].pressed = true;
  poll();
  assert.deepEqual([held(), input.stick], [["up"], null]);
});

test("buttons do what they are bound to, and else what the game declares, in that order", () => {
  const { pad, poll, held } = setUp();
  pad.buttons[0].pressed = true;
  poll();
  assert.deepEqual(held(), ["jump"]);
  pad.buttons[6].pressed = true;
  poll();
  assert.deepEqual(held(), ["jump", "duck"]);
  pad.buttons[0].pressed = pad.buttons[6].pressed = false;
  poll();
  assert.deepEqual(held(), []);
});

test("the right stick aims, and in a game of a pointer moves that over the screen, no further", () => {
  const { input, pad, gamepad, poll } = setUp();
  input.pointer = { x: 3, y: 3 };
  pad.axes = [0, 0, 0, 1];
  poll();
  assert.deepEqual([input.aim, input.pointer], [aimOf(0, 1), null]);
  gamepad.points = true;
  for (let at = 0; at < 100; at += 1) poll();
  assert.deepEqual(input.pointer, { x: 500, y: 500 });
});

test("a press that the settings ask for steers nothing, nor does a gamepad while there is no match", () => {
  const { state, pad, poll, held } = setUp();
  state.taken = true;
  pad.buttons[1].pressed = true;
  poll();
  assert.deepEqual([state.asked, held()], [["Pad1"], []]);
  state.taken = false;
  state.playing = false;
  pad.buttons[0].pressed = true;
  poll();
  assert.deepEqual(held(), []);
});
