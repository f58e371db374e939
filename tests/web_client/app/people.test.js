// The page among people, over a connection of which the test plays the server.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Chat } from "../../../web_client/src/app/chat.js";
import { Lobby } from "../../../web_client/src/app/lobby.js";
import { Connection } from "../../../web_client/src/net/connection.js";
import { Dispatcher } from "../../../web_client/src/net/dispatcher.js";
import { decode, encode } from "../../../web_client/src/net/msgpack.js";
import { toJoin } from "../../../web_client/src/net/intents.js";
import { NOTICES } from "../../../web_client/src/net/read_lobby.js";
import { People } from "../../../web_client/src/app/people.js";
import { Roster } from "../../../web_client/src/lobby/roster.js";
import { fire, openPage } from "../fake_page.js";
import { welcome, welcomeArray } from "../net/toy.js";

/** @typedef {import("../../../web_client/src/net/protocol.js").ServerMessage} ServerMessage */

const CHAT = 3;

function setUp() {
  const page = openPage();
  /** @type {unknown[][]} */
  const sent = [];
  /** @type {{readyState: number, onopen: () => void, onmessage: (event: {data: unknown}) => void, onclose: (event: {code: number, reason: string}) => void}[]} */
  const sockets = [];
  const dial = () => {
    const socket = {
      readyState: 0, onopen() {}, onmessage() {}, onclose() {}, close() {},
      /** @param {Uint8Array} bytes */
      send: (bytes) => sent.push(/** @type {unknown[]} */ (decode(bytes))),
    };
    sockets.push(socket);
    return /** @type {WebSocket} */ (/** @type {unknown} */ (socket));
  };
  const messages = new Dispatcher();
  messages.on("fault", (error) => {
    throw error;
  });
  const connection = new Connection("ws://here/ws", messages, { dial, now: () => 0 });
  const match = {
    session: null, followed: null, resultsShown: false, scene: null,
    get inMatch() {
      return connection.status.state === "playing";
    },
  };
  const lobby = new Lobby(connection, { rename() {}, settings() {}, say: (typed) => chat.say(typed) });
  const chat = new Chat(connection, lobby.screen, () => match.session);
  const people = new People(connection, /** @type {never} */ (match), chat, () => lobby.takeSeat());
  for (const started of [chat, lobby, people]) started.start(messages);
  const input = page.element("chat-input");
  input.hidden = true;
  page.element("lobby").hidden = true;
  const all = {
    page, sent, messages, chat, lobby, people, connection, match, input,
    /** @param {number} now milliseconds */
    keepTime(now) {
      for (const part of [chat, lobby]) part.keepTime(now);
      people.keepTime();
    },
    /** @param {unknown} message */
    say(message) {
      sockets[sockets.length - 1].onmessage({ data: encode(message).buffer });
    },
    accept() {
      const socket = sockets[sockets.length - 1];
      socket.readyState = 1;
      socket.onopen();
      all.say([21, 0, "Welcome", "Ada", []]);
    },
    /** @param {string} code */
    welcome(code = "K7RW2P") {
      all.say(welcomeArray({ 3: [code, "Friday", "toy", 16, 0, 1] }));
    },
    /** The line is lost; the seat is there again. @param {() => void} meanwhile */
    blip(meanwhile = () => {}) {
      sockets[sockets.length - 1].onclose({ code: 1006, reason: "" });
      sockets[sockets.length - 1].readyState = 3;
      meanwhile();
      connection.retry();
      all.accept();
      all.welcome();
    },
    /** @param {string} text */
    type(text) {
      chat.open();
      input.value = text;
    },
    /** @param {string} text @param {{[name: string]: unknown}} how */
    enter(text, how = {}) {
      all.type(text);
      fire(input, "keydown", { key: "Enter", isComposing: false, keyCode: 13, ...how });
    },
    get lines() {
      return sent.filter(([type]) => type === CHAT).map(([, text, to]) => [text, to]);
    },
    get log() {
      return page.element("chat-log").children.map(({ text }) => text);
    },
  };
  connection.enter("Ada", toJoin("K7RW2P"));
  all.accept();
  all.welcome();
  return all;
}

/** @param {number} kind @param {string} nickname @param {string} text */
const line = (kind, nickname, text) => [kind, 1, nickname, text];

