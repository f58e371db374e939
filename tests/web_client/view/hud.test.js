import assert from "node:assert/strict";
import { test } from "node:test";

import { HudView, spoken } from "../../../web_client/src/view/hud.js";
import { openPage } from "../fakes/page.js";

test("a screen reader hears what a banner says, without what changes every second", () => {
  assert.equal(spoken({ title: "3", detail: "First to 20 kills" }), "First to 20 kills");
  assert.equal(spoken({ title: "Sunk", detail: "by Argon · back in 2" }), "Sunk: by Argon");
  assert.equal(spoken({ title: "Sunk", detail: "Back in 1" }), "Sunk");
  assert.equal(spoken({ title: "Round 3", detail: "First to 20 kills · 3:12 left" }), "Round 3: First to 20 kills");
  assert.equal(spoken({ title: "", detail: "Waiting for another player" }), "Waiting for another player");
});

test("of the leaders only the lines that have changed are made again", () => {
  const element = openPage();
  const hud = new HudView();
  const game = /** @type {never} */ ({ emblem: () => ({ path: "", colour: "" }) });
  const scene = /** @type {never} */ ({ player: 9, members: new Map() });
  /** @param {number[]} kills of the players, best first */
  const draw = (...kills) => {
    const rows = kills.map((count, player) => ({ player, cells: [count, 0], side: -1, place: player + 1 }));
    hud.drawLeaders(game, scene, /** @type {never} */ ({ rows, sides: [] }));
    return [...element("leaders").children];
  };
  const before = draw(5, 4, 3);
  const after = draw(6, 4, 3);
  assert.deepEqual(before.map((line, at) => line === after[at]), [false, true, true]);
  assert.equal(draw(6, 4).length, 2);
});

test("gauges are shown without a meter, and go when they are left out", () => {
  const element = openPage();
  const hud = new HudView();
  /** @param {{label: string, fraction: number, lit: boolean}[]} gauges */
  const draw = (gauges) => {
    hud.drawVitals(/** @type {never} */ ({ meter: null, gauges, boosts: [] }));
    return [element("vitals").hidden, element("meter").hidden, element("gauges").children.length];
  };
  assert.deepEqual(draw([{ label: "Fuel", fraction: 1, lit: false }]), [false, true, 1]);
  assert.deepEqual(draw([]), [true, true, 0]);
});
