import assert from "node:assert/strict";
import { test } from "node:test";

import { ProtocolError } from "../../../web_client/src/net/checks.js";
import { SnapshotDecoder } from "../../../web_client/src/net/snapshot.js";
import { SCORE, SHIP, crcOf, gone, little, own, schema, shipX, snapshot, wholeShip } from "./toy.js";

function decoderWithOneShip() {
  const decoder = new SnapshotDecoder(schema());
  decoder.apply(snapshot(1, [[SHIP, wholeShip(7, 400, 300, 12)]], { keyframe: true }));
  return decoder;
}

/** @param {import("../../../web_client/src/net/snapshot.js").World} world @returns {unknown} */
const ships = (world) => [...world.tables.ship].map(([id, row]) => [id, { ...row }]);

test("a whole row brings an entity, its values scaled by the schema", () => {
  const decoder = new SnapshotDecoder(schema());
  const { world, fault } = decoder.apply(snapshot(1, [[SHIP, wholeShip(7, 400, 300, 12)]]));
  assert.equal(fault, null);
  assert.deepEqual(ships(world), [[7, { x: 100, y: 50, aim: 12 }]]);
});

test("a change keeps the fields that it does not name", () => {
  const { world } = decoderWithOneShip().apply(snapshot(2, [[SHIP, shipX(7, 404)]]));
  assert.deepEqual(ships(world), [[7, { x: 101, y: 50, aim: 12 }]]);
});

test("a change leaves the worlds before as they were", () => {
  const decoder = decoderWithOneShip();
  const before = decoder.apply(snapshot(2, [[SHIP, shipX(7, 404)]])).world;
  decoder.apply(snapshot(3, [[SHIP, shipX(7, 408)]]));
  assert.deepEqual(ships(before), [[7, { x: 101, y: 50, aim: 12 }]]);
});

test("tables that did not change are the same object in both worlds", () => {
  const decoder = decoderWithOneShip();
  const before = decoder.apply(snapshot(2, [])).world;
  const after = decoder.apply(snapshot(3, [[SCORE, [...little(7, 2), 1, ...little(70000, 4)]]])).world;
  assert.equal(after.tables.ship, before.tables.ship);
  assert.equal(after.tables.score.get(7)?.kills, 70000);
});

test("a record without fields removes the entity, and one that is not here is no fault", () => {
  const { world, fault } = decoderWithOneShip().apply(snapshot(2, [[SHIP, [...gone(7), ...gone(9)]]]));
  assert.equal(fault, null);
  assert.deepEqual(ships(world), []);
});

test("a whole row wins over a removal of the same entity, whatever the order", () => {
  for (const records of [[...gone(7), ...wholeShip(7, 4, 200, 1)], [...wholeShip(7, 4, 200, 1), ...gone(7)]]) {
    const { world } = decoderWithOneShip().apply(snapshot(2, [[SHIP, records]]));
    assert.deepEqual(ships(world), [[7, { x: 1, y: 0, aim: 1 }]]);
  }
});

test("a keyframe removes what it does not hold, in every table", () => {
  const decoder = decoderWithOneShip();
  decoder.apply(snapshot(2, [[SCORE, [...little(7, 2), 1, ...little(3, 4)]]]));
  const { world } = decoder.apply(snapshot(3, [[SHIP, wholeShip(8, 0, 0, 0)]], { keyframe: true }));
  assert.deepEqual(ships(world), [[8, { x: 0, y: -100, aim: 0 }]]);
  assert.equal(world.tables.score.size, 0);
});

test("a change to an entity that is not here is a fault, and the rest still counts", () => {
  const { world, fault } = decoderWithOneShip().apply(snapshot(2, [[SHIP, [...shipX(9, 4), ...shipX(7, 8)]]]));
  assert.equal(fault, "unknown entity");
  assert.deepEqual(ships(world), [[7, { x: 2, y: 50, aim: 12 }]]);
});

/** @param {number} id @param {number} x @returns {number} what a ship that was brought by `wholeShip(id, x, 300, 12)` adds */
const shipHash = (id, x) => crcOf([SHIP, ...little(id, 2), ...little(x, 2), ...little(300, 2), 12]);

