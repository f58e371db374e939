import assert from "node:assert/strict";
import { test } from "node:test";

import { GameLoading } from "../../../web_client/src/play/game_loading.js";
import { snapshot, welcome } from "../net/toy.js";

/** @typedef {import("../../../web_client/src/play/contract.js").GameModule} GameModule */

const MODULE = /** @type {GameModule} */ (/** @type {unknown} */ ({}));

/** A game that is loaded when the test says so. @param {() => void} onBegin */
function setUp(onBegin = () => {}) {
  /** @type {unknown[]} */
  const heard = [];
  /** @type {(module: GameModule) => void} */
  let loaded = () => {};
  /** @type {(error: unknown) => void} */
  let failed = () => {};
  const loading = new GameLoading(welcome(), (game) => {
    heard.push(game);
    return new Promise((resolve, reject) => {
      loaded = resolve;
      failed = reject;
    });
  }, {
    begin: (_, early) => {
      onBegin();
      heard.push(["begin", early.length]);
    },
    fail: (error) => heard.push(["fail", /** @type {Error} */ (error).message]),
  });
  const settle = () => new Promise((resolve) => {
    setImmediate(resolve);
  });
  return {
    loading, heard,
    async load() {
      loaded(MODULE);
      await settle();
    },
    /** @param {string} message */
    async fail(message) {
      failed(new Error(message));
      await settle();
    },
  };
}

test("what comes before the game waits for it", async () => {
  const { loading, heard, load } = setUp();
  for (let tick = 1; tick < 4; tick += 1) loading.receive(snapshot(tick, []), tick);
  await load();
  assert.deepEqual(heard, ["toy", ["begin", 3]]);
});

test("a game that cannot be loaded, and one that cannot be begun, are reported once", async () => {
  const unloaded = setUp();
  await unloaded.fail("404");
  assert.deepEqual(unloaded.heard, ["toy", ["fail", "404"]]);
  const odd = setUp(() => {
    throw new Error("odd setup");
  });
  await odd.load();
  assert.deepEqual(odd.heard, ["toy", ["fail", "odd setup"]]);
});

test("of a stay that is over nothing comes any more, however late its game loads or fails", async () => {
  for (const end of /** @type {const} */ (["load", "fail"])) {
    const late = setUp();
    late.loading.cancel();
    await late[end]("404");
    late.loading.receive(snapshot(1, []), 1);
    assert.deepEqual(late.heard, ["toy"]);
  }
});

test("a game that takes too long fails once, and does not begin then", async () => {
  const { loading, heard, load } = setUp();
  for (let tick = 1; tick < 2000; tick += 1) loading.receive(snapshot(tick, []), tick);
  await load();
  assert.deepEqual(heard, ["toy", ["fail", "the game takes too long to load"]]);
});
