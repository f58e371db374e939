import assert from "node:assert/strict";
import { test } from "node:test";

import { spoken } from "../../../web_client/src/view/hud.js";

test("a screen reader is told what a banner says, without what changes every second", () => {
  assert.equal(spoken({ title: "3", detail: "First to 20 kills" }), "First to 20 kills");
  assert.equal(spoken({ title: "Sunk", detail: "by Argon · back in 2" }), "Sunk: by Argon");
  assert.equal(spoken({ title: "Sunk", detail: "Back in 1" }), "Sunk");
  assert.equal(spoken({ title: "Round 3", detail: "First to 20 kills · 3:12 left" }), "Round 3: First to 20 kills");
  assert.equal(spoken({ title: "", detail: "Waiting for another player" }), "Waiting for another player");
});
