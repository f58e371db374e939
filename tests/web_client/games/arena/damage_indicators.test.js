import assert from "node:assert/strict";
import { test } from "node:test";

import { DamageIndicators, bearing } from "../../../../web_client/src/games/arena/damage_indicators.js";

const own = { x: 100, y: 100 };

test("damage comes from where the attacker is", () => {
  assert.equal(bearing(own, { x: 200, y: 100 }), 0);
  assert.equal(bearing(own, { x: 100, y: 300 }), Math.PI / 2);
  assert.equal(bearing(own, { x: 0, y: 100 }), Math.PI);
});

test("hits from one side are one arc, those from another side another", () => {
  const indicators = new DamageIndicators();
  indicators.add(own, { x: 200, y: 100 });
  indicators.add(own, { x: 200, y: 110 });
  assert.equal(indicators.arcs.length, 1);
  indicators.add(own, { x: 100, y: 0 });
  assert.equal(indicators.arcs.length, 2);
});

test("there are never more than six arcs", () => {
  const indicators = new DamageIndicators();
  for (let turn = 0; turn < 12; turn += 1) {
    indicators.add(own, { x: 100 + Math.cos(turn * 0.55) * 50, y: 100 + Math.sin(turn * 0.55) * 50 });
  }
  assert.ok(indicators.arcs.length <= 6);
});
