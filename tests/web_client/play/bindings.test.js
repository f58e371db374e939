import assert from "node:assert/strict";
import { test } from "node:test";

import { controls } from "../../../web_client/src/games/arena.js";
import { Bindings as Any, label } from "../../../web_client/src/play/bindings.js";

/** Those of a page that plays the arena. */
class Bindings extends Any {
  /** @param {unknown} stored */
  constructor(stored = null) {
    super(stored, controls);
  }
}

const DEFAULTS = new Bindings();

test("every control has a key to begin with, and no key has two controls", () => {
  const bindings = new Bindings();
  const codes = bindings.names.flatMap((control) => bindings.of(control)).filter((code) => code !== null);
  assert.equal(new Set(codes).size, codes.length);
  for (const control of bindings.names) assert.notEqual(bindings.of(control)[0], null);
  assert.equal(bindings.controlOf("KeyW"), "up");
  assert.equal(bindings.controlOf("Mouse2"), "dash");
  assert.equal(bindings.controlOf("KeyO"), null);
});

test("a key that is bound again no longer does what it did", () => {
  const bindings = new Bindings();
  assert.equal(bindings.bind("fire", 1, "KeyW"), true);
  assert.deepEqual(bindings.of("up"), [null, "ArrowUp"]);
  assert.equal(bindings.controlOf("KeyW"), "fire");
});

test("keys with a meaning of their own cannot be bound", () => {
  const bindings = new Bindings();
  for (const code of ["Escape", "F3", "", "no key"]) assert.equal(bindings.bind("fire", 1, code), false);
  assert.deepEqual(bindings.of("fire"), DEFAULTS.of("fire"));
});

test("a place can be left empty, and everything set back", () => {
  const bindings = new Bindings();
  bindings.bind("up", 0, null);
  assert.deepEqual(bindings.of("up"), [null, "ArrowUp"]);
  bindings.reset();
  assert.deepEqual(bindings.of("up"), DEFAULTS.of("up"));
});

test("what was stored comes back, and what cannot be understood is left at its default", () => {
  const bindings = new Bindings();
  bindings.bind("dash", 0, "KeyQ");
  assert.deepEqual(new Bindings(JSON.parse(JSON.stringify(bindings))).of("dash"), ["KeyQ", "Mouse2"]);
  for (const odd of [null, 7, "x", { dash: 3 }, { dash: ["Escape", null] }, { dash: ["KeyQ"] }, { dash: [{}, null] }]) {
    assert.deepEqual(new Bindings(odd).of("dash"), DEFAULTS.of("dash"));
  }
});

test("keys are called what people call them", () => {
  assert.deepEqual(["KeyW", "Digit1", "ArrowUp", "Mouse0", "Space", null].map(label), ["W", "1", "↑", "Left button", "Space", ""]);
});

/** @param {string} code @param {{ctrlKey?: boolean, altKey?: boolean, metaKey?: boolean}} held */
const key = (code, held = {}) => ({ code, ctrlKey: false, altKey: false, metaKey: false, ...held });

test("a key with Ctrl, Alt or Meta is the browser's, unless that does something here", () => {
  const bindings = new Bindings();
  assert.equal(bindings.isChord(key("KeyP")), false);
  for (const held of [{ ctrlKey: true }, { altKey: true }, { metaKey: true }]) {
    assert.equal(bindings.isChord(key("KeyP", held)), true);
  }
  bindings.bind("fire", 1, "ControlLeft");
  bindings.bind("dash", 1, "AltRight");
  for (const held of [{ ctrlKey: true }, { altKey: true }, { ctrlKey: true, altKey: true }]) {
    assert.equal(bindings.isChord(key("KeyW", held)), false);
  }
  assert.equal(bindings.isChord(key("ControlLeft", { ctrlKey: true })), false);
  assert.equal(bindings.isChord(key("KeyW", { ctrlKey: true, metaKey: true })), true);
});

test("the controls of another game come with their own keys, and those of before come back as they were bound", () => {
  const bindings = new Bindings();
  bindings.bind("dash", 0, "KeyQ");
  bindings.suit([{ name: "jump", title: "Jump", keys: ["Space", "KeyW"] }]);
  assert.equal(bindings.controlOf("Space"), "jump");
  assert.equal(bindings.controlOf("KeyW"), "up", "a key of the page stays the page's");
  assert.equal(bindings.controlOf("KeyQ"), null);
  assert.equal(bindings.titleOf("jump"), "Jump");
  bindings.suit(controls);
  assert.equal(bindings.controlOf("KeyQ"), "dash");
  assert.equal(bindings.controlOf("Space"), null);
});
