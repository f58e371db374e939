import assert from "node:assert/strict";
import { test } from "node:test";

import { DEFAULTS, faultsOf, subjectOf } from "../../../web_client/src/lobby/options.js";

test("the defaults can be created as they are", () => {
  assert.deepEqual(faultsOf(DEFAULTS), {});
});

test("each field beyond what the protocol allows is named", () => {
  const options = { ...DEFAULTS, name: "x".repeat(41), password: "x".repeat(65), maxPlayers: 65, bots: -1, rounds: 1.5, delay: NaN };
  assert.deepEqual(Object.keys(faultsOf(options)).sort(), ["bots", "delay", "maxPlayers", "name", "password", "rounds"]);
});

test("there are no more bots than seats", () => {
  assert.deepEqual(faultsOf({ ...DEFAULTS, maxPlayers: 4, bots: 5 }), { bots: "There are only 4 seats." });
});

test("a refusal is shown at the field that it speaks of", () => {
  assert.equal(subjectOf("no mode 'chess' in arena; there is teams"), "mode");
  assert.equal(subjectOf("more bots (9) than seats (8)"), "bots");
  assert.equal(subjectOf("this server has 50 matches, which is as many as it may have"), null);
});
