/**
 * `window.gameServer`: what the page knows, for tests and for the curious. Reading it changes nothing.
 *
 * - `state`: "nickname", "connecting", "joining", "playing", "lost", "full", "stopped", "version" or "removed"
 * - `player`, `nickname`: your seat and the name that you were given; null and "" before the welcome
 * - `match`: its id; "" before the welcome
 * - `tick`: of the latest snapshot
 * - `ships`: every player's entity as drawn in the last frame: `{id, nickname, x, y, alive, health}`, world units
 * - `self`: your own entity as drawn: `{x, y}`; null when you have none
 * - `errors`: whatever went wrong on the page, oldest first, at most 100
 * - `stats`: `rtt_ms`, `jitter_ms`, `interpolation_delay_ms`, `depth` (ticks), `snapshots_per_second`,
 *   `bytes_in_per_second`, `bytes_out_per_second`, `fps`; and so far in this stay: `corrections` (prediction was wrong,
 *   and smoothed), `jumps` (so wrong that it was shown at once: a respawn, say), `desyncs`
 */

/** @typedef {import("./net/connection.js").Connection} Connection */
/** @typedef {import("./play/session.js").Session} Session */
/** @typedef {import("./games/contract.js").Scene} Scene */

import { Rate } from "./view/rate.js";

const MOST_ERRORS = 100;

export class Instruments {
  /** @param {Connection} connection */
  constructor(connection) {
    this.connection = connection;
    /** @type {Session | null} */
    this.session = null;
    /** @type {Scene | null} */
    this.scene = null;
    /** @type {string[]} */
    this.errors = [];
    this.frames = 0;
    this.fps = new Rate();
    this.snapshots = new Rate();
    this.bytesIn = new Rate();
    this.bytesOut = new Rate();
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

  /** @param {Session | null} session @param {Scene | null} scene @param {number} now */
  frame(session, scene, now) {
    this.session = session;
    this.scene = scene;
    this.frames += 1;
    this.fps.update(this.frames, now);
    this.snapshots.update(session?.snapshots ?? 0, now);
    this.bytesIn.update(this.connection.bytesIn, now);
    this.bytesOut.update(this.connection.bytesOut, now);
  }

  get stats() {
    const session = this.session;
    return {
      rtt_ms: session?.clock.rttMs ?? 0,
      jitter_ms: session?.clock.jitterMs ?? 0,
      interpolation_delay_ms: session?.playback.delayMs ?? 0,
      depth: session?.depth ?? 0,
      corrections: session?.prediction.corrections ?? 0,
      jumps: session?.prediction.jumps ?? 0,
      snapshots_per_second: this.snapshots.perSecond,
      bytes_in_per_second: this.bytesIn.perSecond,
      bytes_out_per_second: this.bytesOut.perSecond,
      desyncs: session?.desyncs ?? 0,
      fps: this.fps.perSecond,
    };
  }

  get ships() {
    const { session, scene } = this;
    if (!session || !scene) return [];
    return session.game.actors(scene).map(({ id, x, y, alive, health }) => ({
      id, nickname: session.members.get(id)?.nickname ?? "", x, y, alive, health,
    }));
  }

  /** @param {Window} target */
  expose(target) {
    const instruments = this;
    Object.defineProperty(target, "gameServer", {
      value: Object.freeze({
        get state() { return instruments.connection.status.state; },
        get player() { return instruments.session?.welcome.player ?? null; },
        get nickname() { return instruments.session?.welcome.nickname ?? ""; },
        get match() { return instruments.session?.welcome.match.id ?? ""; },
        get tick() { return instruments.session?.tick ?? 0; },
        get ships() { return instruments.ships; },
        get self() {
          const own = instruments.scene?.own;
          return own ? { x: own.x, y: own.y } : null;
        },
        get errors() { return [...instruments.errors]; },
        get stats() { return instruments.stats; },
      }),
    });
  }
}
