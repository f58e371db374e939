import assert from "node:assert/strict";
import { test } from "node:test";

import { Flights, unwrap } from "../../../../web_client/src/games/arena/flights.js";

/** @typedef {import("../../../../web_client/src/games/arena/flights.js").Moment} Moment */

const RATE = 30;
const ME = 2;
const FOE = 5;
const STRIDE = 900 / RATE;

/** @param {number} reach */
const flightsInTheOpen = (reach = 900) => new Flights(RATE, () => reach);

/** @param {number} born @param {number} owner @param {number} x @param {number} aim */
const row = (born, owner = ME, x = 100, aim = 0) => ({ x, y: 50, aim, owner, born: born & 255 });

/** @param {[number, ReturnType<typeof row>][]} rows */
const table = (...rows) => new Map(rows);

/**
 * @param {Flights} flights @param {Partial<Moment>} moment
 * @returns {{x: number, seen: string, owner: number}[]} what is seen
 */
function see(flights, moment) {
  /** @type {{x: number, seen: string, owner: number}[]} */
  const shown = [];
  flights.advance(
    { time: 100, ownTime: 100, latestTick: 100, elapsed: 1 / 60, player: ME, own: null, others: [], ...moment },
    ({ owner }, x, _, seen) => shown.push({ x, seen, owner }),
  );
  return shown;
}

test("a bolt of yours is seen in the frame in which you fire", () => {
  const flights = flightsInTheOpen();
  flights.fire(ME, 110, 100, 50, 0);
  assert.deepEqual(see(flights, { ownTime: 110 }), [{ x: 100, seen: "starts", owner: ME }]);
  assert.deepEqual(see(flights, { ownTime: 111 }), [{ x: 100 + STRIDE, seen: "flies", owner: ME }]);
});

test("the server's row takes over the ghost: one bolt, without a jump", () => {
  const flights = flightsInTheOpen();
  flights.fire(ME, 110, 100.11, 50, 0);
  see(flights, { ownTime: 117 });
  flights.arrive(110, table([7, row(110)]), ME);
  assert.equal(flights.all.size, 1);
  assert.equal(flights.ghosts.size, 0);
  assert.deepEqual(see(flights, { ownTime: 118 }), [{ x: 100.11 + 8 * STRIDE, seen: "flies", owner: ME }]);
});

test("two shots become two bolts, each its own", () => {
  const flights = flightsInTheOpen();
  flights.fire(ME, 110, 100, 50, 0);
  flights.fire(ME, 113, 100, 50, 0);
  flights.arrive(110, table([7, row(110)]), ME);
  flights.arrive(113, table([7, row(110)], [8, row(113)]), ME);
  assert.deepEqual([...flights.all].map(({ id, born }) => [id, born]), [[7, 110], [8, 113]]);
});

test("a ghost that the server never confirms goes", () => {
  const flights = flightsInTheOpen();
  flights.fire(ME, 110, 100, 50, 0);
  for (const tick of [109, 110, 111]) flights.arrive(tick, table(), ME);
  assert.equal(see(flights, { ownTime: 118 }).length, 1);
  flights.arrive(112, table(), ME);
  assert.equal(see(flights, { ownTime: 118 }).length, 0);
});

test("a shot that came a tick later than foretold is still one bolt", () => {
  const flights = flightsInTheOpen();
  flights.fire(ME, 110, 100, 50, 0);
  flights.arrive(111, table([7, row(111, ME, 100, 30)]), ME);
  assert.deepEqual([...flights.all].map(({ id, born, aim }) => [id, born, aim]), [[7, 111, 30]]);
});

test("yours fly in your own time to the end, those of others far away in theirs", () => {
  const flights = flightsInTheOpen();
  flights.arrive(100, table([7, row(100)], [8, row(100, FOE)]), ME);
  const own = { id: ME, x: 5000, y: 50 };
  const seen = see(flights, { time: 102, ownTime: 108, own });
  assert.deepEqual(seen.map(({ owner, x }) => [owner, x]), [[ME, 100 + 8 * STRIDE], [FOE, 100 + 2 * STRIDE]]);
});

test("a bolt of others comes into your time as it comes near, never standing still or going back", () => {
  const flights = flightsInTheOpen();
  flights.arrive(100, table([8, row(100, FOE)]), ME);
  const own = { id: ME, x: 700, y: 130 };
  let before = 100;
  let last = { x: 0, time: 0 };
  for (let frame = 1; frame < 40; frame += 1) {
    const time = 100 + frame / 2;
    const [bolt] = see(flights, { time, ownTime: time + 6, own });
    assert.ok(bolt.x > before, `${before} to ${bolt.x}`);
    before = bolt.x;
    if (bolt.x < own.x) last = { x: bolt.x, time };
  }
  assert.ok(Math.abs(last.x - (100 + (last.time + 6 - 100) * STRIDE)) < 1);
});

test("a bolt of yours stops at the ship that it is seen to hit", () => {
  const flights = flightsInTheOpen();
  flights.fire(ME, 110, 100, 50, 0);
  const others = [{ id: FOE, x: 250, y: 55 }];
  assert.equal(see(flights, { ownTime: 113, others })[0].seen, "starts");
  assert.equal(see(flights, { ownTime: 115, others })[0].seen, "hits");
  assert.equal(see(flights, { ownTime: 116, others }).length, 0);
  flights.arrive(110, table([7, row(110)]), ME);
  flights.arrive(115, table(), ME);
  assert.equal(see(flights, { ownTime: 121, latestTick: 115, others }).length, 0);
  assert.equal(flights.all.size, 0);
});

