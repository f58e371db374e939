// A game of declarations: what its author writes is called with what is to be seen, and all else comes from the server.

import assert from "node:assert/strict";
import { test } from "node:test";

import { openPage } from "../fakes/page.js";

openPage();
const { game } = await import("../../../web_client/sdk.js");
const { welcome } = await import("../net/toy.js");

const SETUP = {
  declared: 1, world: [1280, 720], rounds: 1,
  entities: {
    player: { plural: "players", smooth: ["x", "y"], flags: ["it"], owned: 1, single: 0 },
    coin: { plural: "coins", smooth: [], flags: [], owned: 0, single: 0 },
    weather: { plural: "weather", smooth: [], flags: ["rain"], owned: 0, single: 1 },
  },
  events: {
    tagged: { line: "{by} tagged {player}", players: ["by", "player"] },
    said: { line: "{who} says {text}!", players: ["who"] },
    ticked: { line: "", players: [] },
  },
  inputs: [["move", "stick", { up: 1, down: 2, left: 4, right: 8 }], ["jump", "button", 16, "Jump", ["Space"]]],
  standings: [["score", "Seconds free"]],
};
const ADA = { x: 10, y: 20, it: 0, score: 3, placed: 0 };
const BOB = { x: 500, y: 20, it: 1, score: 5, placed: 0 };

/** @param {{[name: string]: unknown}} changes @returns {any} a scene of two players */
function sceneOf(changes = {}) {
  const tables = {
    player: new Map([[3, ADA], [5, BOB]]), coin: new Map([[7, { x: 1, y: 2 }]]), weather: new Map([[0, { rain: 1 }]]),
    round: new Map([[0, { phase: 2, ends: 1200, number: 4, winner: 65535 }]]),
  };
  return {
    now: 0, elapsed: 0, tickRate: 30, time: 900, ownTime: 900, player: 3, own: { x: 12, y: 20, vx: 7, it: 0 }, aim: 0,
    tables, latest: tables, latestTick: 900, frozen: false,
    members: new Map([[3, { player: 3, nickname: "Ada", kind: 0, present: true }], [5, { player: 5, nickname: "Bob", kind: 1, present: true }]]),
    ...changes,
  };
}

/** As much of an element as a game needs in these tests. */
const ELEMENT = /** @type {HTMLElement} */ (/** @type {unknown} */ ({ name: "root" }));
const VIEW = /** @type {never} */ ({ left: 0, top: 0, right: 1, bottom: 1, x: 0, y: 0, scale: 1, density: 1 });

/** Draw a frame. @param {import("../../../web_client/src/play/contract.js").Game} made @param {any} scene */
function show(made, scene) {
  const context = /** @type {any} */ (new Proxy({}, { get: () => () => ({ width: 10 }), set: () => true }));
  made.draw(context, scene, VIEW);
}

/** @param {import("../../../web_client/src/games/declared/declared_game.js").Definition} definition @param {any} [rules] */
function begun(definition = {}, rules = {}, setup = {}, root = (/** @type {boolean} */ _) => ELEMENT) {
  /** @type {unknown[][]} */
  const heard = [];
  const stage = {
    root, names: true, shake: (/** @type {number} */ trauma) => heard.push(["shake", trauma]),
    play: (/** @type {unknown[]} */ ...sound) => heard.push(["play", ...sound]),
    fault: (/** @type {unknown} */ _, /** @type {string} */ text) => heard.push(["fault", text]),
    act: (/** @type {number} */ number, /** @type {unknown} */ values) => heard.push(["act", number, values]),
  };
  return { heard, game: game(definition).create(welcome({ setup: { ...SETUP, ...setup } }), /** @type {never} */ (stage), rules) };
}

