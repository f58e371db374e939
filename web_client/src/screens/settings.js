/** The settings, on Escape, with the way out of the match. A change takes effect at once and is remembered. */

import { label } from "../play/bindings.js";
import { Dialog } from "../view/dialog.js";
import { make, part, show, write } from "../view/dom.js";
import { PALETTES } from "../view/palette.js";

/** @typedef {import("../play/bindings.js").Control} Control */
/** @typedef {import("../view/preferences.js").Preferences} Preferences */
/** @typedef {import("../view/palette.js").PaletteName} PaletteName */
/** @typedef {{control: Control, place: 0 | 1, button: HTMLButtonElement}} Slot */

const ASKING = "Press a key";

export class SettingsScreen {
  /** @param {Preferences} settings @param {{leave: () => void, closed: () => void, heard: () => void}} actions */
  constructor(settings, { leave, closed, heard }) {
    this.settings = settings;
    this.dialog = new Dialog("settings", () => {
      this.ask(null);
      closed();
    });
    this.volume = part("settings-volume", HTMLInputElement);
    this.sound = part("settings-sound", HTMLInputElement);
    this.shake = part("settings-shake", HTMLInputElement);
    this.names = part("settings-names", HTMLInputElement);
    this.leave = part("settings-leave", HTMLButtonElement);
    this.back = part("settings-back", HTMLButtonElement);
    /** @type {HTMLInputElement[]} */
    this.palettes = [];
    /** @type {Slot[]} */
    this.slots = [];
    /** @type {Slot | null} that waits for a key */
    this.asking = null;
    this.makePalettes(part("settings-palettes", HTMLElement));
    this.keys = part("settings-keys", HTMLElement);
    /** The controls that have lines. */
    this.listed = "";
    this.volume.addEventListener("input", () => this.change(() => {
      settings.volume = Number(this.volume.value) / 100;
      settings.muted = settings.volume === 0;
    }));
    this.volume.addEventListener("change", heard);
    this.sound.addEventListener("change", () => this.change(() => {
      settings.muted = !this.sound.checked;
      if (!settings.muted && settings.volume === 0) settings.volume = 0.6;
    }));
    this.shake.addEventListener("change", () => this.change(() => { settings.shake = this.shake.checked; }));
    this.names.addEventListener("change", () => this.change(() => { settings.names = this.names.checked; }));
    part("settings-reset", HTMLButtonElement).addEventListener("click", () => {
      this.change(() => settings.bindings.reset());
    });
    this.leave.addEventListener("click", () => {
      this.close();
      leave();
    });
    // Before all other listeners: a key that is pressed to be bound must do nothing else.
    addEventListener("keydown", (event) => this.key(event), { capture: true });
    addEventListener("mousedown", (event) => this.mouse(event), { capture: true });
    addEventListener("wheel", ({ deltaY }) => {
      if (this.asking && deltaY) this.answer(deltaY < 0 ? "WheelUp" : "WheelDown");
    }, { capture: true, passive: true });
    this.dialog.root.addEventListener("contextmenu", (event) => event.preventDefault());
    settings.listen(() => this.draw());
  }

  get open() {
    return this.dialog.open;
  }

  /** @param {boolean} inMatch */
  show(inMatch) {
    show(this.leave, inMatch);
    write(this.back, inMatch ? "Back to the match" : "Done");
    this.draw();
    this.dialog.show(this.back);
  }

  close() {
    this.dialog.close();
  }

  /** @param {() => void} by */
  change(by) {
    by();
    this.settings.changed();
  }

  draw() {
    const { settings } = this;
    this.volume.value = String(Math.round(settings.muted ? 0 : settings.volume * 100));
    this.sound.checked = !settings.muted;
    this.shake.checked = settings.shake;
    this.names.checked = settings.names;
    for (const choice of this.palettes) choice.checked = choice.value === settings.palette;
    if (settings.bindings.names.join() !== this.listed) this.makeKeys();
    for (const slot of this.slots) {
      const asked = slot === this.asking;
      const text = asked ? ASKING : label(settings.bindings.of(slot.control)[slot.place]);
      write(slot.button, text);
      slot.button.classList.toggle("asking", asked);
      slot.button.setAttribute("aria-label", `${settings.bindings.titleOf(slot.control)}: ${text || "no key"}`);
    }
  }

  /** @param {HTMLElement} root */
  makePalettes(root) {
    for (const name of /** @type {PaletteName[]} */ (Object.keys(PALETTES))) {
      const { title, colours } = PALETTES[name];
      const choice = make("input");
      choice.type = "radio";
      choice.name = "palette";
      choice.value = name;
      choice.addEventListener("change", () => this.change(() => { this.settings.palette = name; }));
      this.palettes.push(choice);
      const swatches = make("span", "swatches", colours.map((colour) => {
        const swatch = make("i");
        swatch.style.background = colour;
        return swatch;
      }));
      root.append(make("label", "palette", [choice, swatches, make("span", "", title)]));
    }
  }

  makeKeys() {
    const { bindings } = this.settings;
    this.listed = bindings.names.join();
    this.slots = [];
    this.keys.replaceChildren(...bindings.names.map((control) => {
      const slots = /** @type {const} */ ([0, 1]).map((place) => {
        const slot = { control, place, button: make("button", "key") };
        slot.button.type = "button";
        slot.button.addEventListener("click", () => this.ask(slot));
        this.slots.push(slot);
        return slot.button;
      });
      return make("div", "", [make("span", "", bindings.titleOf(control)), ...slots]);
    }));
  }

  /** @param {Slot | null} slot */
  ask(slot) {
    this.asking = slot;
    this.draw();
  }

  /** @param {string | null} code */
  answer(code) {
    const slot = this.asking;
    if (!slot || !this.settings.bindings.bind(slot.control, slot.place, code)) return;
    this.asking = null;
    this.settings.changed();
  }

  /** @param {string} code of a gamepad's button @returns {boolean} whether it was asked for */
  offer(code) {
    if (!this.asking) return false;
    this.answer(code);
    return true;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (!this.asking) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.code === "Escape") this.ask(null);
    else this.answer(event.code === "Delete" || event.code === "Backspace" ? null : event.code);
  }

  /** @param {MouseEvent} event */
  mouse(event) {
    if (!this.asking) return;
    const slot = this.asking;
    const elsewhere = event.target instanceof HTMLElement && event.target.closest("button, input, label");
    if (elsewhere && elsewhere !== slot.button) {
      this.ask(null);
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    this.answer(`Mouse${event.button}`);
    if (event.button !== 0) return;
    // The click that follows must not ask again.
    addEventListener("click", (click) => {
      click.preventDefault();
      click.stopImmediatePropagation();
    }, { capture: true, once: true });
  }
}
