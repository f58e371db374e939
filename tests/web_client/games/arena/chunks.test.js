import assert from "node:assert/strict";
import { test } from "node:test";

import { FakeContext, FakeElement, openPage } from "../../fakes/page.js";

openPage();
const { Chunks, MOST_BYTES } = await import("../../../../web_client/src/games/arena/chunks.js");
const { look } = await import("../../../../web_client/src/view/camera.js");

const TILE = 64;
const WORLD = { width: 120 * TILE, height: 120 * TILE };

/** @param {{width: number, height: number, scale: number, density?: number}} screen */
function chart({ width, height, scale, density = 1 }) {
  const painted = { count: 0 };
  const chunks = new Chunks(TILE, () => {
    painted.count += 1;
  });
  const context = /** @type {CanvasRenderingContext2D} */ (/** @type {unknown} */ (new FakeContext(new FakeElement())));
  /** @param {number} x @param {number} y */
  const at = (x, y) => {
    painted.count = 0;
    chunks.draw(context, look({ x, y }, WORLD, { width, height }, scale, density));
    return painted.count;
  };
  return { chunks, at };
}

const DESKTOP = { width: 1920, height: 1080, scale: 1.5 };
const SCREENS = [
  DESKTOP, { ...DESKTOP, density: 2 }, { width: 3840, height: 2160, scale: 3, density: 1 },
  { width: 390, height: 844, scale: 0.78, density: 2 }, { width: 1920, height: 1080, scale: 0.14 },
];

for (const screen of SCREENS) {
  test(`a view that rests is painted once: ${JSON.stringify(screen)}`, () => {
    const { at } = chart(screen);
    for (let frame = 0; frame < 200; frame += 1) at(3800, 3800);
    assert.equal(at(3800, 3800), 0);
  });

  test(`what is not seen is kept within a bound of bytes: ${JSON.stringify(screen)}`, () => {
    const { chunks, at } = chart(screen);
    at(1000, 1000);
    const seen = chunks.bytes;
    for (let step = 0; step < 600; step += 1) {
      at(1000 + 9 * step, 1000 + 7 * (step % 300));
      assert.ok(chunks.bytes <= Math.max(MOST_BYTES, 3 * seen), `${chunks.bytes} bytes`);
    }
  });
}

test("a ship that flies on finds the ground painted ahead, one strip a frame", () => {
  const { at } = chart(DESKTOP);
  for (let frame = 0; frame < 100; frame += 1) at(2000, 2000);
  for (let frame = 0; frame < 300; frame += 1) assert.ok(at(2000 + 5 * frame, 2000 + 2 * frame) <= 1);
});

test("another size of the screen is painted again", () => {
  const { chunks, at } = chart(DESKTOP);
  at(2000, 2000);
  const { pixels } = chunks;
  const other = chart({ ...DESKTOP, scale: 1.2 });
  other.at(2000, 2000);
  assert.notEqual(other.chunks.pixels, pixels);
  chunks.draw(/** @type {never} */ (new FakeContext(new FakeElement())), look({ x: 2000, y: 2000 }, WORLD, { width: 800, height: 600 }, 1, 1));
  assert.equal(chunks.pixels, 1);
});

test("the strips of a piece cover it from its top to its bottom", () => {
  /** @type {Map<string, number>} by the piece's left and its row: tiles painted, from its top */
  const painted = new Map();
  const chunks = new Chunks(TILE, (_, left, top, columns, rows) => {
    const piece = `${left} ${Math.floor(top / chunks.tiles)}`;
    assert.equal(columns, chunks.tiles);
    assert.equal(top - chunks.tiles * Math.floor(top / chunks.tiles), painted.get(piece) ?? 0);
    painted.set(piece, (painted.get(piece) ?? 0) + rows);
  });
  const view = look({ x: 400, y: 300 }, WORLD, { width: 800, height: 600 }, 1, 1);
  for (let frame = 0; frame < 200; frame += 1) chunks.draw(/** @type {never} */ (new FakeContext(new FakeElement())), view);
  assert.ok(painted.size >= 6);
  for (const rows of painted.values()) assert.equal(rows, chunks.tiles);
});
