// The layers of web_client/src, read from its imports and from the types that its comments import.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const SOURCE = join(dirname(fileURLToPath(import.meta.url)), "../../web_client/src");
/** Each may import from itself and from those before it. `debug` stands above `app`, which so cannot call it. */
const LAYERS = ["net", "lobby", "play", "view", "games", "screens", "app", "debug", "main"];
const MAIN = "app/main.js";
/** A script of its own, which no module imports. */
const WORKER = "app/background_worker.js";
const IMPORT = /(?:\bfrom |^import |\bimport\()"(\.[^"]+)"/gm;

/** @typedef {ReadonlyMap<string, readonly string[]>} Imports of each file, by its path in the source */

/** @param {string} path @param {string} text @returns {string[]} the files that it imports */
const importsIn = (path, text) => (
  [...text.matchAll(IMPORT)].map(([, to]) => posix.join(posix.dirname(path), to)));

/** @param {string} path */
const layerOf = (path) => LAYERS.indexOf(path === MAIN ? "main" : path.split("/")[0]);

/** @param {Imports} imports @returns {string[]} */
function upwards(imports) {
  return [...imports].flatMap(([path, needs]) => (
    needs.filter((need) => layerOf(need) > layerOf(path)).map((need) => `${path} imports ${need}`)));
}

/** @param {Imports} imports @returns {string[]} paths of one cycle, empty without one */
function cycleIn(imports) {
  const done = new Set();
  /** @param {string} path @param {string[]} way @returns {string[]} */
  const visit = (path, way) => {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path];
    if (done.has(path)) return [];
    for (const need of imports.get(path) ?? []) {
      const cycle = visit(need, [...way, path]);
      if (cycle.length) return cycle;
    }
    done.add(path);
    return [];
  };
  for (const path of imports.keys()) {
    const cycle = visit(path, []);
    if (cycle.length) return cycle;
  }
  return [];
}

const paths = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".js"))
  .map((path) => path.replaceAll("\\", "/"));
const TEXTS = new Map(paths.map((path) => [path, readFileSync(join(SOURCE, path), "utf8")]));
/** @type {Imports} */
const IMPORTS = new Map([...TEXTS].map(([path, text]) => [path, importsIn(path, text)]));

test("every file is in a layer, and imports files that are there", () => {
  assert.deepEqual(paths.filter((path) => layerOf(path) < 0), []);
  assert.deepEqual([...IMPORTS].flatMap(([path, needs]) => needs.filter((need) => !IMPORTS.has(need)).map((need) => [path, need])), []);
});

test("no file imports from a layer above its own, types included", () => {
  assert.deepEqual(upwards(IMPORTS), []);
});

test("no files import each other in a cycle, types included", () => {
  assert.deepEqual(cycleIn(IMPORTS), []);
});

test("every file is imported by another, but for the first modules of our page and of others, the games and the worker", () => {
  const needed = new Set([...IMPORTS.values()].flat());
  const roots = paths.filter((path) => !needed.has(path));
  assert.deepEqual(roots.sort(), [MAIN, WORKER, "app/connect.js", "games/arena.js", "games/declared/declared_game.js"].sort());
});

test("what is fetched has a deadline, but for the news of an author's server, which come whenever there are some", () => {
  const fetching = [...TEXTS].flatMap(([path, text]) => (/\bfetch\(/.test(text) ? [path] : []));
  assert.deepEqual(fetching.sort(), ["debug/author_panel.js", "net/http.js"]);
});

test("these checks find an import upwards, and a cycle of types", () => {
  const texts = {
    "net/a.js": 'import { b } from "./b.js";\n',
    "net/b.js": '/** @typedef {import("./c.js").C} C */\n',
    "net/c.js": 'import {\n  a,\n} from "./a.js";\nimport "../play/d.js";\n',
    "play/d.js": "export {};\n",
  };
  const imports = new Map(Object.entries(texts).map(([path, text]) => [path, importsIn(path, text)]));
  assert.deepEqual(upwards(imports), ["net/c.js imports play/d.js"]);
  assert.deepEqual(cycleIn(imports), ["net/a.js", "net/b.js", "net/c.js", "net/a.js"]);
});
