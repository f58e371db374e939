// As much of a page as the parts of the client need that listen to it: elements by their id, a window, a focus.

import { existsSync } from "node:fs";

/** Where the files of the client are. */
const SITE = new URL("../../web_client/", import.meta.url);

/** An element of any kind, which has what is asked of one. */
export class FakeElement extends EventTarget {
  /** @param {string} id */
  constructor(id = "") {
    super();
    this.id = id;
    this.hidden = false;
    this.value = "";
    this.textContent = "";
    this.className = "";
    this.title = "";
    this.type = "";
    this.open = false;
    /** @type {{[name: string]: string}} */
    this.dataset = {};
    /** @type {{[name: string]: unknown}} */
    this.style = { setProperty() {} };
    /** @type {FakeElement[]} */
    this.children = [];
    this.scrollTop = 0;
    this.scrollHeight = 0;
    this.clientHeight = 0;
    this.clientWidth = 1000;
    this.width = 0;
    this.height = 0;
    /** @type {FakeElement | null} */
    this.parent = null;
    /** @type {Set<string>} */
    const classes = new Set();
    this.classList = {
      add: (/** @type {string} */ name) => classes.add(name), remove: (/** @type {string} */ name) => classes.delete(name),
      contains: (/** @type {string} */ name) => classes.has(name),
      toggle: (/** @type {string} */ name, /** @type {boolean} */ wanted) => (wanted ? classes.add(name) : classes.delete(name)),
    };
  }

  get tBodies() {
    return [new FakeElement()];
  }

  get childElementCount() {
    return this.children.length;
  }

  get firstElementChild() {
    return this.children[0] ?? null;
  }

  /** @returns {string} the text of this and of all that is in it */
  get text() {
    return this.textContent + this.children.map(({ text }) => text).join("");
  }

  /** @param {FakeElement[]} children */
  append(...children) {
    for (const child of children) child.parent = this;
    this.children.push(...children);
    this.scrollHeight += 20 * children.length;
  }

  /** @param {FakeElement[]} children */
  replaceChildren(...children) {
    this.children = [];
    this.scrollHeight = 0;
    this.append(...children);
  }

  remove() {
    if (this.parent) this.parent.children = this.parent.children.filter((child) => child !== this);
  }

  /** @param {string} what @returns {FakeElement[]} by tag alone, of all that is in it */
  querySelectorAll(what) {
    return this.children.flatMap((child) => [...(child.id === what ? [child] : []), ...child.querySelectorAll(what)]);
  }

  querySelector() {
    return null;
  }

  focus() {
    page().activeElement = this;
  }

  blur() {
    page().activeElement = null;
    this.dispatchEvent(new Event("blur"));
  }

  click() {
    this.dispatchEvent(new Event("click"));
  }

  showModal() {
    this.open = true;
  }

  close() {
    this.open = false;
  }

  setAttribute() {}

  getAttribute() {
    return "";
  }

  setPointerCapture() {}

  getBoundingClientRect() {
    return { left: 0, top: 0 };
  }

  getContext() {
    return { setTransform() {} };
  }
}

/** @returns {{activeElement: FakeElement | null}} */
const page = () => /** @type {never} */ (globalThis.document);

/** Queries by `matchMedia`, to be changed by a test. */
export class FakeMedia extends EventTarget {
  matches = false;
}

/** Waits of the page, for a line of chat to fade say, keep no test from ending. */
const wait = globalThis.setTimeout;

/** @returns {{window: EventTarget, element: (id: string) => FakeElement, focused: boolean, media: Map<string, FakeMedia>}} */
export function openPage() {
  /** @type {Map<string, FakeElement>} */
  const elements = new Map();
  const element = (/** @type {string} */ id) => {
    const known = elements.get(id) ?? new FakeElement(id);
    elements.set(id, known);
    return known;
  };
  const opened = { window: new EventTarget(), element, focused: true, media: new Map() };
  const document = Object.assign(new EventTarget(), {
    activeElement: null, hidden: false, baseURI: SITE.href, hasFocus: () => opened.focused, getElementById: element,
    createElement: (/** @type {string} */ tag) => new FakeElement(tag),
    createElementNS: (/** @type {string} */ _, /** @type {string} */ tag) => new FakeElement(tag),
  });
  const names = ["HTMLElement", "HTMLInputElement", "HTMLButtonElement", "HTMLFormElement", "HTMLDialogElement", "HTMLCanvasElement", "HTMLSelectElement",
    "HTMLTableElement"];
  Object.assign(globalThis, Object.fromEntries(names.map((name) => [name, FakeElement])), {
    setTimeout: (/** @type {() => void} */ run, /** @type {number} */ after) => wait(run, after).unref(),
    document, innerWidth: 1000, devicePixelRatio: 1,
    location: { origin: "http://here", pathname: "/" },
    addEventListener: opened.window.addEventListener.bind(opened.window),
    ResizeObserver: class {
      observe() {}
    },
    /** Of the client's own files. */
    fetch: async (/** @type {string} */ address) => (existsSync(new URL(address)) ? { ok: true, status: 200 } : { ok: false, status: 404 }),
    matchMedia(/** @type {string} */ query) {
      const media = opened.media.get(query) ?? new FakeMedia();
      opened.media.set(query, media);
      return media;
    },
  });
  return opened;
}

/**
 * @param {EventTarget} target @param {string} type @param {{[name: string]: unknown}} fields
 * @returns {boolean} whether the page has kept the browser from doing what it does
 */
export function fire(target, type, fields = {}) {
  const event = new Event(type, { cancelable: true, bubbles: true });
  for (const [name, value] of Object.entries(fields)) Object.defineProperty(event, name, { value });
  return !target.dispatchEvent(event);
}