test("it flies on when the server does not agree, and is not stopped there again", () => {
  const flights = flightsInTheOpen();
  flights.fire(ME, 110, 100, 50, 0);
  const others = [{ id: FOE, x: 250, y: 55 }];
  see(flights, { ownTime: 115, others });
  for (const tick of [110, 115, 117]) flights.arrive(tick, table([7, row(110)]), ME);
  const [bolt] = see(flights, { ownTime: 120, latestTick: 117, others });
  assert.deepEqual(bolt, { x: 100 + 10 * STRIDE, seen: "flies", owner: ME });
});

test("a fast bolt does not pass through a ship between two slow frames", () => {
  const flights = flightsInTheOpen();
  flights.fire(ME, 110, 100, 50, 0);
  see(flights, { ownTime: 110 });
  assert.equal(see(flights, { ownTime: 120, others: [{ id: FOE, x: 250, y: 55 }] })[0].seen, "hits");
});

test("a bolt that the server has ended is shown until its time, and no longer", () => {
  const flights = flightsInTheOpen();
  flights.arrive(100, table([8, row(100, FOE)]), ME);
  flights.arrive(104, table(), ME);
  assert.equal(see(flights, { time: 102 }).length, 1);
  assert.equal(see(flights, { time: 104 }).length, 0);
});

test("a bolt that comes and goes between two frames is seen all the same", () => {
  const flights = flightsInTheOpen();
  flights.arrive(100, table([8, row(100, FOE)]), ME);
  flights.arrive(103, table(), ME);
  assert.equal(see(flights, { time: 98 }).length, 0);
  assert.equal(see(flights, { time: 101 }).length, 1);
});

test("an id that comes again at once is another bolt", () => {
  const flights = flightsInTheOpen();
  flights.arrive(100, table([8, row(100, FOE)]), ME);
  flights.arrive(101, table([8, row(101, FOE, 400, 1024)]), ME);
  assert.equal(flights.all.size, 2);
});

test("a row that starts again where areas of interest meet is the same bolt", () => {
  const flights = flightsInTheOpen();
  flights.arrive(100, table([8, row(100, FOE)]), ME);
  flights.arrive(105, table([8, row(105, FOE, 100 + 5 * STRIDE)]), ME);
  assert.equal(flights.all.size, 1);
});

test("a bolt ends at a wall once", () => {
  const flights = flightsInTheOpen(100);
  flights.arrive(100, table([8, row(100, FOE)]), ME);
  assert.deepEqual(see(flights, { time: 110 }).map(({ seen, x }) => [seen, x]), [["spent", 200]]);
  assert.equal(see(flights, { time: 111 }).length, 0);
});

test("`born` is sent modulo 256, and no bolt flies for more than 240 ticks", () => {
  for (const now of [0, 3, 255, 256, 70_000]) {
    for (const age of [0, 1, 30, 240]) assert.equal(unwrap((now - age) & 255, now), now - age);
  }
});

test("bolts pass through mates: yours through theirs, and theirs through you", () => {
  const mates = new Set([ME, FOE]);
  const flights = new Flights(RATE, () => 900, (owner, target) => mates.has(owner) && mates.has(target));
  flights.fire(ME, 100, 100, 50, 0);
  flights.arrive(100, table([7, row(100, FOE)]), ME);
  const others = [{ id: FOE, x: 100 + 2 * STRIDE, y: 50 }];
  const own = { id: ME, x: 100 + 2 * STRIDE, y: 50 };
  for (const ownTime of [100, 101, 102, 103]) {
    const seen = see(flights, { time: ownTime, ownTime, latestTick: 100, own, others });
    assert.ok(seen.every((bolt) => bolt.seen !== "hits"), JSON.stringify(seen));
    assert.equal(seen.length, 2);
  }
});

test("bolts of and at anybody else are seen to hit", () => {
  const flights = new Flights(RATE, () => 900, (owner, target) => owner === ME && target === 9);
  flights.fire(ME, 100, 100, 50, 0);
  const others = [{ id: 9, x: 100 + STRIDE, y: 50 }, { id: FOE, x: 100 + 2 * STRIDE, y: 50 }];
  const seen = [100, 101, 102].flatMap((ownTime) => see(flights, { ownTime, others }));
  assert.deepEqual(seen.map((bolt) => bolt.seen), ["starts", "flies", "hits"]);
});

test("while nothing is drawn, bolts that have ended do not pile up", () => {
  const flights = new Flights(30, () => 1000);
  for (let tick = 1; tick < 30 * 60; tick += 1) {
    const row = { owner: 1, x: 0, y: 0, aim: 0, born: tick & 0xff };
    flights.arrive(tick, new Map([[tick % 500, row]]), 7);
    flights.fire(7, tick, 0, 0, 0);
  }
  assert.ok(flights.all.size < 100, `${flights.all.size} bolts`);
});

test("after a jump in time what flies is known, and nobody sees it start", () => {
  const flights = flightsInTheOpen();
  flights.arrive(50, table([1, row(45, FOE)]), ME);
  flights.begin(100, table([7, row(90, FOE)], [8, row(100, FOE, 300)]), ME);
  assert.deepEqual(see(flights, { time: 100 }), [
    { x: 100 + 10 * STRIDE, seen: "flies", owner: FOE }, { x: 300, seen: "starts", owner: FOE },
  ]);
});
