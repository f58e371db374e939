/** News of people whose connection is lost. One who is back in a moment, after a reload say, makes a single line. */

/** @typedef {import("../net/match_events.js").MatchEvent} MatchEvent */

/** Milliseconds that somebody may be away before it is news. */
export const MOMENT = 3000;

export class DisconnectNews {
  /** @param {(text: string) => void} report */
  constructor(report) {
    this.report = report;
    /** @type {Map<number, {until: number, news: string[]}>} by player: reported if they are not back by then */
    this.kept = new Map();
  }

  /** @param {MatchEvent} event @param {string} text the news of it; empty for none @param {number} now milliseconds */
  hear(event, text, now) {
    if (event.name === "lost") this.kept.set(event.player, { until: now + MOMENT, news: [] });
    if (event.name === "back" || event.name === "left") this.kept.delete(event.player);
    if (!text) return;
    const kept = event.name === "lost" || event.name === "kind" ? this.kept.get(event.player) : undefined;
    if (kept) kept.news.push(text);
    else this.report(text);
  }

  /** To be called often. @param {number} now milliseconds */
  keepTime(now) {
    for (const [player, { until, news }] of this.kept) {
      if (now < until) continue;
      this.kept.delete(player);
      news.forEach(this.report);
    }
  }
}