test("a line is said once, and there is room for the next", () => {
  const all = setUp();
  all.enter("hello");
  assert.deepEqual([all.input.value, all.chat.writing], ["", false]);
  assert.deepEqual(all.lines, [["hello", ""]]);
});

test("the Enter that ends a composition sends nothing, in Safari either", () => {
  for (const how of [{ isComposing: true }, { isComposing: false, keyCode: 229 }]) {
    const all = setUp();
    all.enter("にほん", how);
    assert.deepEqual([all.lines, all.input.value, all.chat.writing], [[], "にほん", true]);
  }
});

test("a command that there is not, and a whisper without its text, stay on the line and are explained to the writer", () => {
  for (const typed of ["/foo", "/wBob secret", "/w", "/w Bob", "/w Bob "]) {
    const all = setUp();
    all.enter(typed);
    assert.deepEqual(all.lines, [], typed);
    assert.deepEqual([all.input.value, all.chat.writing], [typed, true]);
    assert.equal(all.log.length, 1, typed);
  }
});

test("in the lobby, too, a command is not said and stays on the line", () => {
  const all = setUp();
  all.say([21, 1, "you left", "Ada", []]);
  const input = all.page.element("lobby-input");
  input.value = "/wBob secret";
  fire(all.page.element("lobby-say"), "submit");
  assert.deepEqual([all.lines, input.value], [[], "/wBob secret"]);
  assert.equal(all.page.element("lobby-log").children.length, 1);
});

test("a blip costs no word: whispers and notices stay, and what was said meanwhile is added", () => {
  const all = setUp();
  all.say([23, [line(0, "Bob", "one")]]);
  all.say([23, [line(2, "Bob", "psst")]]);
  all.say([20, 4, "a notice"]);
  all.blip();
  all.say([23, [line(0, "Bob", "one"), line(0, "Bob", "two")]]);
  assert.deepEqual(all.log, ["Bobone", "Bob whisperspsst", "a notice", "Bobtwo"]);
});

test("a half-written line is kept through a blip, and what is typed meanwhile goes on it", () => {
  const all = setUp();
  all.type("half a li");
  all.blip(() => {
    assert.equal(all.chat.writing, true);
    all.enter("half a line");
    assert.deepEqual([all.lines, all.input.value], [[], "half a line"]);
  });
  assert.deepEqual([all.input.value, all.chat.writing], ["half a line", true]);
  all.enter("half a line");
  assert.deepEqual(all.lines, [["half a line", ""]]);
});

test("what was said on a line that was dead is on the line again, unless it was heard after all", () => {
  for (const heard of [true, false]) {
    const all = setUp();
    all.enter("is anybody there");
    all.blip();
    all.say([23, [line(0, "Bob", "hi"), ...(heard ? [line(0, "Ada", "is anybody there")] : [])]]);
    all.keepTime(performance.now() + 1000);
    assert.equal(all.input.value, "");
    all.keepTime(performance.now() + 3000);
    assert.equal(all.input.value, heard ? "" : "is anybody there");
  }
});

test("one's own line is known by the name that was given, not by the one wished for", () => {
  const all = setUp();
  all.say(welcomeArray({ 2: "Ada 2" }));
  all.enter("hello");
  all.say([23, [line(0, "Ada 2", "hello")]]);
  all.blip();
  all.keepTime(performance.now() + 3000);
  assert.equal(all.input.value, "");
});

test("a line that the server has answered with a notice is not in doubt after a blip", () => {
  // These come beside the echo of a line, or are about something else.
  const others = new Set(["notShownToPlayers", "bannedInPart", "setToWatching"]);
  for (const [name, code] of Object.entries(NOTICES)) {
    const all = setUp();
    all.enter("hello");
    all.say([20, code, "a notice"]);
    all.blip();
    all.keepTime(performance.now() + 3000);
    assert.equal(all.input.value, others.has(name) ? "hello" : "", name);
  }
});

test("a wrong password is asked for again, with the wish as it was", () => {
  const all = setUp();
  all.say([21, 1, "you left", "Ada", []]);
  all.lobby.ask(toJoin("BBBBBB", "guess", true));
  all.say([24, 6, 3, "the password is wrong", 0]);
  assert.equal(all.lobby.password.dialog.open, true);
  all.page.element("password-input").value = "sesame";
  fire(all.page.element("password-form"), "submit");
  assert.deepEqual(all.sent.at(-1), [6, "BBBBBB", "sesame", 1]);
});

