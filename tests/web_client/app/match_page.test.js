// The page in a match, of which the drawing is left out: what it does with a welcome, and with faults.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";

import { MatchPage } from "../../../web_client/src/app/match_page.js";
import { Dispatcher } from "../../../web_client/src/net/dispatcher.js";
import { Input } from "../../../web_client/src/play/input.js";
import { Preferences } from "../../../web_client/src/view/preferences.js";
import { openPage } from "../fake_page.js";
import { welcome } from "../net/toy.js";

function setUp() {
  openPage();
  /** @type {unknown[][]} */
  const heard = [];
  const connection = {
    status: { state: "playing", reason: "", retryAt: null },
    get inMatch() {
      return this.status.state === "playing";
    },
    send: () => true,
    proved() {},
    trouble: (/** @type {Error} */ { message }, /** @type {string} */ reason) => heard.push(["trouble", message, reason]),
    refuse: (/** @type {string} */ reason) => heard.push(["refuse", reason]),
  };
  const input = new Input();
  const messages = new Dispatcher();
  const match = new MatchPage(/** @type {never} */ (connection), input, new Preferences(null, true), () => {});
  match.start(messages);
  return { match, messages, connection, input, heard };
}

/** Until a module has been looked for. */
const settle = () => setTimeout(20);

test("a game that this page does not have is refused, which ends in a screen", async () => {
  const { messages, heard } = setUp();
  messages.message(welcome({ match: { id: "K7RW2P", name: "Friday", game: "chess", maxPlayers: 2, whole: false, minimap: true } }), 0);
  await settle();
  assert.deepEqual(heard, [["refuse", "This page has no game called chess."]]);
});

test("a known game that cannot be begun is trouble, and may go better the next time", async () => {
  const { messages, heard } = setUp();
  messages.message(welcome({ match: { id: "K7RW2P", name: "Friday", game: "arena", maxPlayers: 2, whole: false, minimap: true } }), 0);
  await settle();
  assert.deepEqual(heard.map(([what, , reason]) => [what, reason]), [["trouble", "The game could not be loaded."]]);
});

test("a failure to load that comes after the connection was lost is nobody's business", async () => {
  const { messages, connection, heard } = setUp();
  messages.message(welcome({ match: { id: "K7RW2P", name: "Friday", game: "chess", maxPlayers: 2, whole: false, minimap: true } }), 0);
  connection.status.state = "lost";
  messages.status(/** @type {never} */ (connection.status));
  await settle();
  assert.deepEqual(heard, []);
});

test("a frame that throws is trouble, once, and not a page that throws for ever", () => {
  const { match, connection, heard } = setUp();
  match.session = /** @type {never} */ ({
    frame() {
      throw new TypeError("odd");
    },
  });
  match.frame(0);
  connection.status.state = "lost";
  match.frame(16);
  assert.deepEqual(heard, [["trouble", "odd", "Something in this page went wrong."]]);
});

test("a blip lets go of nothing that is held", () => {
  const { messages, input } = setUp();
  input.press("up", "KeyW");
  for (const state of ["lost", "connecting", "joining", "playing"]) {
    messages.status(/** @type {never} */ ({ state, reason: "", retryAt: null }));
  }
  input.used();
  assert.equal(input.bits({ up: 1 }), 1);
});

test("a page that is stopped hears of no match, and reports no frame to those who have ended their subscription", async () => {
  const { match, messages, heard } = setUp();
  let frames = 0;
  const stop = match.frames.add(() => { frames += 1; });
  match.frame(0);
  stop();
  match.stop();
  match.frame(16);
  messages.message(welcome({ match: { id: "K7RW2P", name: "Friday", game: "chess", maxPlayers: 2, whole: false, minimap: true } }), 0);
  await settle();
  assert.deepEqual([frames, heard], [1, []]);
});
