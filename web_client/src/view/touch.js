/**
 * Thumbs: the left half of the screen is a stick to move with, the right half one to aim and fire with; the rest are
 * buttons. A finger where no stick is points at the field.
 */

import { aimOf, placeOn } from "../play/input.js";
import { make, part, show } from "./dom.js";

/** @typedef {import("../play/input.js").Input} Input */
/** @typedef {import("../play/input.js").Action} Action */

/**
 * @typedef {object} Surface what the thumbs are on
 * @property {HTMLElement} root
 * @property {HTMLElement} moving the stick, with its knob in it
 * @property {HTMLElement} aiming
 * @property {HTMLElement} buttons
 * @property {boolean} covers whether it lies over the field while thumbs steer; otherwise it is the field, and for mice too
 */

/** CSS pixels. */
const REACH = 52;
const MOVE_FROM = 12;
const FIRE_FROM = 22;
const HOLDER = "thumb";
/** The action that the stick that aims holds down, in games that have it. */
const FIRE = "fire";
/** What is bound to it by default is held down by a finger that points, in games of a pointer. */
const FINGER = "Mouse0";

/** @type {Action[][]} for each eighth of a turn, from the right and clockwise */
const HEADINGS = [
  ["right"], ["right", "down"], ["down"], ["down", "left"], ["left"], ["left", "up"], ["up"], ["up", "right"],
];
/** @type {Action[]} */
const WAYS = ["up", "down", "left", "right"];

class Stick {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    this.knob = /** @type {HTMLElement} */ (element.firstElementChild);
    this.pointer = -1;
    this.x = 0;
    this.y = 0;
    this.fromX = 0;
    this.fromY = 0;
  }

  get held() {
    return this.pointer >= 0;
  }

  get length() {
    return Math.hypot(this.x, this.y);
  }

  /** @param {PointerEvent} event */
  take(event) {
    this.pointer = event.pointerId;
    this.fromX = event.clientX;
    this.fromY = event.clientY;
    this.element.classList.add("held");
    this.element.style.left = `${event.clientX}px`;
    this.element.style.top = `${event.clientY}px`;
    this.move(event);
  }

  /** The stick follows a thumb that goes beyond its reach. @param {PointerEvent} event */
  move(event) {
    this.x = event.clientX - this.fromX;
    this.y = event.clientY - this.fromY;
    const scale = Math.min(1, REACH / (this.length || 1));
    this.knob.style.transform = `translate(${this.x * scale}px, ${this.y * scale}px)`;
  }

  drop() {
    this.pointer = -1;
    this.x = this.y = 0;
    this.element.classList.remove("held");
    this.element.style.left = this.element.style.top = "";
    this.knob.style.transform = "";
  }
}

/** @param {Stick} stick @returns {{x: number, y: number}} how far it is pushed, from 0 to 1 long */
function pushed({ x, y, length }) {
  if (length < MOVE_FROM) return { x: 0, y: 0 };
  const scale = (Math.min(1, (length - MOVE_FROM) / (REACH - MOVE_FROM))) / length;
  return { x: x * scale, y: y * scale };
}

/** @returns {Surface} */
function surfaceOfThePage() {
  const [root, moving, aiming, buttons] = ["touch", "stick-move", "stick-aim", "touch-buttons"].map((id) => part(id, HTMLElement));
  return { root, moving, aiming, buttons, covers: true };
}

