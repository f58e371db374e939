import assert from "node:assert/strict";
import { test } from "node:test";

import { fitScale, look, lookAtWhole, toScreen, toWorld } from "../../../web_client/src/view/camera.js";

const VIEW = { width: 1280, height: 720 };
const WORLD = { width: 4000, height: 3000 };

test("a screen of the view's shape shows exactly the view", () => {
  assert.equal(fitScale({ width: 1280, height: 720 }, VIEW), 1);
  assert.equal(fitScale({ width: 1920, height: 1080 }, VIEW), 1.5);
});

test("no screen shows more than 1.25 of the view on either side", () => {
  for (const [width, height] of [[390, 844], [844, 390], [2560, 1080], [1024, 1366], [320, 2000], [4000, 300]]) {
    const scale = fitScale({ width, height }, VIEW);
    assert.ok(width / scale <= VIEW.width * 1.25 + 1e-9, `${width}x${height}`);
    assert.ok(height / scale <= VIEW.height * 1.25 + 1e-9, `${width}x${height}`);
  }
});

test("the focus is in the middle of the screen", () => {
  const view = look({ x: 2000, y: 1500 }, WORLD, { width: 1280, height: 720 }, 1, 1);
  assert.deepEqual(toScreen(view, { x: 2000, y: 1500 }), { x: 640, y: 360 });
});

test("in a corner the screen does not show more of the outside than it may", () => {
  const screen = { width: 1000, height: 500 };
  const view = look({ x: 14, y: 14 }, WORLD, screen, 1, 1);
  assert.deepEqual([view.left, view.top], [-80, -40]);
  const touched = look({ x: 14, y: 14 }, WORLD, screen, 1, 1, true);
  assert.deepEqual([touched.left, touched.top], [-220, -110]);
});

test("the view lies on whole device pixels", () => {
  const view = look({ x: 1234.567, y: 1500.123 }, WORLD, { width: 1280, height: 720 }, 0.83, 2);
  for (const edge of [view.left, view.top]) assert.ok(Math.abs(edge * 1.66 - Math.round(edge * 1.66)) < 1e-9);
});

test("the whole world can be seen at once, on any screen, in the middle of it", () => {
  for (const screen of [{ width: 1280, height: 720 }, { width: 360, height: 640 }]) {
    const view = lookAtWhole(WORLD, screen, 1);
    assert.ok(view.left <= 0 && view.top <= 0 && view.right >= WORLD.width && view.bottom >= WORLD.height);
    const pixel = 1 / view.scale;
    assert.ok(Math.abs(view.x - WORLD.width / 2) < pixel && Math.abs(view.y - WORLD.height / 2) < pixel);
  }
});

test("the whole world lies between the insets, and out of the middle no further than they ask for", () => {
  const screen = { width: 1280, height: 720 };
  const insets = { left: 212, top: 64, right: 0, bottom: 74 };
  const view = lookAtWhole(WORLD, screen, 1, insets);
  const [from, to] = [toScreen(view, { x: 0, y: 0 }), toScreen(view, { x: WORLD.width, y: WORLD.height })];
  assert.ok(from.x >= 212 && to.x <= 1280 && from.y >= 64 && to.y <= 720 - 74);
  assert.ok(Math.abs((from.x + to.x) / 2 - 640) <= 1);
  const pushed = lookAtWhole(WORLD, screen, 1, { ...insets, left: 500 });
  assert.ok(toScreen(pushed, { x: 0, y: 0 }).x >= 500 && toScreen(pushed, { x: 0, y: 0 }).x < 530);
});

test("the view of the whole lies on whole device pixels", () => {
  const view = lookAtWhole(WORLD, { width: 1279, height: 719 }, 1.5, { left: 13, top: 64.3, right: 0, bottom: 74 });
  const pixels = view.scale * 1.5;
  for (const edge of [view.left, view.top]) assert.ok(Math.abs(edge * pixels - Math.round(edge * pixels)) < 1e-9);
});

test("a place on the screen is a place in the world, and back", () => {
  const view = look({ x: 2000, y: 1500 }, WORLD, { width: 1280, height: 720 }, 0.5, 1);
  assert.deepEqual(toScreen(view, toWorld(view, { x: 100, y: 200 })), { x: 100, y: 200 });
});
