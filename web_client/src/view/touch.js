/** Thumbs: the left half of the screen is a stick to move with, the right half one to aim and fire with. */

import { aimOf } from "../play/input.js";
import { part, show } from "./dom.js";

/** @typedef {import("../play/input.js").Input} Input */
/** @typedef {import("../play/input.js").Action} Action */

/** CSS pixels. */
const REACH = 52;
const MOVE_FROM = 12;
const FIRE_FROM = 22;
const HOLDER = "thumb";

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

export class Touch {
  /** @param {Input} input @param {() => void} firstTouched */
  constructor(input, firstTouched) {
    this.input = input;
    this.root = part("touch", HTMLElement);
    this.moving = new Stick(part("stick-move", HTMLElement));
    this.aiming = new Stick(part("stick-aim", HTMLElement));
    this.used = matchMedia("(pointer: coarse)").matches;
    addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "touch" || this.used) return;
      this.used = true;
      firstTouched();
    }, { capture: true });
    this.root.addEventListener("pointerdown", (event) => this.down(event));
    this.root.addEventListener("pointermove", (event) => this.moved(event));
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
      this.root.addEventListener(end, (event) => this.up(/** @type {PointerEvent} */ (event)));
    }
    const dash = part("touch-dash", HTMLButtonElement);
    dash.addEventListener("pointerdown", (event) => {
      event.stopPropagation();
      input.press("dash", HOLDER);
    });
    for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
      dash.addEventListener(end, () => input.release("dash", HOLDER));
    }
  }

  /** @param {boolean} playing */
  show(playing) {
    show(this.root, playing && this.used);
  }

  /** @param {PointerEvent} event */
  down(event) {
    if (event.target !== this.root) return;
    const stick = event.clientX < innerWidth / 2 ? this.moving : this.aiming;
    if (stick.held) return;
    this.root.setPointerCapture(event.pointerId);
    // On a device that has both, what was used last aims.
    this.input.pointer = null;
    stick.take(event);
    this.apply();
  }

  /** @param {PointerEvent} event */
  moved(event) {
    for (const stick of [this.moving, this.aiming]) if (stick.pointer === event.pointerId) stick.move(event);
    this.apply();
  }

  /** @param {PointerEvent} event */
  up(event) {
    for (const stick of [this.moving, this.aiming]) if (stick.pointer === event.pointerId) stick.drop();
    this.apply();
  }

  apply() {
    const { input, moving, aiming } = this;
    const eighth = (aimOf(moving.x, moving.y) + 256) >> 9;
    const heading = moving.length >= MOVE_FROM ? HEADINGS[eighth & 7] : [];
    for (const way of WAYS) input.hold(way, HOLDER, heading.includes(way));
    input.hold("fire", HOLDER, aiming.length >= FIRE_FROM);
    if (aiming.length >= MOVE_FROM) input.aim = aimOf(aiming.x, aiming.y);
    else if (!aiming.held && heading.length) input.aim = aimOf(moving.x, moving.y);
  }
}
