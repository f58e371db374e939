/** A page without a browser: elements that remember what is set on them, and canvases that count what is drawn. */

import { existsSync } from "node:fs";

/** Where the files of the client are. */
const SITE = new URL("../../../web_client/", import.meta.url);

/** What has been asked of canvases since `reset`: calls of contexts and paths, and properties set. */
export const drawn = {
  calls: 0,
  properties: 0,
  canvases: 0,
  /** @type {{[method: string]: number}} */
  by: {},
  reset() {
    this.calls = this.properties = this.canvases = 0;
    for (const name of Object.keys(this.by)) this.by[name] = 0;
  },
};

const PATH_METHODS = ["moveTo", "lineTo", "arc", "rect", "closePath", "quadraticCurveTo", "bezierCurveTo", "ellipse", "addPath"];
const CONTEXT_METHODS = [
  ...PATH_METHODS, "beginPath", "stroke", "fill", "fillRect", "strokeRect", "clearRect", "clip", "save", "restore",
  "translate", "rotate", "scale", "transform", "setTransform", "resetTransform", "drawImage", "fillText", "strokeText", "setLineDash",
];
const PROPERTIES = [
  "fillStyle", "strokeStyle", "lineWidth", "lineCap", "lineJoin", "globalAlpha", "font", "textAlign", "textBaseline",
  "lineDashOffset", "globalCompositeOperation", "imageSmoothingEnabled",
];

/** @param {new (...of: never[]) => object} kind @param {readonly string[]} methods */
function count(kind, methods) {
  for (const name of methods) {
    drawn.by[name] ??= 0;
    Object.defineProperty(kind.prototype, name, { value: () => {
      drawn.calls += 1;
      drawn.by[name] += 1;
    } });
  }
}

export class FakePath {}
count(FakePath, PATH_METHODS);

export class FakeContext {
  /** @param {FakeElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
  }

  /** @param {string} text */
  measureText(text) {
    return { width: text.length * 7 };
  }
}
count(FakeContext, CONTEXT_METHODS);
for (const name of PROPERTIES) {
  Object.defineProperty(FakeContext.prototype, name, { get: () => undefined, set: () => {
    drawn.properties += 1;
  } });
}

class FakeClasses {
  constructor() {
    /** @type {Set<string>} */
    this.names = new Set();
  }

  /** @param {...string} names */
  add(...names) {
    for (const name of names) this.names.add(name);
  }

  /** @param {...string} names */
  remove(...names) {
    for (const name of names) this.names.delete(name);
  }

  /** @param {string} name */
  contains(name) {
    return this.names.has(name);
  }

  /** @param {string} name @param {boolean} [on] */
  toggle(name, on = !this.names.has(name)) {
    if (on) this.names.add(name);
    else this.names.delete(name);
    return on;
  }
}

export class FakeElement {
  /** @param {string} id */
  constructor(id = "") {
    this.id = id;
    this.hidden = false;
    this.textContent = "";
    this.className = "";
    this.title = "";
    this.value = "";
    this.width = 300;
    this.height = 150;
    this.clientWidth = 1920;
    this.clientHeight = 1080;
    this.classList = new FakeClasses();
    /** @type {{[name: string]: unknown}} */
    this.style = { setProperty: () => {} };
    /** @type {{[name: string]: string}} */
    this.dataset = {};
    /** @type {FakeElement[]} */
    this.children = [];
    /** @type {{[name: string]: string}} */
    this.attributes = {};
    /** @type {FakeElement | null} */
    this.parent = null;
    /** @type {{[kind: string]: ((event: object) => void)[]}} */
    this.listeners = {};
    /** @type {FakeContext | null} */
    this.context = null;
  }

  get firstElementChild() {
    return this.children[0] ?? null;
  }

  get lastElementChild() {
    return this.children[this.children.length - 1] ?? null;
  }

  getContext() {
    if (!this.context) drawn.canvases += 1;
    return (this.context ??= new FakeContext(this));
  }

  /** @param {...FakeElement} added */
  append(...added) {
    for (const one of added) one.parent = this;
    this.children.push(...added);
  }

  /** @param {...FakeElement} added */
  prepend(...added) {
    for (const one of added) one.parent = this;
    this.children.unshift(...added);
  }

  /** @param {...FakeElement} kept */
  replaceChildren(...kept) {
    this.children = [];
    this.append(...kept);
  }

  remove() {
    const { parent } = this;
    if (parent) parent.children = parent.children.filter((child) => child !== this);
  }

  /** @param {FakeElement} other */
  replaceWith(other) {
    const { parent } = this;
    if (!parent) return;
    other.parent = parent;
    parent.children = parent.children.map((child) => (child === this ? other : child));
  }

  /** @param {string} name @param {string} value */
  setAttribute(name, value) {
    this.attributes[name] = value;
  }

  /** @param {string} name */
  getAttribute(name) {
    return this.attributes[name] ?? null;
  }

  /** @param {string} kind @param {(event: object) => void} heard */
  addEventListener(kind, heard) {
    (this.listeners[kind] ??= []).push(heard);
  }

  getBoundingClientRect() {
    return { left: 0, top: 0, right: 0, bottom: 0, width: 0, height: 0 };
  }

  querySelector() {
    return null;
  }

  querySelectorAll() {
    return [];
  }

  contains() {
    return false;
  }

  focus() {}

  blur() {}
}

/** Every element is of every kind here. */
class Anything extends FakeElement {
  static [Symbol.hasInstance]() {
    return true;
  }
}

/** Put the page in the place of a browser's. @returns {(id: string) => FakeElement} an element by its id */
export function openPage() {
  /** @type {Map<string, FakeElement>} */
  const elements = new Map();
  /** @param {string} id */
  const element = (id) => {
    const known = elements.get(id) ?? new FakeElement(id);
    elements.set(id, known);
    return known;
  };
  const kinds = ["HTMLElement", "HTMLCanvasElement", "HTMLInputElement", "HTMLButtonElement", "HTMLDialogElement",
    "HTMLTableElement", "HTMLFormElement", "HTMLSelectElement"];
  const create = () => new FakeElement();
  Object.assign(globalThis, {
    ...Object.fromEntries(kinds.map((kind) => [kind, Anything])),
    Path2D: FakePath,
    Text: FakeElement,
    devicePixelRatio: 1,
    innerWidth: 1920,
    innerHeight: 1080,
    addEventListener: () => {},
    removeEventListener: () => {},
    /** Of the client's own files. */
    fetch: async (/** @type {string} */ address) => (existsSync(new URL(address)) ? { ok: true, status: 200 } : { ok: false, status: 404 }),
    matchMedia: () => ({ matches: false, addEventListener: () => {} }),
    ResizeObserver: class {
      observe() {}
    },
    document: {
      title: "", body: new FakeElement(), documentElement: new FakeElement(), activeElement: null, hidden: false, baseURI: SITE.href,
      getElementById: element, createElement: create, createElementNS: create, addEventListener: () => {},
      querySelector: () => null,
    },
  });
  return element;
}
