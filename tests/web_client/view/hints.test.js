import assert from "node:assert/strict";
import { test } from "node:test";

import { openPage } from "../fakes/page.js";

const element = openPage();
const { Hints } = await import("../../../web_client/src/view/hints.js");
const { Bindings } = await import("../../../web_client/src/play/bindings.js");
const { controls } = await import("../../../web_client/src/games/arena.js");

const ARENA = { steers: true, controls };

function memory() {
  /** @type {Map<string, string>} */
  const kept = new Map();
  return {
    /** @param {string} key */
    getItem: (key) => kept.get(key) ?? null,
    /** @param {string} key @param {string} value */
    setItem: (key, value) => void kept.set(key, value),
  };
}

/** @returns {number} hints on the page that have not been used */
const left = () => element("hints").children.filter((line) => !line.classList.contains("known")).length;

test("each control is shown until it was used, on later visits as well", () => {
  const store = memory();
  const hints = new Hints(store);
  hints.begin(ARENA, new Bindings(null, ARENA.controls), false);
  hints.show(true, 0);
  assert.equal(left(), 3);
  hints.used("left");
  hints.used("up");
  assert.equal(left(), 2);
  hints.used("dash");
  const later = new Hints(store);
  later.begin(ARENA, new Bindings(null, ARENA.controls), false);
  assert.equal(left(), 1);
});

test("a key pressed where it does nothing teaches nothing", () => {
  const hints = new Hints(null);
  hints.begin(ARENA, new Bindings(null, ARENA.controls), false);
  hints.show(false, 60);
  hints.used("fire");
  assert.equal(left(), 3);
});

test("whatever the storage holds, there are hints", () => {
  for (const stored of ["{", "7", "null", "[1, null]"]) {
    const hints = new Hints({ getItem: () => stored, setItem() {} });
    hints.begin(ARENA, new Bindings(null, ARENA.controls), true);
    assert.equal(left(), 3);
  }
});

test("a hint that is not used fades after 20 s of play, and comes again in the next stay", () => {
  const hints = new Hints(null);
  hints.begin(ARENA, new Bindings(null, ARENA.controls), true);
  for (let second = 0; second < 20; second += 1) hints.show(true, 1);
  assert.equal(left(), 3);
  hints.show(true, 1);
  assert.equal(left(), 0);
  hints.begin(ARENA, new Bindings(null, ARENA.controls), true);
  hints.show(true, 1);
  assert.equal(left(), 3);
});

test("hints stand where no thing of the field lies underneath as they appear, and stay there", () => {
  const root = element("hints");
  const boxes = /** @type {{[place: string]: object}} */ ({
    "": { left: 400, right: 800, top: 600, bottom: 640 }, "at-left": { left: 20, right: 120, top: 300, bottom: 420 },
    "at-right": { left: 1080, right: 1180, top: 300, bottom: 420 },
    "at-top": { left: 400, right: 800, top: 120, bottom: 160 },
  });
  root.getBoundingClientRect = /** @type {never} */ (() => boxes[root.className]);
  const low = { x: 600, y: 560 };
  const left = { x: 60, y: 360 };
  const right = { x: 1100, y: 400 };
  for (const [things, place] of /** @type {[{x: number, y: number}[], string][]} */ ([
    [[], ""], [[{ x: 600, y: 300 }], ""], [[low], "at-left"], [[low, left], "at-right"], [[low, left, right], "at-top"],
    [[low, left, right, { x: 600, y: 100 }], ""],
  ])) {
    const hints = new Hints(null);
    hints.begin(ARENA, new Bindings(null, ARENA.controls), false);
    hints.show(false, 0);
    hints.show(true, 0, () => things);
    assert.equal(root.className, place);
    hints.show(true, 0, () => [low, left]);
    assert.equal(root.className, place, "they do not jump");
  }
});

test("on a phone, whose hints are at the bottom, a ship down there sends them to the top", () => {
  const root = element("hints");
  root.getBoundingClientRect = /** @type {never} */ (() => (
    root.className === "at-top" ? { left: 60, right: 330, top: 210, bottom: 320 } : { left: 60, right: 330, top: 550, bottom: 660 }));
  const hints = new Hints(null);
  hints.begin(ARENA, new Bindings(null, ARENA.controls), true);
  hints.show(false, 0);
  hints.show(true, 0, () => [{ x: 195, y: 568 }]);
  assert.equal(root.className, "at-top");
});

test("a button is shown with both of its keys, and four directions with one each", () => {
  const hints = new Hints(null);
  hints.begin(ARENA, new Bindings(null, ARENA.controls), false);
  // Beside the keys there is the word.
  const keys = element("hints").children.map((line) => line.children.length - 1);
  assert.deepEqual(keys, [4, ...ARENA.controls.map(({ keys: of }) => of.length)]);
});
