import assert from "node:assert/strict";
import { test } from "node:test";

import { Roster } from "../../../web_client/src/lobby/roster.js";
import { welcome } from "../net/toy.js";

/** Ada (3, you, the host), Flint (0, a bot) and Bob (5). */
const roster = () => new Roster(welcome());

test("you come first, then people, then bots", () => {
  assert.deepEqual(roster().seated.map(({ nickname }) => nickname), ["Ada", "Bob", "Flint"]);
});

test("joining and leaving are reported, with the reason; bots are no news", () => {
  const people = roster();
  assert.equal(people.apply({ name: "joined", member: { player: 6, nickname: "Eve", kind: 0, present: true } }), "Eve joined");
  assert.equal(people.apply({ name: "joined", member: { player: 7, nickname: "Dune", kind: 1, present: true } }), "");
  assert.equal(people.apply({ name: "left", player: 7, reason: 0 }), "");
  assert.equal(people.apply({ name: "left", player: 6, reason: 2 }), "Eve was kicked");
  assert.equal(people.apply({ name: "left", player: 5, reason: 3 }), "Bob was banned");
  assert.equal(people.apply({ name: "left", player: 5, reason: 0 }), "");
  assert.deepEqual([...people.present].sort(), [0, 3]);
  assert.equal(people.members.get(5)?.nickname, "Bob");
});

test("who is lost keeps the seat, with the seconds for which it is kept, until they are back", () => {
  const people = roster();
  assert.equal(people.apply({ name: "lost", player: 5, seconds: 30 }), "Bob lost the connection; the seat is kept for 30 s");
  assert.equal(people.members.get(5)?.present, false);
  assert.ok(people.present.has(5));
  assert.equal(people.apply({ name: "back", player: 5 }), "Bob is back");
  assert.equal(people.members.get(5)?.present, true);
});

test("a bot that takes over is reported, and the person is still one; that they play again is said by their return", () => {
  const people = roster();
  assert.equal(people.apply({ name: "kind", player: 5, kind: 1 }), "A bot plays for Bob");
  const bob = people.members.get(5);
  assert.ok(bob && people.isPerson(bob));
  assert.equal(people.apply({ name: "kind", player: 5, kind: 0 }), "");
  assert.deepEqual([...people.replaced], []);
});

test("one who arrives while a bot plays for somebody knows it", () => {
  const people = new Roster(welcome({ roster: [{ player: 5, nickname: "Bob", kind: 1, present: false }] }));
  assert.deepEqual([...people.replaced], [5]);
});

test("the host role passes on", () => {
  const people = roster();
  assert.equal(people.hosting, true);
  assert.equal(people.apply({ name: "host", player: 5 }), "Bob is the host now");
  assert.equal(people.hosting, false);
  assert.equal(people.apply({ name: "host", player: 3 }), "You are the host now");
  assert.equal(people.apply({ name: "host", player: 65535 }), "");
});

test("a new name, a lock and votes are kept", () => {
  const people = roster();
  assert.equal(people.apply({ name: "renamed", title: "Monday" }), "The match is now called Monday");
  assert.equal(people.title, "Monday");
  assert.match(people.apply({ name: "locked", locked: true }), /locked/);
  assert.equal(people.locked, true);
  assert.equal(people.apply({ name: "votes", rematch: 2, next: 1, people: 4 }), "");
  assert.deepEqual(people.votes, { rematch: 2, next: 1, people: 4 });
});
