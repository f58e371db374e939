import assert from "node:assert/strict";
import { test } from "node:test";

import { besideName, learnGames } from "../../../web_client/src/lobby/games.js";

test("of a match that nobody has named the list does not say its game twice", () => {
  const modes = [{ name: "ffa", title: "Free for all" }, { name: "teams", title: "Teams" }];
  learnGames([
    { name: "cards", title: "Crazy eights", least: 2, most: 6, modes: [], options: [], rotation: 0 },
    { name: "arena", title: "Arena", least: 1, most: 64, modes, options: [], rotation: 3 },
  ]);
  assert.equal(besideName({ name: "Crazy eights", game: "cards", mode: "" }), "");
  assert.equal(besideName({ name: "Arena", game: "arena", mode: "teams" }), "Teams");
  assert.equal(besideName({ name: "Ada's match", game: "cards", mode: "" }), "Crazy eights");
  assert.equal(besideName({ name: "Ada's match", game: "arena", mode: "ffa" }), "Arena · Free for all");
});
