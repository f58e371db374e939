/** Measurements of the page: frames, traffic, clocks, prediction, and errors. */

import { stopAll } from "../net/subscribers.js";
import { Rate } from "./rate.js";
import { Recorder, Ring } from "./recorder.js";

/** @typedef {import("../app/match_page.js").MatchPage} MatchPage */
/** @typedef {import("../net/connection.js").Connection} Connection */
/** @typedef {import("../net/dispatcher.js").Dispatcher} Dispatcher */
/** @typedef {import("../net/subscribers.js").Stop} Stop */
/** @typedef {import("../play/contract.js").Scene} Scene */
/** @typedef {import("../play/contract.js").View} View */
/** @typedef {import("../play/input.js").Input} Input */
/** @typedef {import("../play/session.js").Session} Session */

const MOST_ERRORS = 100;
const TIMED_FRAMES = 300;
const MINUTE = 60_000;

export class Instruments {
  /** @param {Connection} connection @param {Input} input @param {MatchPage} match */
  constructor(connection, input, match) {
    this.connection = connection;
    this.input = input;
    this.match = match;
    /** @type {Session | null} */
    this.session = null;
    /** @type {Scene | null} */
    this.scene = null;
    /** @type {View | null} */
    this.view = null;
    /** @type {string[]} */
    this.errors = [];
    this.frames = 0;
    this.framedAt = 0;
    /** @type {Ring<number>} milliseconds from frame to frame, and of work in each */
    this.gaps = new Ring(TIMED_FRAMES);
    /** @type {Ring<number>} */
    this.work = new Ring(TIMED_FRAMES);
    this.corrections = 0;
    /** @type {number[]} local milliseconds of the last minute's corrections */
    this.correctedAt = [];
    this.recorder = new Recorder();
    this.fps = new Rate();
    this.snapshots = new Rate();
    this.bytesIn = new Rate();
    this.bytesOut = new Rate();
    /** @type {Stop[]} */
    this.stops = [];
  }

  /** @param {Dispatcher} messages */
  start(messages) {
    const listening = new AbortController();
    const { signal } = listening;
    addEventListener("error", (event) => this.fault(event.error ?? event.message), { signal });
    addEventListener("unhandledrejection", (event) => this.fault(event.reason), { signal });
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
      this.fault(`policy: ${violatedDirective} ${blockedURI}`);
    }, { signal });
    this.stops.push(
      () => listening.abort(),
      messages.on("fault", (error) => this.fault(error)),
      this.input.listen((action) => this.recorder.pressed(action, performance.now())),
      this.match.frames.add((...frame) => this.frame(...frame)),
    );
  }

  stop() {
    stopAll(this.stops);
  }

  /** @param {unknown} error */
  fault(error) {
    this.errors.push(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
    if (this.errors.length > MOST_ERRORS) this.errors.shift();
  }

  /**
   * @param {Session | null} session @param {Scene | null} scene @param {View | null} view
   * @param {number} now @param {number} work milliseconds that the frame took
   */
  frame(session, scene, view, now, work) {
    if (this.framedAt) this.gaps.push(now - this.framedAt);
    this.framedAt = now;
    this.work.push(work);
    if (session !== this.session) this.corrections = 0;
    if (session && scene && scene !== this.scene) this.recorder.frame(session, scene);
    this.session = session;
    this.scene = scene;
    this.view = view;
    for (const corrections = session?.prediction.corrections ?? 0; this.corrections < corrections; this.corrections += 1) {
      this.correctedAt.push(now);
    }
    while (this.correctedAt.length && this.correctedAt[0] < now - MINUTE) this.correctedAt.shift();
    this.frames += 1;
    this.fps.update(this.frames, now);
    this.snapshots.update(session?.snapshots ?? 0, now);
    this.bytesIn.update(this.connection.bytesIn, now);
    this.bytesOut.update(this.connection.bytesOut, now);
  }

  get stats() {
    const session = this.session;
    const gaps = sorted(this.gaps);
    const work = sorted(this.work);
    return {
      rtt_ms: session?.clock.rttMs ?? 0,
      jitter_ms: session?.clock.jitterMs ?? 0,
      interpolation_delay_ms: session?.interpolationDelay.delayMs ?? 0,
      depth: session?.depth ?? 0,
      depth_target: session?.inputClock.target ?? 0,
      behind: session?.behind ?? 0,
      inputs: session?.inputs ?? 0,
      late_inputs: session?.lateInputs ?? 0,
      corrections: session?.prediction.corrections ?? 0,
      prediction_errors_per_minute: this.correctedAt.length,
      jumps: session?.prediction.jumps ?? 0,
      changes: session?.prediction.changes ?? 0,
      snapshots: session?.snapshots ?? 0,
      snapshots_per_second: this.snapshots.perSecond,
      bytes_in_per_second: this.bytesIn.perSecond,
      bytes_out_per_second: this.bytesOut.perSecond,
      desyncs: session?.desyncs ?? 0,
      fps: this.fps.perSecond,
      frame_ms_p50: quantile(gaps, 0.5),
      frame_ms_p99: quantile(gaps, 0.99),
      work_ms_p50: quantile(work, 0.5),
      work_ms_p99: quantile(work, 0.99),
    };
  }
}

/** @param {Ring<number>} ring @returns {number[]} */
function sorted(ring) {
  return ring.all().sort((a, b) => a - b);
}

/** @param {number[]} values ascending @param {number} part 0 to 1 @returns {number} 0 of none */
function quantile(values, part) {
  return values.length ? values[Math.min(values.length - 1, Math.floor(values.length * part))] : 0;
}
