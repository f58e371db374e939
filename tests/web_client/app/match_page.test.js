// The page in a match, of which the drawing is left out: what it does with a welcome, and with faults.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";

import { MatchPage } from "../../../web_client/src/app/match_page.js";
import { Input } from "../../../web_client/src/play/input.js";
import { openPage } from "../fake_page.js";
import { welcome } from "../net/toy.js";

function setUp() {
  openPage();
  /** @type {unknown[][]} */
  const heard = [];
  const connection = {
    status: { state: "playing", reason: "", retryAt: null },
    send: () => true,
    proved() {},
    trouble: (/** @type {Error} */ { message }, /** @type {string} */ reason) => heard.push(["trouble", message, reason]),
    refuse: (/** @type {string} */ reason) => heard.push(["refuse", reason]),
  };
  const input = new Input();
  const settings = { listen() {} };
  const instruments = { frame() {}, fault() {}, stats: {} };
  const client = new MatchPage(
    /** @type {never} */ (connection), input, /** @type {never} */ (instruments), /** @type {never} */ (settings), () => {},
  );
  return { client, connection, input, heard };
}

/** Until a module has been looked for. */
const settle = () => setTimeout(20);

test("a game that this page does not have is refused, which ends in a screen", async () => {
  const { client, heard } = setUp();
  client.receive(welcome({ match: { id: "K7RW2P", name: "Friday", game: "chess", maxPlayers: 2 } }), 0);
  await settle();
  assert.deepEqual(heard, [["refuse", "This page has no game called chess."]]);
});

test("a known game that cannot be begun is trouble, and may go better the next time", async () => {
  const { client, heard } = setUp();
  client.receive(welcome({ match: { id: "K7RW2P", name: "Friday", game: "arena", maxPlayers: 2 } }), 0);
  await settle();
  assert.deepEqual(heard.map(([what, , reason]) => [what, reason]), [["trouble", "The game could not be loaded."]]);
});

test("a failure to load that comes after the connection was lost is nobody's business", async () => {
  const { client, connection, heard } = setUp();
  client.receive(welcome({ match: { id: "K7RW2P", name: "Friday", game: "chess", maxPlayers: 2 } }), 0);
  connection.status.state = "lost";
  client.status(/** @type {never} */ (connection.status));
  await settle();
  assert.deepEqual(heard, []);
});

test("a frame that throws is trouble, once, and not a page that throws for ever", () => {
  const { client, connection, heard } = setUp();
  client.session = /** @type {never} */ ({
    frame() {
      throw new TypeError("odd");
    },
  });
  client.frame(0);
  connection.status.state = "lost";
  client.frame(16);
  assert.deepEqual(heard, [["trouble", "odd", "Something in this page went wrong."]]);
});

test("a blip lets go of nothing that is held", () => {
  const { client, input } = setUp();
  input.press("up", "KeyW");
  for (const state of ["lost", "connecting", "joining", "playing"]) {
    client.status(/** @type {never} */ ({ state, reason: "", retryAt: null }));
  }
  input.used();
  assert.equal(input.bits({ up: 1 }), 1);
});

test("under a mouse that lies still the aim stays, wherever the ship is moved, until it moves or a button is held", () => {
  const { client, input } = setUp();
  const session = /** @type {never} */ ({ game: { buttons: { up: 1 } } });
  client.view = /** @type {never} */ ({ left: 0, top: 0, scale: 1 });
  const aimFrom = (/** @type {number} */ y, /** @type {number} */ now) => {
    client.scene = /** @type {never} */ ({ own: { x: 0, y } });
    client.aim(session, now);
    return input.aim;
  };
  input.pointer = { x: 100, y: 0 };
  assert.equal(aimFrom(0, 0), 0);
  assert.equal(aimFrom(-100, 4000), 512, "a moment ago somebody was there");
  assert.equal(aimFrom(100, 9000), 512);
  input.press("up", "KeyW");
  assert.equal(aimFrom(100, 9100), 3584);
  input.releaseAll();
  assert.equal(aimFrom(-100, 20000), 3584);
  input.pointer = { x: 100, y: 0 };
  assert.equal(aimFrom(-100, 20100), 512);
});
