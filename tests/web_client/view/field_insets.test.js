import assert from "node:assert/strict";
import { test } from "node:test";

import { lookAtWhole, NO_INSETS, toScreen } from "../../../web_client/src/view/camera.js";
import { FieldInsets, roomBetween } from "../../../web_client/src/view/field_insets.js";

const WORLD = { width: 2800, height: 2000 };
const DESKTOP = { width: 1280, height: 720 };
const PHONE = { width: 390, height: 844 };

/** @param {number} left @param {number} top @param {number} right @param {number} bottom */
const box = (left, top, right, bottom) => ({ left, top, right, bottom });

const CLOCK = box(600, 12, 680, 64);
const LEADERS = box(16, 16, 212, 103);
const BAR = box(382, 646, 898, 702);

test("without panels there is the whole screen", () => {
  assert.deepEqual(roomBetween([], DESKTOP, WORLD), NO_INSETS);
});

test("a world as wide as the screen's room keeps below the clock and above the bar", () => {
  assert.deepEqual(roomBetween([CLOCK, BAR], DESKTOP, WORLD), box(0, 64, 0, 74));
});

test("a panel in a corner is passed on the side that costs less", () => {
  assert.deepEqual(roomBetween([LEADERS], DESKTOP, WORLD), box(212, 0, 0, 0));
  assert.deepEqual(roomBetween([LEADERS], PHONE, WORLD), box(0, 103, 0, 0));
});

test("no panel lies over the world, wherever the panels are", () => {
  const menu = box(16, 12, 184, 84);
  for (const [screen, boxes] of /** @type {const} */ ([
    [DESKTOP, [CLOCK, LEADERS, BAR, box(1096, 671, 1264, 702)]],
    [PHONE, [box(187, 12, 247, 53), menu, box(16, 742, 374, 832)]],
    [{ width: 844, height: 390 }, [box(382, 12, 462, 64), menu, box(164, 322, 680, 378)]],
  ])) {
    const view = lookAtWhole(WORLD, screen, 1, roomBetween([...boxes], screen, WORLD));
    const [from, to] = [toScreen(view, { x: 0, y: 0 }), toScreen(view, { x: WORLD.width, y: WORLD.height })];
    assert.ok(from.x >= 0 && from.y >= 0 && to.x <= screen.width && to.y <= screen.height);
    for (const { left, top, right, bottom } of boxes) {
      assert.ok(right <= from.x || left >= to.x || bottom <= from.y || top >= to.y, `${screen.width}: ${left}`);
    }
  }
});

test("the world stays in the middle rather than to grow a little beside the clock", () => {
  assert.deepEqual(
    roomBetween([box(382, 12, 462, 64), box(164, 322, 680, 378)], { width: 844, height: 390 }, WORLD),
    box(0, 64, 0, 68),
  );
});

test("where the panels leave no room the world lies under them", () => {
  assert.deepEqual(roomBetween([box(0, 0, 1280, 720)], DESKTOP, WORLD), NO_INSETS);
});

test("panels that are not shown take no room, and the page is looked at a few times a second", () => {
  let looks = 0;
  const part = (/** @type {number} */ width) => /** @type {HTMLElement} */ (/** @type {unknown} */ ({
    getBoundingClientRect: () => { looks += 1; return { ...CLOCK, width, height: 52 }; },
  }));
  const panels = new FieldInsets([part(0)]);
  for (let now = 0; now < 300; now += 10) assert.deepEqual(panels.room(now, DESKTOP, WORLD), NO_INSETS);
  assert.equal(looks, 2);
  assert.deepEqual(new FieldInsets([part(80)]).room(0, DESKTOP, WORLD), box(0, 64, 0, 0));
});
