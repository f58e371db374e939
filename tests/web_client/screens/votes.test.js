import assert from "node:assert/strict";
import { test } from "node:test";

import { openPage } from "../fakes/page.js";

const element = openPage();
const { VotesBar } = await import("../../../web_client/src/screens/votes.js");

test("where the next round has another map, a vote is for it or for a rematch", () => {
  new VotesBar(() => {}).draw({ rematch: 1, next: 2, people: 4 }, true, true);
  assert.deepEqual([element("vote-rematch").textContent, element("vote-next").textContent], ["Rematch 1/4", "Next round 2/4"]);
  assert.deepEqual([element("vote-rematch").hidden, element("vote-next").hidden], [false, false]);
});

test("where nothing changes from round to round only a rematch is offered, and every vote is for that", () => {
  new VotesBar(() => {}).draw({ rematch: 1, next: 2, people: 4 }, true, false);
  assert.equal(element("vote-rematch").textContent, "Rematch 3/4");
  assert.deepEqual([element("vote-rematch").hidden, element("vote-next").hidden], [false, true]);
});
