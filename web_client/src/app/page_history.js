/**
 * The page's history: a match is one step beyond the lobby. A reload, or a friend who is given the address, comes to the
 * same match, and the browser's Back button leads from a match to the lobby, not off the site.
 */

import { addressOf } from "./page_address.js";

/** @typedef {Pick<Window, "addEventListener"> & {history: Pick<History, "state" | "pushState" | "replaceState" | "back">, location: Pick<Location, "pathname" | "search">}} Surroundings */
/** @typedef {{match: string}} Step `match`: its code; empty for the lobby */

export class PageHistory {
  /**
   * @param {Surroundings} surroundings
   * @param {{leave: () => void, enter: (match: string) => void}} actions the player went back to the lobby, or forward to a match
   */
  constructor(surroundings, { leave, enter }) {
    this.surroundings = surroundings;
    /** Whether the page itself is on its way back. */
    this.returning = false;
    surroundings.addEventListener("popstate", () => {
      const { match, returning } = this;
      this.returning = false;
      if (returning) return;
      if (match) enter(match);
      else leave();
    });
  }

  /** @returns {string} of the step that is shown */
  get match() {
    const { state } = this.surroundings.history;
    return typeof state?.match === "string" ? state.match : "";
  }

  /** A stay in a match has begun. @param {string} match */
  enter(match) {
    const { history, location: { pathname } } = this.surroundings;
    const address = addressOf(pathname, match);
    if (this.match) {
      history.replaceState({ match }, "", address);
      return;
    }
    // A visitor who came by a link has been in no lobby: now there is one to go back to.
    history.replaceState({ match: "" }, "", addressOf(pathname, ""));
    history.pushState({ match }, "", address);
  }

  /** The player is in the lobby. */
  home() {
    const { history, location: { pathname, search } } = this.surroundings;
    if (this.match) {
      // The browser goes back later than it is asked to: asked twice, it would leave the site.
      if (this.returning) return;
      this.returning = true;
      history.back();
    } else if (search) {
      history.replaceState({ match: "" }, "", addressOf(pathname, ""));
    }
  }
}
