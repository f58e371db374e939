import assert from "node:assert/strict";
import { test } from "node:test";

import { openPage } from "../fakes/page.js";

const element = openPage();
const { Hints } = await import("../../../web_client/src/view/hints.js");
const { Bindings } = await import("../../../web_client/src/play/bindings.js");

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
  hints.begin(new Bindings(), false);
  hints.show(true, 0);
  assert.equal(left(), 3);
  hints.used("left");
  hints.used("up");
  assert.equal(left(), 2);
  hints.used("dash");
  const later = new Hints(store);
  later.begin(new Bindings(), false);
  assert.equal(left(), 1);
});

test("a key pressed where it does nothing teaches nothing", () => {
  const hints = new Hints(null);
  hints.begin(new Bindings(), false);
  hints.show(false, 60);
  hints.used("fire");
  assert.equal(left(), 3);
});

test("whatever the storage holds, there are hints", () => {
  for (const stored of ["{", "7", "null", "[1, null]"]) {
    const hints = new Hints({ getItem: () => stored, setItem() {} });
    hints.begin(new Bindings(), true);
    assert.equal(left(), 3);
  }
});

test("a hint that is not used fades after 20 s of play, and comes again in the next stay", () => {
  const hints = new Hints(null);
  hints.begin(new Bindings(), true);
  for (let second = 0; second < 20; second += 1) hints.show(true, 1);
  assert.equal(left(), 3);
  hints.show(true, 1);
  assert.equal(left(), 0);
  hints.begin(new Bindings(), true);
  hints.show(true, 1);
  assert.equal(left(), 3);
});

test("hints stand where no thing of the field lies underneath as they appear, and stay there", () => {
  const root = element("hints");
  const boxes = /** @type {{[place: string]: object}} */ ({
    "": { left: 400, right: 800, top: 600, bottom: 640 }, "at-left": { left: 20, right: 120, top: 300, bottom: 420 },
    "at-right": { left: 1080, right: 1180, top: 300, bottom: 420 },
  });
  root.getBoundingClientRect = /** @type {never} */ (() => boxes[root.className]);
  const low = { x: 600, y: 560 };
  const left = { x: 60, y: 360 };
  for (const [things, place] of /** @type {[{x: number, y: number}[], string][]} */ ([
    [[], ""], [[{ x: 600, y: 300 }], ""], [[low], "at-left"], [[low, left], "at-right"], [[low, left, { x: 1100, y: 400 }], ""],
  ])) {
    const hints = new Hints(null);
    hints.begin(new Bindings(), false);
    hints.show(false, 0);
    hints.show(true, 0, () => things);
    assert.equal(root.className, place);
    hints.show(true, 0, () => [low, left]);
    assert.equal(root.className, place, "they do not jump");
  }
});
