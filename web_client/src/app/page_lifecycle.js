/** The lifecycle of the page: hidden and shown, offline and online, its timers and its frames. */

import { BackgroundTimer } from "./background_timer.js";

/** @typedef {import("../net/connection.js").Connection} Connection */
/** @typedef {import("./played_match.js").PlayedMatch} PlayedMatch */
/** @typedef {{keepTime: (now: number) => void}} TimeKeeper to be called about ten times a second, with milliseconds */

/** Milliseconds: no divisor of the server's, so that pings from the lobby come at all moments between two of its looks. */
const INTERVAL = 87;
/** What browsers take for a gesture, before which they play no sound. */
const GESTURES = ["keydown", "pointerdown", "touchend"];

export class PageLifecycle {
  /**
   * @param {Connection} connection @param {PlayedMatch} match @param {readonly TimeKeeper[]} timeKeepers
   * @param {BackgroundTimer} backgroundTimer that watches the connection
   */
  constructor(connection, match, timeKeepers, backgroundTimer = new BackgroundTimer(workerAddress(), () => connection.watch())) {
    this.connection = connection;
    this.match = match;
    this.timeKeepers = timeKeepers;
    this.listening = new AbortController();
    this.backgroundTimer = backgroundTimer;
    this.interval = 0;
    this.animation = 0;
  }

  start() {
    const { connection, match, listening: { signal } } = this;
    addEventListener("online", () => connection.suspect(), { signal });
    // Out of the back-forward cache a page comes with a socket that was closed without a word.
    addEventListener("pageshow", ({ persisted }) => {
      if (persisted) connection.suspect();
    }, { signal });
    document.addEventListener("visibilitychange", () => this.looked(!document.hidden), { signal });
    for (const gesture of GESTURES) {
      addEventListener(gesture, () => match.unlockSound(), { capture: true, passive: true, signal });
    }
    this.interval = window.setInterval(() => this.keepTime(performance.now()), INTERVAL);
    this.animation = requestAnimationFrame((now) => this.frame(now));
  }

  stop() {
    this.listening.abort();
    this.listening = new AbortController();
    this.backgroundTimer.stop();
    clearInterval(this.interval);
    cancelAnimationFrame(this.animation);
  }

  /** @param {boolean} at whether somebody looks at the page */
  looked(at) {
    this.backgroundTimer.turn(!at);
    if (!at) {
      this.match.rest();
      return;
    }
    this.match.wake();
    this.connection.suspect();
  }

  /** @param {number} now milliseconds */
  keepTime(now) {
    this.connection.watch();
    for (const part of this.timeKeepers) part.keepTime(now);
  }

  /** @param {number} now milliseconds */
  frame(now) {
    this.animation = requestAnimationFrame((next) => this.frame(next));
    this.match.frame(now);
  }
}

/** @returns {string} beside the page's first module, wherever it is served: joined modules have no address of their own */
function workerAddress() {
  const script = /** @type {HTMLScriptElement} */ (document.querySelector('script[type="module"]'));
  return new URL("background_worker.js", script.src).href;
}