export class Touch {
  /**
   * @param {Input} input @param {() => void} firstTouched
   * @param {(place: {x: number, y: number}) => void} pressed a place of the field, in CSS pixels
   * @param {Surface} surface
   */
  constructor(input, firstTouched, pressed = () => {}, { root, moving, aiming, buttons, covers } = surfaceOfThePage()) {
    this.input = input;
    this.pressed = pressed;
    this.root = root;
    this.covers = covers;
    this.moving = new Stick(moving);
    this.aiming = new Stick(aiming);
    this.listening = new AbortController();
    const { signal } = this.listening;
    this.used = matchMedia("(pointer: coarse)").matches;
    addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "touch" || this.used) return;
      this.used = true;
      firstTouched();
    }, { capture: true, signal });
    /** @param {string} type @param {(event: PointerEvent) => void} handle */
    const listen = (type, handle) => root.addEventListener(type, (event) => {
      const pointer = /** @type {PointerEvent} */ (event);
      if (covers || pointer.pointerType === "touch") handle(pointer);
    }, { signal });
    listen("pointerdown", (event) => this.down(event));
    listen("pointermove", (event) => this.moved(event));
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) listen(end, (event) => this.up(event));
    this.buttons = buttons;
    this.steers = true;
    this.aims = true;
    this.points = false;
    this.playing = false;
    /** The actions that a finger that points holds down. @type {Action[]} */
    this.byFinger = [];
    /** The finger that points; -1 for none. */
    this.finger = -1;
  }

  stop() {
    this.listening.abort();
  }

  /** Have what the game is steered with. @param {Pick<import("../play/contract.js").Game, "steers" | "aims" | "points" | "controls">} game */
  suit({ steers, aims, points = false, controls }) {
    this.steers = steers;
    this.aims = aims;
    this.points = points;
    this.byFinger = points ? controls.filter(({ keys }) => keys.includes(FINGER)).map(({ name }) => name) : [];
    show(this.moving.element, steers);
    show(this.aiming.element, aims);
    // What the stick that aims holds down needs no button, nor does what a finger on the field does.
    const buttons = controls.filter(({ name }) => !(aims && name === FIRE) && !this.byFinger.includes(name));
    this.buttons.replaceChildren(...buttons.map(({ name, title }) => this.makeButton(name, title)));
    this.show(this.playing);
  }

  /** @param {Action} action @param {string} title */
  makeButton(action, title) {
    const button = make("button", "", title);
    button.type = "button";
    button.addEventListener("pointerdown", (event) => {
      event.stopPropagation();
      this.input.press(action, HOLDER);
    });
    for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
      button.addEventListener(end, () => this.input.release(action, HOLDER));
    }
    return button;
  }

  /** Lie over the field, unless nothing here steers: then touches are for the field itself. @param {boolean} playing */
  show(playing) {
    this.playing = playing;
    if (!this.covers) return;
    const needed = this.steers || this.aims || this.points || this.buttons.childElementCount > 0;
    show(this.root, playing && this.used && needed);
  }

  /** @param {PointerEvent} event */
  down(event) {
    if (event.target !== this.root) return;
    const stick = placeOn(this.root, event).x < this.root.clientWidth / 2 ? this.moving : this.aiming;
    if (stick.held) return;
    if (!(stick === this.moving ? this.steers : this.aims)) {
      this.point(event);
      return;
    }
    this.root.setPointerCapture(event.pointerId);
    // On a device that has both, what was used last aims.
    this.input.pointer = null;
    stick.take(event);
    this.apply();
  }

  /** A finger comes down on the field itself. @param {PointerEvent} event */
  point(event) {
    this.pressed(placeOn(this.root, event));
    if (!this.points || this.finger >= 0) return;
    this.root.setPointerCapture(event.pointerId);
    this.finger = event.pointerId;
    this.input.pointer = placeOn(this.root, event);
    for (const action of this.byFinger) this.input.press(action, HOLDER);
  }

  /** @param {PointerEvent} event */
  moved(event) {
    if (this.finger === event.pointerId) this.input.pointer = placeOn(this.root, event);
    for (const stick of [this.moving, this.aiming]) if (stick.pointer === event.pointerId) stick.move(event);
    this.apply();
  }

  /** @param {PointerEvent} event */
  up(event) {
    if (this.finger === event.pointerId) {
      this.finger = -1;
      for (const action of this.byFinger) this.input.release(action, HOLDER);
    }
    for (const stick of [this.moving, this.aiming]) if (stick.pointer === event.pointerId) stick.drop();
    this.apply();
  }

  apply() {
    const { input, moving, aiming } = this;
    const eighth = (aimOf(moving.x, moving.y) + 256) >> 9;
    const heading = moving.length >= MOVE_FROM ? HEADINGS[eighth & 7] : [];
    for (const way of WAYS) input.hold(way, HOLDER, heading.includes(way));
    if (this.steers) input.stick = moving.held ? pushed(moving) : null;
    input.hold(FIRE, HOLDER, aiming.length >= FIRE_FROM);
    if (aiming.length >= MOVE_FROM) input.aim = aimOf(aiming.x, aiming.y);
    else if (!aiming.held && heading.length) input.aim = aimOf(moving.x, moving.y);
  }
}
