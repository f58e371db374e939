/** Figures of the connection, and the gaps between snapshots as a graph. Shown on F3. */

import { stopAll } from "../net/subscribers.js";
import { make, show } from "../view/dom.js";
import { CHART } from "../view/palette.js";

/** @typedef {import("../app/match_page.js").MatchPage} MatchPage */
/** @typedef {import("../net/dispatcher.js").Dispatcher} Dispatcher */
/** @typedef {import("../net/subscribers.js").Stop} Stop */
/** @typedef {{[figure: string]: number}} Stats */

const GAPS = 120;
const MOST_MS = 130;
const INTERVAL = 250;

/** @type {[label: string, unit: string, ...figures: string[]][]} two figures are shown as the middle and the worst */
const FIGURES = [
  ["round trip", "ms", "rtt_ms"],
  ["jitter", "ms", "jitter_ms"],
  ["interpolation", "ms", "interpolation_delay_ms"],
  ["input buffer", "ticks", "depth"],
  ["late inputs", "", "late_inputs"],
  ["prediction errors", "/min", "prediction_errors_per_minute"],
  ["snapshots", "/s", "snapshots_per_second"],
  ["in", "B/s", "bytes_in_per_second"],
  ["out", "B/s", "bytes_out_per_second"],
  ["frames", "/s", "fps"],
  ["frame p50, p99", "ms", "frame_ms_p50", "frame_ms_p99"],
  ["work p50, p99", "ms", "work_ms_p50", "work_ms_p99"],
  ["desyncs", "", "desyncs"],
];

export class NetGraph {
  /** @param {HTMLElement} panel @param {() => Stats} read what is measured now */
  constructor(panel, read) {
    this.panel = panel;
    this.read = read;
    this.values = FIGURES.map(() => make("dd"));
    const list = make("dl", "figures");
    FIGURES.forEach(([label], at) => list.append(make("dt", "", label), this.values[at]));
    this.canvas = make("canvas", "gaps");
    this.canvas.width = GAPS * 2;
    this.canvas.height = 56;
    panel.append(list, this.canvas, make("p", "legend", "gaps between snapshots"));
    this.gaps = new Float32Array(GAPS);
    this.next = 0;
    this.arrivedAt = 0;
    this.drawnAt = 0;
    /** @type {Stop[]} */
    this.stops = [];
  }

  /** @param {Dispatcher} messages @param {MatchPage["frames"]} frames */
  start(messages, frames) {
    const listening = new AbortController();
    addEventListener("keydown", (event) => {
      if (event.code !== "F3") return;
      event.preventDefault();
      this.toggle();
    }, { signal: listening.signal });
    this.stops.push(
      () => listening.abort(),
      messages.on("snapshot", (_, now) => this.arrive(now)),
      frames.add((_session, scene, _view, now) => {
        if (scene) this.draw(now, scene.tickRate);
      }),
    );
  }

  stop() {
    stopAll(this.stops);
  }

  toggle() {
    show(this.panel, Boolean(this.panel.hidden));
  }

  /** A snapshot came. @param {number} now milliseconds */
  arrive(now) {
    this.gaps[this.next] = this.arrivedAt ? now - this.arrivedAt : 0;
    this.next = (this.next + 1) % GAPS;
    this.arrivedAt = now;
  }

  /** @param {number} now milliseconds @param {number} tickRate ticks a second */
  draw(now, tickRate) {
    if (this.panel.hidden || now - this.drawnAt < INTERVAL) return;
    this.drawnAt = now;
    const stats = this.read();
    FIGURES.forEach(([, unit, ...figures], at) => {
      const text = figures.map((figure) => figureText(stats[figure])).join(" · ");
      this.values[at].textContent = unit ? `${text} ${unit}` : text;
    });
    const context = this.canvas.getContext("2d");
    if (!context) return;
    const { width, height } = this.canvas;
    const interval = 1000 / tickRate;
    context.clearRect(0, 0, width, height);
    for (let index = 0; index < GAPS; index += 1) {
      const gap = this.gaps[(this.next + index) % GAPS];
      const bar = Math.min(1, gap / MOST_MS) * height;
      context.fillStyle = gap > interval * 2.5 ? CHART.alarm : CHART.faint;
      context.fillRect(index * 2, height - bar, 1.5, bar);
    }
    context.fillStyle = CHART.paper;
    context.globalAlpha = 0.5;
    context.fillRect(0, height - (interval / MOST_MS) * height, width, 1);
    context.globalAlpha = 1;
  }
}

/** @param {number} value @returns {string} */
function figureText(value) {
  return Number.isInteger(value) || value >= 100 ? value.toFixed(0) : value.toFixed(1);
}
