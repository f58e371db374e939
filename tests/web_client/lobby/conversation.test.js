import assert from "node:assert/strict";
import { test } from "node:test";

import { Conversation, utterance, whisperTo } from "../../../web_client/src/lobby/conversation.js";

/** @param {number} kind @param {string} nickname @param {string} text */
const line = (kind, nickname, text) => ({ kind, player: 1, nickname, text });

test("lines are kept with what kind they are", () => {
  const conversation = new Conversation();
  conversation.hear([0, 1, 2, 3, 4, 5, 99].map((kind) => line(kind, "Bob", "hi")));
  assert.deepEqual(conversation.entries.map(({ kind }) => kind), [
    "match", "lobby", "whisper", "whispered", "spectator", "server", "server",
  ]);
});

test("who is muted is not heard, and what they said is taken away; the server and your own whispers stay", () => {
  const conversation = new Conversation();
  conversation.hear([line(0, "Bob", "before"), line(0, "Eve", "hi"), line(3, "Bob", "psst")]);
  conversation.mute("Bob", true);
  assert.deepEqual(conversation.hear([line(0, "Bob", "after"), line(2, "Bob", "psst")]), []);
  conversation.hear([line(5, "Bob", "no person")]);
  assert.deepEqual(conversation.entries.map(({ text }) => text), ["hi", "psst", "no person"]);
  conversation.mute("Bob", false);
  assert.equal(conversation.hear([line(0, "Bob", "again")]).length, 1);
});

test("a history that is sent again after a reconnection is not shown twice", () => {
  const conversation = new Conversation();
  const before = [line(0, "Bob", "one"), line(0, "Eve", "two")];
  conversation.arrive("K7RW2P");
  conversation.hear(before);
  conversation.arrive("K7RW2P");
  conversation.hear([...before, line(0, "Bob", "three")]);
  assert.deepEqual(conversation.entries.map(({ text }) => text), ["one", "two", "three"]);
});

test("nothing is lost when no history comes", () => {
  const conversation = new Conversation();
  conversation.arrive("K7RW2P");
  conversation.hear([line(0, "Bob", "one")]);
  conversation.arrive("K7RW2P");
  conversation.hear([line(0, "Bob", "two")]);
  assert.equal(conversation.entries.length, 2);
});

test("whispers, notices and the server's words to you alone stay when the history is sent again", () => {
  const conversation = new Conversation();
  conversation.arrive("K7RW2P");
  conversation.hear([line(0, "Bob", "one")]);
  conversation.note("You write too fast.");
  conversation.hear([line(2, "Eve", "psst")]);
  conversation.hear([line(3, "Eve", "what?")]);
  conversation.hear([line(5, "", "for you alone")]);
  conversation.hear([line(0, "Bob", "two")]);
  assert.equal(conversation.arrive("K7RW2P"), false);
  const fresh = conversation.hear([line(0, "Bob", "one"), line(0, "Bob", "two"), line(0, "Bob", "two"), line(0, "Eve", "three")]);
  assert.deepEqual(fresh.map(({ text }) => text), ["two", "three"]);
  assert.deepEqual(conversation.entries.map(({ text }) => text), [
    "one", "You write too fast.", "psst", "what?", "for you alone", "two", "two", "three",
  ]);
});

test("what was said in another match, or in the lobby, is not of here", () => {
  const conversation = new Conversation();
  for (const place of ["K7RW2P", "BBBBBB", "", "K7RW2P"]) {
    assert.equal(conversation.arrive(place), true);
    assert.deepEqual(conversation.entries, []);
    conversation.hear([line(0, "Bob", "one")]);
  }
});

test("only what was sent before the connection was lost, and not heard of, is in doubt", () => {
  const conversation = new Conversation();
  for (const typed of ["one", "two", "three"]) conversation.said(typed);
  conversation.answered();
  conversation.lost();
  conversation.said("four");
  assert.deepEqual(conversation.doubtful, ["two", "three"]);
  conversation.answered();
  assert.deepEqual([conversation.doubtful, conversation.unheard], [["three"], ["four"]]);
});

test("only the last lines are kept", () => {
  const conversation = new Conversation();
  for (let at = 0; at < 300; at += 1) conversation.note(String(at));
  assert.equal(conversation.entries.length, 200);
  assert.equal(conversation.entries[0].text, "100");
});

test("/w whispers to the longest nickname that fits, or to the first word", () => {
  const names = ["Ada", "Ada L", "Bob"];
  assert.deepEqual(utterance("/w Ada L hello there", names), { to: "Ada L", text: "hello there" });
  assert.deepEqual(utterance("/W bob  hi", names), { to: "Bob", text: "hi" });
  assert.deepEqual(utterance("/w Eve hi", names), { to: "Eve", text: "hi" });
  assert.deepEqual(utterance("  hello ", names), { to: "", text: "hello" });
});

test("nothing is not said, to nobody in particular", () => {
  for (const typed of ["", "   "]) assert.equal(utterance(typed, ["Bob"]), null, typed);
});

test("what begins with a slash is a whisper with somebody and something in it, or is explained and said to nobody", () => {
  for (const typed of ["/w", "/w ", "/w Bob", "/w Bob   ", "/w Bob L", "/foo", "/wBob secret", "/", "/ hi", "//", "/W", "/who Bob hi"]) {
    const said = utterance(typed, ["Bob", "Bob L"]);
    assert.ok(said && "fault" in said && said.fault, typed);
  }
});

test("what is half written becomes a whisper when a name is pressed", () => {
  assert.equal(whisperTo("Bob", "hello"), "/w Bob hello");
  assert.equal(whisperTo("Bob", "/w Eve hello"), "/w Bob ");
});

test("a line is cut to what the protocol takes, by characters", () => {
  const said = utterance("👏".repeat(300), []);
  assert.equal(said && "text" in said && [...said.text].length, 200);
});