test("the same in the lobby, under the name that was given there", () => {
  const all = setUp();
  all.say([21, 1, "you left", "Ada 2", []]);
  all.keepTime(performance.now() + 3000);
  const input = all.page.element("lobby-input");
  for (const typed of ["heard", "not heard"]) {
    input.value = typed;
    fire(all.page.element("lobby-say"), "submit");
  }
  all.say([23, [line(1, "Ada 2", "heard")]]);
  all.messages.status({ state: "connecting", reason: "", retryAt: null });
  all.say([21, 0, "Welcome", "Ada 2", []]);
  all.messages.status({ state: "lobby", reason: "", retryAt: null });
  all.keepTime(performance.now() + 3000);
  assert.equal(input.value, "not heard");
});

test("a vote that may not have arrived is cast again, if there is still one when the line is back", () => {
  for (const shown of [true, false]) {
    const all = setUp();
    const welcomed = welcome();
    const game = { emblem: () => ({ path: "", colour: "" }) };
    all.match.session = /** @type {never} */ ({ welcome: welcomed, roster: new Roster(welcomed), game, watching: false });
    all.match.resultsShown = true;
    all.keepTime(0);
    all.page.element("vote-next").click();
    all.blip();
    all.match.resultsShown = shown;
    all.keepTime(0);
    all.keepTime(1);
    const votes = all.sent.filter(([type]) => type === 13);
    assert.deepEqual(votes, shown ? [[13, 2], [13, 2]] : [[13, 2]]);
  }
});

test("what is filled in stays open through a blip, and a deed that cannot be sent is said to be none", () => {
  const all = setUp();
  const emblem = () => ({ path: "", colour: "" });
  const welcomed = welcome();
  all.people.dialog.show(welcomed, new Roster(welcomed), emblem);
  all.page.element("rename").value = "Half a na";
  all.blip(() => {
    all.page.element("host-lock").click();
    assert.match(all.page.element("people-fault").textContent, /no connection/);
  });
  assert.deepEqual([all.people.dialog.open, all.page.element("rename").value], [true, "Half a na"]);
  all.page.element("host-lock").click();
  assert.equal(all.page.element("people-fault").textContent, "");
  all.say([21, 1, "you left", "Ada", []]);
  assert.equal(all.people.dialog.open, false);
  all.lobby.create.dialog.show();
  for (const state of /** @type {const} */ (["lost", "connecting", "joining"])) {
    all.messages.status({ state, reason: "", retryAt: null });
    assert.equal(all.lobby.create.dialog.open, true);
  }
});

test("a draft is kept in another window, and when the line is left for a moment; Escape throws it away", () => {
  const { page, type, input, chat } = setUp();
  type("half a li");
  page.focused = false;
  input.blur();
  assert.deepEqual([input.value, chat.writing], ["half a li", true]);
  page.focused = true;
  input.blur();
  assert.equal(chat.writing, false);
  const log = page.element("chat-log");
  Object.assign(log, { scrollHeight: 300, scrollTop: 0 });
  chat.open();
  assert.deepEqual([input.value, log.scrollTop], ["half a li", 300]);
  Object.assign(log, { scrollHeight: 320 });
  fire(input, "keydown", { key: "Escape" });
  assert.equal(log.scrollTop, 320, "what fades over the field is the last that was said");
  assert.equal(input.value, "");
});

test("a draft for one match is not there in the lobby, nor in the next match", () => {
  const { type, input, say, chat } = setUp();
  type("half a li");
  say([21, 1, "you left", "Ada", []]);
  assert.deepEqual([input.value, chat.writing], ["", false]);
});

test("a new line does not move the log while somebody reads further up", () => {
  const { page, say } = setUp();
  const log = page.element("chat-log");
  for (let at = 0; at < 10; at += 1) say([23, [line(0, "Bob", `line ${at}`)]]);
  assert.equal(log.scrollTop, log.scrollHeight);
  log.scrollTop = 20;
  fire(log, "scroll");
  say([23, [line(0, "Bob", "new")]]);
  assert.equal(log.scrollTop, 20);
  log.scrollTop = log.scrollHeight;
  fire(log, "scroll");
  say([23, [line(0, "Bob", "newer")]]);
  assert.equal(log.scrollTop, log.scrollHeight);
});

