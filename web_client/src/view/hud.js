/** The figures around the field. The page is touched only where something has changed. */

import { clockText, emblemIcon, make, part, show, write } from "./dom.js";

/** @typedef {import("../play/contract.js").Emblem} Emblem */
/** @typedef {import("../play/contract.js").Hud} Hud */
/** @typedef {import("../play/contract.js").Game} Game */
/** @typedef {import("../play/contract.js").Scene} Scene */
/** @typedef {import("../play/contract.js").Standings} Standings */
/** @typedef {{className: string, emblem: Emblem, name: string, score: number, place: number | null}} Leader a line */

const INTERVAL = 1000 / 30;
const LEADERS = 3;
const SHORT_SECONDS = 10;
/** A meter below this part of its whole alarms. */
const LOW = 0.4;
/** A countdown: a number alone, "back in 2", "3:12 left". */
const COUNTED = /^\d+$|(?:·\s*)?(?:back in \d+|\d+:\d\d left)/i;

export class HudView {
  constructor() {
    this.root = part("hud", HTMLElement);
    this.label = part("clock-label", HTMLElement);
    this.time = part("clock-time", HTMLElement);
    this.leaders = part("leaders", HTMLElement);
    this.vitals = part("vitals", HTMLElement);
    this.meter = part("meter", HTMLElement);
    this.meterValue = part("meter-value", HTMLElement);
    this.meterBar = part("meter-bar", HTMLElement);
    this.gauges = part("gauges", HTMLElement);
    this.boosts = part("boosts", HTMLElement);
    this.banner = part("banner", HTMLElement);
    this.bannerTitle = part("banner-title", HTMLElement);
    this.bannerDetail = part("banner-detail", HTMLElement);
    this.stalled = part("stalled", HTMLElement);
    /** What a screen reader says: no countdown, or it would speak each second. */
    this.news = part("news", HTMLElement);
    this.drawnAt = 0;
    /** What each line of the leaders shows. @type {string[]} */
    this.leading = [];
    /** What the leaders were made of last. @type {Standings | null} */
    this.standings = null;
  }

  /** Colours have changed: draw everything again. */
  forget() {
    this.leading.length = 0;
    this.standings = null;
  }

  /**
   * @param {Game} game @param {Scene} scene @param {Standings} standings @param {boolean} stalled
   * @returns {boolean} whether it was due, and drawn
   */
  draw(game, scene, standings, stalled) {
    if (scene.now - this.drawnAt < INTERVAL) return false;
    this.drawnAt = scene.now;
    const hud = game.hud(scene);
    write(this.label, hud.clock.label);
    write(this.time, hud.clock.seconds === null ? "" : clockText(hud.clock.seconds));
    this.time.classList.toggle("short", hud.clock.seconds !== null && hud.clock.seconds <= SHORT_SECONDS);
    this.drawVitals(hud);
    show(this.banner, hud.banner !== null);
    this.banner.classList.toggle("aside", Boolean(hud.banner?.aside));
    write(this.bannerTitle, hud.banner?.title ?? "");
    write(this.bannerDetail, hud.banner?.detail ?? "");
    if (hud.banner) write(this.news, spoken(hud.banner));
    show(this.stalled, stalled);
    if (standings !== this.standings) this.drawLeaders(game, scene, standings);
    this.standings = standings;
    return true;
  }

  /** @param {Hud} hud */
  drawVitals({ meter, gauges, boosts }) {
    show(this.vitals, meter !== null || gauges.length > 0);
    show(this.meter, meter !== null);
    if (meter) {
      const fraction = Math.max(0, Math.min(1, meter.value / meter.most));
      write(this.meterValue, String(Math.ceil(meter.value)));
      this.meterBar.style.transform = `scaleX(${fraction})`;
      this.meter.classList.toggle("low", fraction < LOW);
      this.meter.title = meter.label;
    }
    while (this.gauges.children.length < gauges.length) {
      this.gauges.append(make("div", "gauge", [make("span"), make("div", "bar", [make("i")])]));
    }
    while (this.gauges.children.length > gauges.length) this.gauges.lastElementChild?.remove();
    gauges.forEach(({ label, fraction, lit }, index) => {
      const gauge = this.gauges.children[index];
      const [name, bar] = gauge.children;
      if (name instanceof HTMLElement) write(name, label);
      const fill = bar.firstElementChild;
      if (fill instanceof HTMLElement) fill.style.transform = `scaleX(${fraction.toFixed(3)})`;
      gauge.classList.toggle("lit", lit);
    });
    const text = boosts.map(({ label, seconds }) => `${label} ${Math.ceil(seconds)}`);
    if (this.boosts.children.length !== text.length) this.boosts.replaceChildren(...text.map(() => make("span")));
    text.forEach((words, index) => {
      const boost = this.boosts.children[index];
      if (boost instanceof HTMLElement) write(boost, words);
    });
  }

  /** @param {Game} game @param {Scene} scene @param {Standings} standings */
  drawLeaders(game, scene, { rows, sides }) {
    const own = rows.find(({ player }) => player === scene.player);
    const shown = rows.filter((row, at) => row === own || (!sides.length && at < LEADERS));
    /** @type {Leader[]} */
    const leaders = [
      ...sides.map(({ name, emblem, score, mine: ours }) => ({
        className: ours ? "side ours" : "side", emblem, name: ours ? `${name} (you)` : name, score, place: null,
      })),
      ...shown.map(({ player, cells, place }) => ({
        className: player === scene.player ? "mine" : "", emblem: game.emblem(player),
        name: scene.members.get(player)?.nickname ?? "", score: cells[0], place,
      })),
    ];
    this.leaders.classList.toggle("sides", sides.length > 0);
    leaders.forEach((leader, at) => this.drawLeader(leader, at));
    while (this.leaders.children.length > leaders.length) this.leaders.lastElementChild?.remove();
    this.leading.length = leaders.length;
  }

  /** Only the line that has changed: to lay out all of them takes a slow page most of a frame. @param {Leader} leader @param {number} at */
  drawLeader(leader, at) {
    const key = JSON.stringify(leader);
    if (key === this.leading[at]) return;
    this.leading[at] = key;
    const line = lineOf(leader);
    const before = this.leaders.children[at];
    if (before) before.replaceWith(line);
    else this.leaders.append(line);
  }
}

/** @param {{title: string, detail: string}} banner @returns {string} without what changes every second */
export function spoken({ title, detail }) {
  return [title, detail].map((text) => text.replace(COUNTED, "").trim()).filter(Boolean).join(": ");
}

/** @param {Leader} leader @returns {HTMLElement} */
function lineOf({ className, emblem, name, score, place }) {
  return make("li", className, [
    ...(place === null ? [] : [make("span", "place", String(place))]),
    emblemIcon(emblem),
    make("span", "nickname", name),
    make("b", "", String(score)),
  ]);
}
