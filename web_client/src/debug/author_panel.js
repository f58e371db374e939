/** What the author of a game sees while it is being written (`game-server dev`): mistakes, and how prediction fares. */

import { make, sentence, show, write } from "../view/dom.js";

/** @typedef {import("../app/match_page.js").MatchPage} MatchPage */
/** @typedef {import("../net/connection.js").Connection} Connection */
/** @typedef {import("./instruments.js").Instruments} Instruments */
/** @typedef {{mark: string, version: string, news: string, mistakes: string[], unsaved: string, waits: boolean}} News as `/dev` answers */

const FIGURES_MS = 250;
/** Before `/dev` is asked again, where it does not answer. */
const AGAIN_MS = 100;
const NEWS_MS = 8000;
/** Closes the connection, and keeps the seat: "timed out". */
const TIMED_OUT = 4006;
/** A line of the author's in a stack: of Chromium and Safari, or of Firefox. */
const PLACE = /\/games\/\w+\/([\w./-]+\.m?js)[^:]*:(\d+)/;

export class AuthorPanel {
  /**
   * @param {string} version of what this page was served
   * @param {{connection: Connection, match: MatchPage, instruments: Instruments}} parts
   */
  constructor(version, { connection, match, instruments }) {
    this.version = version;
    this.connection = connection;
    this.match = match;
    this.instruments = instruments;
    this.mark = "";
    /** @type {string[]} of this page */
    this.faults = [];
    /** @type {string[]} of the rules */
    this.mistakes = [];
    this.figures = make("p", "figures");
    this.list = make("ol");
    this.news = make("p", "news");
    this.panel = make("section", "", [this.list, this.news, this.figures]);
    this.panel.id = "author";
    this.panel.setAttribute("aria-label", "For the author");
  }

  start() {
    document.body.append(this.panel);
    const { connection, match } = this;
    // In place of the notice that players of other servers see.
    match.view.faulty = (error, text) => {
      this.instruments.fault(error);
      this.fault(error, text);
    };
    // Mended, the script is loaded by a page that has its seat still.
    connection.refuse = (reason) => {
      this.fault(null, `${sentence(reason)} The console of the browser may have the line.`);
      connection.socket.close(TIMED_OUT);
      connection.set("broken", reason);
    };
    setInterval(() => this.showFigures(), FIGURES_MS);
    this.draw();
    this.follow();
  }

  /** Ask for news, again and again: the server answers when there is some. */
  async follow() {
    for (;;) {
      try {
        const answer = await fetch(`/dev?seen=${encodeURIComponent(this.mark)}`);
        if (!answer.ok) throw new Error(`/dev answers ${answer.status}`);
        this.take(await answer.json());
      } catch {
        await new Promise((done) => { setTimeout(done, AGAIN_MS); });
      }
    }
  }

  /** @param {News} news */
  take({ mark, version, news, mistakes, unsaved, waits }) {
    if (version !== this.version) {
      location.reload();
      return;
    }
    const process = processOf(mark) !== processOf(this.mark);
    const { connection } = this;
    if (process && this.mark) {
      if (connection.status.state === "broken") connection.takeBack();
      else connection.retry();
    }
    this.mark = mark;
    this.mistakes = [...mistakes];
    if (waits) this.mistakes.push("The match stands still until you save a change.");
    if (unsaved) this.mistakes.push(sentence(unsaved));
    if (unsaved && !waits) this.mistakes.push("Until that is mended, the match goes on by the rules as they were before.");
    if (process && news) {
      write(this.news, news);
      setTimeout(() => write(this.news, ""), NEWS_MS);
    }
    this.draw();
  }

  /** @param {unknown} error @param {string} text */
  fault(error, text) {
    const place = PLACE.exec(error instanceof Error ? error.stack ?? "" : "");
    const line = place ? `${text} (${place[1]}, line ${place[2]})` : text;
    if (this.faults.includes(line)) return;
    this.faults.push(line);
    this.draw();
  }

  draw() {
    const lines = [...this.mistakes, ...this.faults];
    this.list.replaceChildren(...lines.map((line) => make("li", "", line)));
    show(this.list, lines.length > 0);
  }

  showFigures() {
    const { corrections, changes, desyncs, late_inputs: late } = this.instruments.stats;
    const wrong = [...this.instruments.session?.prediction.wrong ?? []].map(([field, count]) => `${field} ${count}`);
    const fields = wrong.length ? ` (${wrong.join(", ")})` : "";
    write(this.figures, `corrections ${corrections} · changed by others ${changes}${fields} · late inputs ${late} · desyncs ${desyncs}`);
    this.figures.classList.toggle("wrong", corrections + desyncs > 0);
  }
}

/** @param {string} mark @returns {string} the process that gave it */
function processOf(mark) {
  return mark.split("-")[0];
}
