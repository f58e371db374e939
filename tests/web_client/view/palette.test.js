// Whether colours stay apart for eyes that lack a kind of cone, by the matrices of G. M. Machado, M. M. Oliveira and
// L. A. F. Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency", 2009 (severity 1).

import assert from "node:assert/strict";
import { test } from "node:test";

import { CHART, PALETTES, playerColour, teamColour, usePalette } from "../../../web_client/src/view/palette.js";

const IDENTITY = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
const PROTAN = [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]];
const DEUTAN = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]];
const TRITAN = [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]];

/** @param {string} colour @param {number[][]} eye @returns {number[]} linear red, green and blue as seen */
function seen(colour, eye) {
  const linear = [1, 3, 5].map((at) => (parseInt(colour.slice(at, at + 2), 16) / 255) ** 2.2);
  return eye.map((row) => Math.max(0, row.reduce((sum, part, at) => sum + part * linear[at], 0)));
}

/** @param {number[]} linear @returns {number[]} Oklab (B. Ottosson, 2020) */
function oklab([r, g, b]) {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** @param {string} a @param {string} b @param {number[][]} eye */
function apart(a, b, eye) {
  const [one, other] = [a, b].map((colour) => oklab(seen(colour, eye)));
  return Math.hypot(...one.map((part, at) => part - other[at]));
}

/** @param {readonly string[]} colours @param {number[][]} eye */
function nearest(colours, eye) {
  let least = { apart: Infinity, pair: "" };
  colours.forEach((a, at) => colours.slice(at + 1).forEach((b) => {
    const distance = apart(a, b, eye);
    if (distance < least.apart) least = { apart: distance, pair: `${a} ${b}` };
  }));
  return least;
}

/** What eyes distinguish at a glance in small shapes: about five just noticeable differences. */
const CLEAR = 0.1;
/** Teams have to differ in the corner of an eye. */
const FAR = 0.2;

for (const [name, eyes] of /** @type {const} */ ([
  ["chart", { normal: IDENTITY }],
  ["red-green", { normal: IDENTITY, protan: PROTAN, deutan: DEUTAN }],
  ["blue-yellow", { normal: IDENTITY, tritan: TRITAN }],
])) {
  for (const [eye, matrix] of Object.entries(eyes)) {
    test(`the colours of the palette ${name} are apart for ${eye} eyes`, () => {
      const { apart: least, pair } = nearest(PALETTES[name].colours, matrix);
      assert.ok(least >= CLEAR, `${pair}: ${least.toFixed(3)}`);
    });

    test(`the palette ${name} stands out from the water for ${eye} eyes`, () => {
      for (const colour of [...PALETTES[name].colours, ...PALETTES[name].teams]) {
        assert.ok(apart(colour, CHART.shallow, matrix) > 0.25, colour);
      }
    });

    test(`the teams of the palette ${name} are far apart for ${eye} eyes`, () => {
      const [one, other] = PALETTES[name].teams;
      assert.ok(apart(one, other, matrix) > FAR, apart(one, other, matrix).toFixed(3));
    });
  }
}

/** Outlines of ships there are: seats this far apart have the same. */
const EMBLEMS = 5;

test("of the first ten players no two of the same emblem have colours that are alike", () => {
  for (const { title, colours } of Object.values(PALETTES)) {
    for (let seat = 0; seat < 5; seat += 1) {
      const [one, other] = [seat, seat + EMBLEMS].map((player) => colours[player % colours.length]);
      assert.ok(apart(one, other, IDENTITY) > 0.13, `${title}: ${one} ${other}`);
    }
  }
});

test("players are shown in the palette in use", () => {
  usePalette("blue-yellow");
  assert.equal(playerColour(9), PALETTES["blue-yellow"].colours[1]);
  assert.deepEqual([1, 2].map(teamColour), PALETTES["blue-yellow"].teams);
  usePalette("chart");
  assert.equal(playerColour(0), PALETTES.chart.colours[0]);
});
