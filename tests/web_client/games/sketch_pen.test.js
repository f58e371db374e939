// The pen of sketch: every place where it was is sent once, in order, and no more often than the server takes commands.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Pen } from "../../../game_server/games/sketch/web/pen.js";

const WORLD = { width: 960, height: 720 };
/** Milliseconds of a frame. */
const FRAME = 16;

/** A pen, and what it has asked the server for. */
function held() {
  /** @type {any[][]} */
  const asked = [];
  const send = new Proxy({}, { get: (_, name) => (/** @type {number[]} */ ...values) => { asked.push([name, ...values]); } });
  const pen = new Pen();
  let now = 0;
  /** A frame after the other. @param {[x: number, y: number][]} places */
  const draw = (...places) => {
    for (const [x, y] of places) {
      now += FRAME;
      pen.move({ x, y }, WORLD, now);
      pen.deliver(send, now);
    }
  };
  return { asked, send, pen, draw, now: () => now };
}

/** @param {any[][]} asked @returns {[begins: number, x: number, y: number][]} the points as the server adds them */
function pointsOf(asked) {
  /** @type {[number, number, number][]} */
  const points = [];
  for (const [name, begins, ...places] of asked) {
    assert.equal(name, "draw");
    for (let at = 0; at < places.length; at += 2) points.push([at ? 0 : begins, places[at], places[at + 1]]);
  }
  return points;
}

test("all points of a long stroke are sent, ten times a second", () => {
  const { asked, send, pen, draw } = held();
  /** @type {[number, number][]} */
  const places = Array.from({ length: 60 }, (_, at) => [10 * at, 5]);
  draw(...places);
  assert.ok(asked.length >= 9 && asked.length <= 10, `${asked.length} commands in ${60 * FRAME} ms`);
  pen.sendAll(send);
  assert.deepEqual(pointsOf(asked), places.map(([x, y], at) => [Number(!at), x, y]));
});

test("two strokes do not become one, however soon the second follows", () => {
  const { asked, send, pen, draw } = held();
  draw([10, 10]);
  draw([50, 10]);
  pen.lift();
  draw([100, 100], [140, 100]);
  pen.sendAll(send);
  assert.deepEqual(pointsOf(asked), [[1, 10, 10], [0, 50, 10], [1, 100, 100], [0, 140, 100]]);
});

test("a pen that rests adds nothing, and one beside the paper is at its rim", () => {
  const { asked, send, pen, draw } = held();
  draw([10, 10], [12, 10], [-40, 10], [2000, 9000]);
  pen.sendAll(send);
  assert.deepEqual(pointsOf(asked), [[1, 10, 10], [0, 0, 10], [0, 960, 720]]);
});

test("what was drawn goes before what comes after it: another colour, undo, clear", () => {
  const { asked, send, pen, draw } = held();
  draw([10, 10], [50, 10]);
  pen.choose(send, { colour: 4 });
  draw([90, 10]);
  pen.erase(send, "undo");
  draw([200, 200]);
  pen.erase(send, "clear");
  assert.deepEqual(asked.map(([name, ...values]) => (name === "draw" ? `draw ${values[0]}` : [name, ...values].join(" "))), [
    "draw 1", "draw 0", "pen 4 1", "draw 0", "undo", "draw 1", "clear",
  ]);
  assert.deepEqual(pen.ahead, []);
});

test("the own line is shown until the picture has it, and goes on from there", () => {
  const { pen, draw, now } = held();
  draw([10, 10], [50, 10], [90, 10]);
  pen.shown([50, 10], now());
  assert.deepEqual(pen.ahead.map(({ x }) => x), [50, 90]);
  pen.lift();
  draw([200, 200]);
  pen.lift();
  pen.shown([90, 10], now());
  assert.deepEqual(pen.ahead.map(({ x }) => x), [200]);
  pen.shown([200, 200], now());
  assert.deepEqual(pen.ahead, []);
});
