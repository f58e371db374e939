import assert from "node:assert/strict";
import { test } from "node:test";

import { closing } from "../../../web_client/src/net/close_codes.js";

test("each close code leads to the state that the document asks for", () => {
  const states = {
    1000: "nickname", 1001: "stopped", 1006: "lost", 1011: "lost", 1013: "lost", 4000: "version", 4001: "removed", 4002: "lost",
    4003: "replaced", 4005: "lost", 4006: "lost", 4007: "lost", 4009: "removed",
  };
  for (const [code, state] of Object.entries(states)) assert.equal(closing(Number(code)).state, state, code);
});

test("after flooding the client waits at least ten seconds", () => {
  assert.ok(closing(4005).patience >= 10);
});