test("rows are objects: flags are true or false, players have names, and you are where you predict yourself", () => {
  /** @type {any} */
  let seen;
  const { game: made } = begun({ draw: (_, look) => { seen = look; } });

test("what is private to you stands in the row that everybody sees, and a player is an id or null", () => {
  const entities = {
    player: SETUP.entities.player,
    card: { plural: "cards", smooth: [], flags: ["trump"], players: ["holder"], owned: 0, single: 0 },
    word: { plural: "word", smooth: [], flags: [], players: ["drawer"], owned: 0, single: 1 },
  };
  const tables = {
    card: new Map([[1, { holder: 4 }], [2, { holder: 6 }], [4, { holder: 0 }]]), "card.private": new Map([[1, { face: 51, trump: 1 }]]),
    word: new Map([[0, { drawer: 4 }]]), "word.private": new Map([[0, { number: 7 }]]),
  };
  /** @type {any} */
  let seen;
  show(begun({ draw: (_, look) => { seen = look; } }, {}, { entities }).game, sceneOf({ tables, latest: tables }));
  assert.deepEqual(seen.cards, [{ id: 1, holder: 3, face: 51, trump: true }, { id: 2, holder: 5 }, { id: 4, holder: null }]);
  assert.deepEqual(seen.word, { id: 0, drawer: 3, number: 7 });
});
  const context = /** @type {any} */ (new Proxy({}, { get: () => () => {}, set: () => true }));
  made.draw(context, sceneOf(), /** @type {never} */ ({ left: 0, top: 0, right: 1, bottom: 1, x: 0, y: 0, scale: 1, density: 1 }));
  assert.deepEqual(seen.players.map((/** @type {any} */ { id, name, x, it, bot }) => [id, name, x, it, bot]), [[3, "Ada", 12, false, false], [5, "Bob", 500, true, true]]);
  assert.equal(seen.me.vx, 7);
  assert.deepEqual(seen.coins, [{ id: 7, x: 1, y: 2 }]);
  assert.equal(seen.weather.rain, true);
  assert.deepEqual(seen.world, { width: 1280, height: 720 });
  assert.deepEqual([seen.round.playing, seen.round.number, seen.round.seconds, seen.round.winner], [true, 4, 10, null]);
});

test("an event is reported with its players, and its line stands in the feed", () => {
  /** @type {any[]} */
  const reported = [];
  const { game: made, heard } = begun({
    on: { tagged: ({ by, player }, { me, shake }) => { reported.push([by.name, player.name, player === me]); shake(0.5); } },
  });
  const entry = made.event("tagged", { by: 5, player: 3 }, sceneOf());
  assert.deepEqual(reported, [["Bob", "Ada", true]]);
  assert.deepEqual(heard, [["shake", 0.5]]);
  assert.deepEqual(entry, { parts: [{ player: 5 }, { text: "tagged" }, { player: 3 }], mine: true });
  assert.equal(made.event("ticked", {}, sceneOf()), null);
});

test("an event of text is shown as text, and a player who has left has a name all the same", () => {
  const { game: made } = begun({ on: { said: ({ who }) => assert.equal(who.name, "Somebody") } });
  const entry = made.event("said", { who: 9, text: "<b>hi</b>" }, sceneOf());
  assert.deepEqual(entry?.parts, [{ player: 9 }, { text: "says" }, { text: "<b>hi</b>" }, { text: "!" }]);
});

test("an event that is about yourself is reported at once", () => {
  const { game: made } = begun();
  assert.equal(made.urgent?.("tagged", { by: 5, player: 3 }), true);
  assert.equal(made.urgent?.("tagged", { by: 5, player: 6 }), false);
});

test("a sound from afar is quieter, and one that is not there is an error with those that are", () => {
  const { game: made, heard } = begun({
    sounds: { tick: [{ wave: "sine", from: 440 }] },
    on: { ticked: ({ sound, x }, { play }) => play(String(sound), { at: { x: Number(x), y: 20 } }) },
  });
  for (const x of [12, 1000, 9000]) made.event("ticked", { sound: "tick", x }, sceneOf());
  const loud = heard.map(([, , how]) => Number(how));
  assert.ok(loud[0] === 1 && loud[1] > 0 && loud[1] < 1 && loud[2] === 0, String(loud));
  made.event("ticked", { sound: "tock", x: 0 }, sceneOf());
  assert.deepEqual(heard.at(-1), ["fault", 'on.ticked of the game toy has failed: sounds has no "tock"; it has tick']);
});

