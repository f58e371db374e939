import assert from "node:assert/strict";
import { test } from "node:test";

import { controls } from "../../../web_client/src/games/arena.js";
import { Preferences } from "../../../web_client/src/view/preferences.js";

/** @param {string | null} content */
function storeOf(content) {
  return {
    content,
    getItem() { return this.content; },
    /** @param {string} _ @param {string} value */
    setItem(_, value) { this.content = value; },
  };
}

test("a player who asks the system for little motion has no shaking, unless they want it", () => {
  assert.equal(new Preferences(null, true).shake, false);
  assert.equal(new Preferences(null, false).shake, true);
  assert.equal(new Preferences(storeOf('{"shake": true}'), true).shake, true);
});

test("what is changed is remembered and reported at once", () => {
  const store = storeOf(null);
  const settings = new Preferences(store, false);
  /** @type {number[]} */
  const heard = [];
  settings.listen(({ volume }) => heard.push(volume));
  settings.volume = 0.25;
  settings.palette = "red-green";
  settings.bindings.suit(controls);
  settings.bindings.bind("fire", 1, "KeyF");
  settings.changed();
  assert.deepEqual(heard, [0.6, 0.25]);
  const again = new Preferences(store, false);
  again.bindings.suit(controls);
  assert.deepEqual([again.volume, again.palette, again.bindings.controlOf("KeyF")], [0.25, "red-green", "fire"]);
});

test("whatever the storage holds, the settings are usable", () => {
  for (const content of ["", "{", "null", "7", "[]", '{"volume": 9, "palette": "__proto__", "shake": "yes", "bindings": 3}']) {
    const settings = new Preferences(storeOf(content), false);
    assert.deepEqual([settings.volume, settings.palette, settings.shake], [0.6, "chart", true]);
    assert.equal(settings.bindings.controlOf("KeyW"), "up");
  }
});

test("a storage that refuses does no harm", () => {
  const refuse = () => {
    throw new Error("forbidden");
  };
  const settings = new Preferences({ getItem: refuse, setItem: refuse }, false);
  settings.changed();
  assert.equal(settings.palette, "chart");
});
