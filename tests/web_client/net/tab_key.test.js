import assert from "node:assert/strict";
import { test } from "node:test";

import { TabKey } from "../../../web_client/src/net/tab_key.js";

/** @param {Map<string, string>} kept what the tab's storage holds */
const storeOf = (kept) => ({
  getItem: (/** @type {string} */ key) => kept.get(key) ?? null,
  setItem: (/** @type {string} */ key, /** @type {string} */ value) => kept.set(key, value),
  removeItem: (/** @type {string} */ key) => kept.delete(key),
});

test("a page draws a key of 32 hexadecimal digits, another one in each tab", () => {
  const [one, other] = [new TabKey(null).value, new TabKey(null).value];
  assert.match(one, /^[0-9a-f]{32}$/);
  assert.notEqual(one, other);
});

test("a page that is loaded again has the key that it had", () => {
  const kept = new Map();
  const before = new TabKey(storeOf(kept));
  before.putBack();
  assert.equal(new TabKey(storeOf(kept)).value, before.value);
});

test("a copy of a tab that runs is another client", () => {
  const kept = new Map();
  const tab = new TabKey(storeOf(kept));
  tab.putBack();
  const reloaded = new TabKey(storeOf(kept));
  const copy = new TabKey(storeOf(new Map(kept)));
  assert.equal(reloaded.value, tab.value);
  assert.notEqual(copy.value, tab.value);
});

test("a page that comes back out of the browser's cache takes its key out of the storage again", () => {
  const kept = new Map();
  const key = new TabKey(storeOf(kept));
  key.putBack();
  key.take();
  assert.notEqual(new TabKey(storeOf(kept)).value, key.value);
});

test("a key that is not of the form, and a storage that refuses, are as good as none", () => {
  const forged = new TabKey(storeOf(new Map([["game-server.key", "x".repeat(100)]])));
  assert.match(forged.value, /^[0-9a-f]{32}$/);
  const refuse = () => {
    throw new Error("no storage here");
  };
  const key = new TabKey({ getItem: refuse, setItem: refuse, removeItem: refuse });
  key.putBack();
  assert.match(key.value, /^[0-9a-f]{32}$/);
});