test("what a game says nothing about comes from its declarations", () => {
  const { game: made } = begun();
  const scene = sceneOf();
  assert.deepEqual(made.buttons, { up: 1, down: 2, left: 4, right: 8, jump: 16 });
  assert.deepEqual(made.controls, [{ name: "jump", title: "Jump", keys: ["Space"] }]);
  assert.deepEqual([made.steers, made.aims], [true, false]);
  assert.deepEqual(made.hud(scene).clock, { label: "Round 4", seconds: 10 });
  const { rows, columns, results } = made.standings(scene, new Set([3, 5]));
  assert.deepEqual([columns, results, rows.map(({ player, cells, place }) => [player, cells[0], place])], [["Seconds free"], null, [[5, 5, 1], [3, 3, 2]]]);
  assert.deepEqual(made.motion.player.lines, ["x", "y"]);
  assert.ok(made.motion.player.breaks?.(ADA, { ...ADA, placed: 1 }), "who was put somewhere does not glide there");
});

test("the root is filled once, and brought up to date with each snapshot and four times a second", () => {
  /** @type {unknown[]} */
  const calls = [];
  const { game: made } = begun({
    root(element, { me }) {
      calls.push([element, me?.name]);
      return ({ round }) => calls.push(round.number);
    },
  }, {}, {}, (alone) => {
    calls.push(alone);
    return ELEMENT;
  });
  const scene = sceneOf();
  for (const now of [1000, 1016, 1100, 1260]) show(made, { ...scene, now });
  assert.deepEqual(calls, [true, [ELEMENT, "Ada"], 4, 4], "no update for frames of the same moment");
  show(made, { ...sceneOf(), now: 1261 });
  assert.deepEqual(calls.slice(4), [4], "a snapshot has come");
});

test("a root that throws is reported once, and not tried again", () => {
  let calls = 0;
  const { game: made, heard } = begun({
    root() {
      calls += 1;
      throw new TypeError("no such thing");
    },
    draw() {},
  }, {}, {}, () => ELEMENT);
  for (let at = 0; at < 3; at += 1) show(made, { ...sceneOf(), now: 1000 * at });
  assert.deepEqual([calls, heard], [1, [["fault", "root of the game toy has failed: no such thing"]]]);
});

test("a game that draws nothing shows its rows: discs where they have a place, lines of text otherwise", () => {
  /** @type {unknown[][]} */
  const drawn = [];
  const context = /** @type {any} */ (new Proxy({}, {
    get: (_, name) => (/** @type {unknown[]} */ ...values) => drawn.push([name, ...values]) && { width: 10 }, set: () => true,
  }));
  begun().game.draw(context, sceneOf(), VIEW);
  const discs = drawn.filter(([name]) => name === "arc").map(([, x, y, radius]) => [x, y, radius]);
  assert.deepEqual(discs, [[12, 20, 16], [500, 20, 16], [1, 2, 8]]);
  assert.deepEqual(drawn.filter(([name]) => name === "fillText").map(([, text]) => text).filter((text) => text !== "Ada" && text !== "Bob"),
    ["weather: rain true"]);
});

test("a banner may be a line, or be left to the rounds", () => {
  const waiting = sceneOf();
  waiting.latest = { ...waiting.latest, round: new Map([[0, { phase: 0, ends: 0, number: 0, winner: 65535 }]]) };
  assert.equal(begun().game.hud(waiting).banner?.detail, "Waiting for another player");
  assert.deepEqual(begun({ hud: () => ({ banner: "Run" }) }).game.hud(sceneOf()).banner, { title: "", detail: "Run", aside: true });
  assert.equal(begun({ hud: () => ({ banner: false }) }).game.hud(sceneOf()).banner, null);
});

test("your own row is predicted by the rule that the server has, and stays as it is without one", () => {
  const rules = { create: (/** @type {number} */ rate) => ({ step: (/** @type {any} */ own) => ({ ...own, x: own.x + rate }) }) };
  assert.equal(begun({}, rules).game.step({ x: 1 }, 0, 0).x, 31);
  assert.equal(begun().game.step({ x: 1 }, 0, 0).x, 1);
});

