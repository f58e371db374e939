/** The bar of a replay: the timeline with what happened, and everything that moves the moment. */

import { make, part, show, write } from "../view/dom.js";
import { SPEEDS } from "../play/replay_clock.js";

/** @typedef {import("../play/replay_clock.js").ReplayClock} ReplayClock */
/** @typedef {import("../net/read_match.js").Member} Member */
/** @typedef {import("../play/replay_timeline.js").TimelineMark} TimelineMark */

/**
 * @typedef {object} Actions
 * @property {() => void} play or pause
 * @property {(ticks: number) => void} step
 * @property {(tick: number) => void} move
 * @property {(speed: number) => void} speed
 * @property {(player: number | null) => void} follow
 * @property {() => boolean} scores whether they are shown now
 * @property {() => Promise<string>} share what became of it
 */

/** Marks that a timeline has room for; of more, every second one is left out, or every third. */
const MOST_MARKS = 400;
const WHOLE = "whole";
const SHOWN_MS = 2000;
const SHARE = "Copy the link";

/** @param {number} seconds @returns {string} minutes and seconds that have passed */
export function momentText(seconds) {
  const whole = Math.floor(Math.max(0, seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export class ReplayBar {
  /** @param {Actions} actions */
  constructor(actions) {
    this.root = part("replay", HTMLElement);
    this.marks = part("replay-marks", HTMLElement);
    this.time = part("replay-time", HTMLInputElement);
    this.play = part("replay-play", HTMLButtonElement);
    this.clock = part("replay-clock", HTMLElement);
    this.speed = part("replay-speed", HTMLSelectElement);
    this.follow = part("replay-follow", HTMLSelectElement);
    this.scores = part("replay-scores", HTMLButtonElement);
    this.share = part("replay-share", HTMLButtonElement);
    this.download = part("replay-download", HTMLAnchorElement);
    this.leave = part("replay-leave", HTMLAnchorElement);
    this.says = part("replay-says", HTMLElement);
    /** What the list of players was made of. */
    this.listed = "";
    this.speed.replaceChildren(...SPEEDS.map((speed) => option(String(speed), `${speed}×`)));
    this.play.addEventListener("click", actions.play);
    part("replay-back", HTMLButtonElement).addEventListener("click", () => actions.step(-1));
    part("replay-on", HTMLButtonElement).addEventListener("click", () => actions.step(1));
    this.time.addEventListener("input", () => actions.move(Number(this.time.value)));
    this.speed.addEventListener("change", () => actions.speed(Number(this.speed.value)));
    this.follow.addEventListener("change", () => {
      actions.follow(this.follow.value === WHOLE ? null : Number(this.follow.value));
    });
    this.scores.addEventListener("click", () => this.scores.setAttribute("aria-pressed", String(actions.scores())));
    this.share.addEventListener("click", async () => {
      write(this.share, await actions.share());
      setTimeout(() => write(this.share, SHARE), SHOWN_MS);
    });
    // Keys of the page move the moment; those of a slider or a list would do so twice.
    for (const list of [this.speed, this.follow]) list.addEventListener("change", () => list.blur());
  }

  /** @param {ReplayClock} clock @param {readonly TimelineMark[]} marks @param {{file: string, lobby: string}} addresses */
  begin({ first, last }, marks, { file, lobby }) {
    this.time.min = String(first);
    this.time.max = String(last);
    this.download.href = file;
    this.leave.href = lobby;
    const every = Math.ceil(marks.length / MOST_MARKS);
    const shown = marks.filter(({ kind }, at) => kind !== "event" || at % every === 0);
    this.marks.replaceChildren(...shown.map(({ tick, kind, text }) => {
      const mark = make("i", kind);
      mark.style.left = `${(100 * (tick - first)) / Math.max(1, last - first)}%`;
      mark.title = text;
      return mark;
    }));
  }

  /** @param {string} text why nothing moves; empty for nothing */
  say(text) {
    write(this.says, text);
    show(this.says, text !== "");
    show(this.root, true);
  }

  /** @param {ReplayClock} clock @param {readonly Member[]} seated @param {number | null} followed */
  draw(clock, seated, followed) {
    const time = String(Math.round(clock.time));
    if (this.time.value !== time) this.time.value = time;
    const text = `${momentText(clock.seconds)} / ${momentText(clock.length)}`;
    write(this.clock, text);
    if (this.time.getAttribute("aria-valuetext") !== text) this.time.setAttribute("aria-valuetext", text);
    write(this.play, clock.atEnd ? "Again" : clock.paused ? "Play" : "Pause");
    this.speed.value = String(clock.speed);
    const key = JSON.stringify(seated);
    if (key !== this.listed) {
      this.listed = key;
      this.follow.replaceChildren(
        option(WHOLE, "Everything"), ...seated.map(({ player, nickname }) => option(String(player), nickname)),
      );
    }
    const value = followed === null ? WHOLE : String(followed);
    if (this.follow.value !== value) this.follow.value = value;
  }
}

/** @param {string} value @param {string} text */
function option(value, text) {
  const made = make("option", "", text);
  made.value = value;
  return made;
}