test("the hash is the sum of those of all entities as they stand afterwards, whether they have changed or not", () => {
  const decoder = decoderWithOneShip();
  const records = [...wholeShip(300, 4, 300, 12), ...wholeShip(3, 0, 0, 0)];
  decoder.apply(snapshot(2, [[SHIP, records], [SCORE, [...little(7, 2), 1, ...little(70000, 4)]]]));
  const score = crcOf([SCORE, ...little(7, 2), ...little(70000, 4)]);
  const hash = (shipHash(7, 404) + shipHash(300, 4) + score) % 2 ** 32;
  assert.equal(decoder.apply(snapshot(3, [[SHIP, [...shipX(7, 404), ...gone(3)]]], { hash })).fault, null);
  assert.equal(decoder.apply(snapshot(4, [], { hash })).fault, null);
  assert.equal(decoder.apply(snapshot(5, [], { hash: hash - score })).fault, "hash");
});

test("the hash of no entities is 0", () => {
  assert.equal(new SnapshotDecoder(schema()).apply(snapshot(1, [], { hash: 0, keyframe: true })).fault, null);
});

test("an entity that is wrong, missing or too many is a fault at the next hash, though nothing changes", () => {
  const hash = shipHash(7, 400);
  for (const [what, spoil] of Object.entries({
    wrong: (/** @type {SnapshotDecoder} */ decoder) => decoder.apply(snapshot(2, [[SHIP, shipX(7, 401)]])),
    missing: (/** @type {SnapshotDecoder} */ decoder) => decoder.apply(snapshot(2, [[SHIP, gone(7)]])),
    "too many": (/** @type {SnapshotDecoder} */ decoder) => decoder.apply(snapshot(2, [[SHIP, wholeShip(8, 0, 0, 0)]])),
  })) {
    const decoder = decoderWithOneShip();
    spoil(decoder);
    assert.equal(decoder.apply(snapshot(3, [])).fault, null, what);
    assert.equal(decoder.apply(snapshot(4, [], { hash })).fault, "hash", what);
    const whole = snapshot(5, [[SHIP, wholeShip(7, 400, 300, 12)]], { hash, keyframe: true });
    assert.equal(decoder.apply(whole).fault, null, what);
  }
});

test("your own entity comes exactly, and may be missing", () => {
  const decoder = new SnapshotDecoder(schema());
  assert.deepEqual(decoder.apply(snapshot(1, [], { own: own(0.1, -2.5, 65535) })).world.own, { x: 0.1, y: -2.5, wait: 65535 });
  assert.equal(decoder.apply(snapshot(2, [])).world.own, null);
});

test("a table of more than eight fields has a mask of two bytes", async () => {
  const { readSchema } = await import("../../../web_client/src/net/schema.js");
  const fields = Array.from({ length: 9 }, (_, index) => [`f${index}`, 1, 0, 1]);
  const decoder = new SnapshotDecoder(readSchema([[[0, "wide", fields]], [], []]));
  decoder.apply(snapshot(1, [[0, [5, 0, 0xff, 0x01, 1, 2, 3, 4, 5, 6, 7, 8, 9]]]));
  const { world } = decoder.apply(snapshot(2, [[0, [5, 0, 0x01, 0x01, 10, 90]]]));
  assert.deepEqual(Object.values({ ...world.tables.wide.get(5) }), [10, 2, 3, 4, 5, 6, 7, 8, 90]);
});

test("bytes that do not follow the schema are refused", () => {
  const broken = {
    "a record cut off in its head": [[SHIP, [7]]],
    "a record cut off in its fields": [[SHIP, shipX(7, 404).slice(0, 4)]],
    "a field that the table lacks": [[SHIP, [7, 0, 0b1000, 0]]],
    "a table that the schema lacks": [[9, gone(1)]],
  };
  for (const [what, tables] of Object.entries(broken)) {
    const message = snapshot(2, /** @type {[number, number[]][]} */ (tables));
    assert.throws(() => decoderWithOneShip().apply(message), ProtocolError, what);
  }
  assert.throws(() => decoderWithOneShip().apply(snapshot(2, [], { own: new Uint8Array(3) })), ProtocolError);
  assert.throws(() => decoderWithOneShip().apply(snapshot(0, [])), ProtocolError);
});