test("a script that throws in each frame is reported once, and the match goes on", () => {
  const { game: made, heard } = begun({
    draw() {
      throw new TypeError("no such thing");
    },
    hud() {
      throw new TypeError("nor this");
    },
  });
  const context = /** @type {any} */ (new Proxy({}, { get: () => () => {}, set: () => true }));
  for (let frame = 0; frame < 3; frame += 1) {
    made.draw(context, sceneOf(), /** @type {never} */ ({ left: 0, top: 0, right: 1, bottom: 1, x: 0, y: 0, scale: 1, density: 1 }));
    assert.equal(made.hud(sceneOf()).clock.label, "Round 4");
  }
  assert.deepEqual(heard, [["fault", "draw of the game toy has failed: no such thing"], ["fault", "hud of the game toy has failed: nor this"]]);
});

test("a game without places has a plain field, and nobody on the map", () => {
  const { game: made } = begun({}, {}, { world: undefined });
  assert.deepEqual(made.world, { width: 1280, height: 720 });
  assert.deepEqual([made.marks(sceneOf()), made.actors(sceneOf())], [[], []]);
});

test("a setup that is none is refused with the field that is wrong", () => {
  assert.throws(() => begun({}, {}, { entities: 7 }), /entities must be a map/);
  assert.throws(() => begun({}, {}, { inputs: [["jump", "button", 0, "Jump", []]] }), /bit must be an integer from 1 to 4294967295/);
  assert.throws(() => begun({}, {}, { inputs: [["nod", "head", 0]] }), /"head" is no kind of input that this page knows/);
});

test("a press on the field is the game's, which asks the rules for a command by its name", () => {
  const { heard, game: made } = begun({
    click({ x, y }, { me, send }) { send.put(x + y, me?.name ?? ""); },
  }, {}, { commands: [["pass", [], []], ["put", ["card", "why"], [[0, 51], [5]]]] });
  made.clicked?.({ x: 3, y: 4 }, sceneOf());
  assert.deepEqual(heard, [["act", 1, [7, "Ada"]]]);
});

for (const [values, words] of /** @type {[any[], string][]} */ ([
  [[2.5, "x"], "card is a whole number from 0 to 51, not 2.5"],
  [[NaN, "x"], "card is a whole number from 0 to 51, not NaN"],
  [["2", "x"], "card is a whole number from 0 to 51, not 2"],
  [[52, "x"], "card is a whole number from 0 to 51, not 52"],
  [[2, "x".repeat(5000)], "why is a text of at most 5 characters"],
  [[2, 3], "why is a text of at most 5 characters"],
  [[2], "put comes with card, why, not with 1 values"],
])) {
  test(`a command is not sent if the rules would refuse it: ${words}`, () => {
    const { heard, game: made } = begun({
      click(_, { send }) { send.put(...values); },
    }, {}, { commands: [["put", ["card", "why"], [[0, 51], [5]]]] });
    made.clicked?.({ x: 3, y: 4 }, sceneOf());
    assert.deepEqual(heard, [["fault", `${words}.`]]);
  });
}

for (const [values, words] of /** @type {[any[], string][]} */ ([
  [[1, 2, 3, 4], ""],
  [[1], ""],
  [[], "draw comes with begins, up to 3 at, not with 0 values"],
  [[1, 2, 3, 4, 5], "draw comes with begins, up to 3 at, not with 5 values"],
  [[1, 2, 10], "at is a whole number from 0 to 9, not 10"],
])) {
  test(`several numbers come at the end of a command: ${values.join(", ") || "none"}`, () => {
    const { heard, game: made } = begun({
      click(_, { send }) { send.draw(...values); },
    }, {}, { commands: [["draw", ["begins", "at"], [[0, 1], [0, 9, 3]]]] });
    made.clicked?.({ x: 3, y: 4 }, sceneOf());
    assert.deepEqual(heard, [words ? ["fault", `${words}.`] : ["act", 0, values]]);
  });
}

/** A frame of a game: what is drawn, and the figures. @param {import("../../../web_client/src/play/contract.js").Game} made */
function frame(made) {
  show(made, sceneOf());
  return made.hud(sceneOf());
}

