/**
 * `window.gameServer`: what the page knows, for tests and for the curious. Reading it changes nothing.
 *
 * - `state`: "nickname", "connecting", "joining", "lobby", "playing", "watching", "lost", "stopped", "version", "replaced"
 *   or "removed"
 * - `player`, `nickname`: your seat and the name that you were given; null and "" before the welcome, null for one who watches
 * - `match`: its id; "" before the welcome
 * - `host`: the seat of the match's host, null for none; `roster`: `{player, nickname, kind, present}` of every seat taken
 * - `token`: whether this tab has a session token; `queue`: `{match, place, length}`, null when in none
 * - `lobby`: the rows of the list of matches; `people`: connected to the server, as the lobby told last
 * - `following`: the seat that one who watches follows; null for the whole world
 * - `chat`: what was said here, `{kind, player, nickname, text}`, oldest first
 * - `tick`: of the latest snapshot
 * - `ships`: every player's entity as drawn in the last frame: `{id, nickname, x, y, alive, health}`, world units
 * - `self`: your own entity as drawn: `{x, y}`; null when you have none
 * - `scale`: CSS pixels a world unit; `screen(x, y)`: where a place of the world is on the screen, `{x, y}` in CSS pixels
 * - `errors`: whatever went wrong on the page, oldest first, at most 100
 * - `stats`: now: `rtt_ms`, `jitter_ms`, `interpolation_delay_ms`, `depth` and `depth_target` (ticks), `behind` (16ths of
 *   a tick, as sent last), `snapshots_per_second`, `bytes_in_per_second`, `bytes_out_per_second`, `fps`, and of the last
 *   300 frames `frame_ms_p50`, `frame_ms_p99` (from one to the next), `work_ms_p50`, `work_ms_p99` (script and drawing);
 *   of the last minute: `prediction_errors_per_minute`; in this stay: `inputs` sent, `late_inputs` (of them, those that
 *   snapshots tell were not there in time), `corrections` (prediction was wrong, and smoothed), `jumps` (so wrong that it
 *   was shown at once, or what others did to you: a respawn, say), `snapshots`, `desyncs`
 * - `shots`, `hits`: that you fired, as foretold, and that hit, as told
 * - `record(true)` begins a recording, empty, and `record(false)` ends it: `frames`, the last 36,000 that were drawn
 *   meanwhile, and `presses`, the last 200 of keys that set your entity in motion: see recorder.js
 */

/** @typedef {import("../net/connection.js").Connection} Connection */
/** @typedef {import("../play/input.js").Input} Input */
/** @typedef {import("../play/session.js").Session} Session */
/** @typedef {import("../view/camera.js").View} View */
/** @typedef {import("../play/contract.js").Scene} Scene */
/** @typedef {import("../app/people.js").People} People */

import { NO_PLAYER } from "../net/requests.js";
import { Recorder, Ring } from "./recorder.js";
import { toScreen } from "../view/camera.js";
import { Rate } from "./rate.js";

const MOST_ERRORS = 100;
const TIMED_FRAMES = 300;
const MINUTE = 60_000;

export class Instruments {
  /** @param {Connection} connection @param {Input} input */
  constructor(connection, input) {
    this.connection = connection;
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
    input.listen((action) => this.recorder.pressed(action, performance.now()));
    addEventListener("error", (event) => this.fault(event.error ?? event.message));
    addEventListener("unhandledrejection", (event) => this.fault(event.reason));
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
      this.fault(`policy: ${violatedDirective} ${blockedURI}`);
    });
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
      interpolation_delay_ms: session?.playback.delayMs ?? 0,
      depth: session?.depth ?? 0,
      depth_target: session?.inputClock.target ?? 0,
      behind: session?.behind ?? 0,
      inputs: session?.inputs ?? 0,
      late_inputs: session?.lateInputs ?? 0,
      corrections: session?.prediction.corrections ?? 0,
      prediction_errors_per_minute: this.correctedAt.length,
      jumps: session?.prediction.jumps ?? 0,
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

  get ships() {
    const { session, scene } = this;
    if (!session || !scene) return [];
    return session.game.actors(scene).map(({ id, x, y, alive, health }) => ({
      id, nickname: session.roster.members.get(id)?.nickname ?? "", x, y, alive, health,
    }));
  }

  /** @param {Window} target @param {People} people */
  expose(target, people) {
    const instruments = this;
    Object.defineProperty(target, "gameServer", {
      value: Object.freeze({
        get state() { return instruments.connection.status.state; },
        get player() { return instruments.session?.watching ? null : (instruments.session?.welcome.player ?? null); },
        get nickname() { return instruments.session?.welcome.nickname ?? ""; },
        get match() { return instruments.session?.welcome.match.id ?? ""; },
        get host() {
          const host = instruments.session?.roster.host ?? NO_PLAYER;
          return host === NO_PLAYER ? null : host;
        },
        get roster() { return instruments.session?.roster.seated.map((member) => ({ ...member })) ?? []; },
        get token() { return instruments.connection.token.value !== ""; },
        get queue() {
          const { queue } = instruments.connection.whereabouts;
          return queue && { match: queue.match, place: queue.place, length: queue.length };
        },
        get lobby() { return people.list.rows.map((row) => ({ ...row })); },
        get people() { return people.list.people; },
        get following() { return people.client.eye.followed; },
        get chat() { return people.conversation.entries.map((entry) => ({ ...entry })); },
        get tick() { return instruments.session?.tick ?? 0; },
        get ships() { return instruments.ships; },
        get self() {
          const own = instruments.scene?.own;
          return own ? { x: own.x, y: own.y } : null;
        },
        get scale() { return instruments.view?.scale ?? 0; },
        screen(/** @type {number} */ x, /** @type {number} */ y) {
          return instruments.view ? toScreen(instruments.view, { x, y }) : null;
        },
        get shots() { return instruments.session?.game.tallies?.().shots ?? 0; },
        get hits() { return instruments.session?.game.tallies?.().hits ?? 0; },
        get frames() { return instruments.recorder.frames.all(); },
        get presses() { return instruments.recorder.presses.all(); },
        record(/** @type {boolean} */ on) { instruments.recorder.record(on); },
        get errors() { return [...instruments.errors]; },
        get stats() { return instruments.stats; },
      }),
    });
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
