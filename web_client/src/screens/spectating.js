/** The bar of a spectator: who is being watched, how late, and the way to a seat. */

import { part, show, write } from "../view/dom.js";

/** @typedef {import("../lobby/roster.js").Roster} Roster */
/** @typedef {import("../net/whereabouts.js").Whereabouts} Whereabouts */
/** @typedef {import("../net/read_match.js").Welcome} Welcome */

export class SpectatingBar {
  /**
   * @param {{turn: (step: number) => void, whole: () => void, scores: () => boolean, seat: () => void, leaveQueue: () => void}} actions
   *   `scores` shows them, or hides them, and says which
   */
  constructor({ turn, whole, scores, seat, leaveQueue }) {
    this.root = part("spectating", HTMLElement);
    this.whom = part("spectating-whom", HTMLElement);
    this.detail = part("spectating-detail", HTMLElement);
    this.whole = part("spectating-whole", HTMLButtonElement);
    this.seat = part("spectating-seat", HTMLButtonElement);
    this.why = part("spectating-why", HTMLElement);
    this.queued = false;
    part("spectating-previous", HTMLButtonElement).addEventListener("click", () => turn(-1));
    part("spectating-next", HTMLButtonElement).addEventListener("click", () => turn(1));
    this.whole.addEventListener("click", whole);
    const board = part("spectating-scores", HTMLButtonElement);
    board.addEventListener("click", () => board.setAttribute("aria-pressed", String(scores())));
    this.seat.addEventListener("click", () => (this.queued ? leaveQueue() : seat()));
  }

  hide() {
    show(this.root, false);
    this.explain("");
  }

  /** @param {string} why a seat was lost: it stands beside the way back until there is one again */
  explain(why) {
    write(this.why, why);
    show(this.why, why !== "");
  }

  /**
   * @param {Welcome} welcome @param {Roster} roster @param {Whereabouts} place @param {number | null} followed
   * @param {boolean} seen whether there is a picture already
   */
  draw({ match, settings }, roster, { queue }, followed, seen) {
    show(this.root, true);
    const name = followed === null ? null : roster.members.get(followed)?.nickname;
    write(this.whom, name ? `Watching ${name}` : "Watching everything");
    const late = settings.delay ? (seen ? `${settings.delay} s late` : `Everything is shown ${settings.delay} s late`) : "";
    this.queued = queue !== null;
    const place = queue ? `number ${queue.place} of ${queue.length} in the queue for a seat` : "";
    write(this.detail, [late, place].filter(Boolean).join(" · "));
    const persons = roster.seated.filter((member) => roster.isPerson(member)).length;
    write(this.seat, queue ? "Leave the queue" : persons < match.maxPlayers ? "Take a seat" : "Queue for a seat");
    show(this.whole, name !== undefined && name !== null);
  }
}