/** @type {{[figure: string]: [unknown, string]}} what a `hud` may return by mistake, and what is said of it */
const WRONG_FIGURES = {
  gauges: [[{ label: "Dash", value: 1 }], "fraction of Dash is undefined; it is a number"],
  meter: [7, 'it is 7; it is like { label: "Energy", value: 3, most: 10 }'],
  banner: [{ title: {} }, "title is {}; it is text"],
  clock: [{}, "it is {}; it is text"],
};
for (const [figure, [value, words]] of Object.entries(WRONG_FIGURES)) {
  test(`a ${figure} of a wrong shape is reported once, and left out`, () => {
    const { game: made, heard } = begun({ hud: () => /** @type {never} */ ({ [figure]: value }) });
    for (let at = 0; at < 3; at += 1) {
      const { clock, meter, gauges, banner } = frame(made);
      assert.deepEqual([clock.label, meter, gauges, banner], ["Round 4", null, [], null]);
    }
    assert.deepEqual(heard, [["fault", `hud.${figure} of the game toy has failed: ${words}`]]);
  });
}

test("a hud that returns what is no figure is reported", () => {
  for (const [returned, words] of /** @type {[unknown, string][]} */ ([
    [3, "what it returns is 3; it is an object in braces"],
    [{ gauge: [] }, "what it returns has no gauge; it has clock, banner, meter, gauges"],
  ])) {
    const { game: made, heard } = begun({ hud: () => /** @type {never} */ (returned) });
    assert.equal(frame(made).clock.label, "Round 4");
    assert.deepEqual(heard, [["fault", `hud of the game toy has failed: ${words}`]]);
  }
});

/** @type {[unknown, string][]} what may stand in `game.js` by mistake, and what is said of it */
const WRONG_DEFINITIONS = [
  [{ sounds: { a: 5 } }, 'sounds.a of the game toy has failed: it is 5; it is a list: [{ wave: "sine", from: 440 }]'],
  [{ sounds: { a: [{ wave: "saw", from: 9 }] } }, 'sounds.a of the game toy has failed: wave is "saw"; it is one of sine, triangle, square, noise'],
  [{ sounds: { a: [{ wave: "sine", from: 0 }] } }, "sounds.a of the game toy has failed: from is 0; it is a number from 1 to 20000"],
  [{ sounds: 5 }, "sounds of the game toy has failed: it is 5; it is an object in braces"],
  [{ smooth: 3 }, "smooth of the game toy has failed: it is 3; it is an object in braces"],
  [{ smooth: { coin: "size" } }, 'smooth of the game toy has failed: coin is "size"; it is a list of fields: ["size"]'],
  [{ smooth: { coins: [] } }, "smooth of the game toy has failed: smooth: {...} has no coins; it has player, coin, weather"],
  [{ drow() {} }, "game.js of the game toy has failed: game({...}) has no drow; it has draw, root, on, click, hud, sounds, smooth"],
  [{ on: { tagd() {} } }, "game.js of the game toy has failed: on: {...} has no tagd; it has tagged, said, ticked"],
  [{ click: 5 }, "game.js of the game toy has failed: click is 5; it is a function"],
  [null, "game.js of the game toy has failed: what game() is given is null; it is an object in braces"],
];
for (const [definition, words] of WRONG_DEFINITIONS) {
  test(`the match goes on after ${words.replace(" of the game toy has failed", "").slice(0, 60)}`, () => {
    const { game: made, heard } = begun(/** @type {never} */ (definition));
    assert.equal(frame(made).clock.label, "Round 4");
    assert.deepEqual(heard, [["fault", words]]);
  });
}

test("a draw that fails with other words in each frame is reported once", () => {
  let frames = 0;
  const { game: made, heard } = begun({
    draw() {
      frames += 1;
      throw new Error(`frame ${frames}`);
    },
  });
  for (let at = 0; at < 200; at += 1) frame(made);
  assert.deepEqual([frames, heard], [200, [["fault", "draw of the game toy has failed: frame 1"]]]);
});
