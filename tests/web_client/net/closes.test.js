import assert from "node:assert/strict";
import { test } from "node:test";

import { closing } from "../../../web_client/src/net/closes.js";

test("each close code leads to the state that the document asks for", () => {
  const states = {
    1000: "nickname", 1001: "stopped", 1006: "lost", 1011: "lost", 4000: "version", 4001: "removed", 4002: "lost",
    4003: "full", 4004: "nickname", 4005: "lost", 4006: "lost", 4007: "lost", 4008: "lost", 4009: "removed",
  };
  for (const [code, state] of Object.entries(states)) assert.equal(closing(Number(code)).state, state, code);
});

test("after flooding the client waits at least ten seconds", () => {
  assert.ok(closing(4005).patience >= 10);
});

test("a match that is gone is not asked for again", () => {
  assert.equal(closing(4004).anyMatch, true);
  assert.equal(closing(4008).anyMatch, true);
  assert.equal(closing(1006).anyMatch, false);
});