test("muted for all is a person, not the seat that somebody else has next", () => {
  const { page, people } = setUp();
  const emblem = () => ({ path: "", colour: "" });
  const welcomed = welcome();
  const roster = new Roster(welcomed);
  const marks = () => page.element("people-list").children.map(({ text }) => text).filter((text) => text.includes("muted for all"));
  people.dialog.show(welcomed, roster, emblem);
  people.dialog.silence("Bob", true);
  const draw = (/** @type {Roster} */ whom) => people.dialog.draw(welcomed, whom, emblem);
  draw(roster);
  assert.equal(marks().length, 1);
  roster.apply({ name: "left", player: 5, reason: 0 });
  roster.apply({ name: "joined", member: { player: 5, nickname: "Eve", kind: 0, present: true } });
  draw(roster);
  assert.deepEqual(marks(), []);
  draw(new Roster(welcomed));
  assert.equal(marks().length, 1, "another map of the same match changes nothing");
  people.dialog.draw(welcome({ match: { ...welcomed.match, id: "BBBBBB" } }), new Roster(welcomed), emblem);
  assert.deepEqual(marks(), []);
});

test("who was set to watching reads why beside the way back, until there is a seat again", () => {
  const all = setUp();
  const why = all.page.element("spectating-why");
  const text = "You did nothing for 60 s, so you are watching now. Take a seat to play on.";
  all.say(welcomeArray({ 1: 65535, 10: "" }));
  all.say([20, 8, text]);
  assert.deepEqual([why.textContent, why.hidden, all.log.at(-1)], [text, false, text]);
  all.page.element("spectating-seat").click();
  assert.deepEqual(all.sent.at(-1), [6, "K7RW2P", "", 1]);
  all.welcome();
  const welcomed = welcome();
  const game = { emblem: () => ({ path: "", colour: "" }) };
  all.match.session = /** @type {never} */ ({ welcome: welcomed, roster: new Roster(welcomed), game, watching: false });
  all.keepTime(0);
  assert.deepEqual([why.textContent, why.hidden], ["", true]);
});

test("who was sent to the lobby for doing nothing reads why there", () => {
  const all = setUp();
  const text = "You did nothing for 60 s, so your seat was given up. Join again to play on.";
  all.say([21, 6, text, "Ada", []]);
  assert.deepEqual([all.page.element("lobby-notice-text").textContent, all.page.element("lobby-notice").hidden], [text, false]);
});

test("the way back to a seat knows the password by which one came in", () => {
  const all = setUp();
  all.say([21, 1, "you left", "Ada", []]);
  all.lobby.ask(toJoin("BBBBBB", "sesame", true));
  all.welcome("BBBBBB");
  all.say(welcomeArray({ 1: 65535, 3: ["BBBBBB", "Friday", "toy", 16, 0, 1], 10: "" }));
  all.page.element("spectating-seat").click();
  assert.deepEqual(all.sent.at(-1), [6, "BBBBBB", "sesame", 1]);
});

test("that the server stops is shown until that is taken back, by its sign and not by its words", () => {
  const all = setUp();
  const server = (/** @type {number} */ kind, /** @type {string} */ text) => [kind, 65535, "", text];
  const shown = () => (all.page.element("warning").hidden ? "" : all.page.element("warning-text").textContent);
  const soon = () => all.keepTime(performance.now() + 60000);
  all.say([23, [line(0, "Bob", "hm"), server(6, "Adieu in 20 s."), line(0, "Bob", "oh")]]);
  soon();
  assert.equal(shown(), "Adieu in 20 s.", "among other lines");
  all.say([23, [server(5, "Grace was muted.")]]);
  assert.equal(shown(), "Grace was muted.");
  soon();
  assert.equal(shown(), "Adieu in 20 s.", "another line only covers it for a while");
  all.say([23, [server(7, "Not yet.")]]);
  assert.equal(shown(), "Not yet.");
  soon();
  assert.equal(shown(), "");
  all.say([23, [server(5, "The server stops being fun.")]]);
  soon();
  assert.equal(shown(), "");
});

test("a stop that was taken back before one came is no news, and one that was not is", () => {
  for (const [kinds, text] of /** @type {[number[], string][]} */ ([[[6, 7], ""], [[6, 7, 6], "said 2"]])) {
    const all = setUp();
    all.page.element("warning").hidden = true;
    all.say([23, kinds.map((kind, at) => [kind, 65535, "", `said ${at}`])]);
    assert.equal(all.page.element("warning").hidden ? "" : all.page.element("warning-text").textContent, text);
  }
});
