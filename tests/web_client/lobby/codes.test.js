import assert from "node:assert/strict";
import { test } from "node:test";

import { linkTo, normalCode } from "../../../web_client/src/lobby/codes.js";

test("a code is upper case, six characters long, and has none that look alike", () => {
  assert.equal(normalCode(" k7-rw 2p"), "K7RW2P");
  assert.equal(normalCode("0O1IlUu"), "");
  assert.equal(normalCode("K7RW2PXX"), "K7RW2P");
});

test("of a link that is pasted the code is taken", () => {
  assert.equal(normalCode("https://a.example/play/?match=K7RW2P"), "K7RW2P");
  assert.equal(normalCode("http://192.168.1.20:8000/?match=k7rw2p&nick=Ada"), "K7RW2P");
});

test("the link has the code and nothing else of the address", () => {
  assert.equal(linkTo({ origin: "https://a.example", pathname: "/play/" }, "K7RW2P"), "https://a.example/play/?match=K7RW2P");
});
