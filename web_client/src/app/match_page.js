/** The page in a match: what it adds to a match that is played, by what the player prefers. */

import { isOutdated, loadGame } from "../games/index.js";
import { MatchView } from "./match_view.js";
import { PlayedMatch } from "./played_match.js";

/** @typedef {import("../net/connection.js").Connection} Connection */
/** @typedef {import("../net/connection.js").Status} Status */
/** @typedef {import("../net/dispatcher.js").Dispatcher} Dispatcher */
/** @typedef {import("../play/contract.js").Recipe} Recipe */
/** @typedef {import("../play/input.js").Input} Input */
/** @typedef {import("../view/preferences.js").Preferences} Preferences */

/** @extends {PlayedMatch<MatchView>} */
export class MatchPage extends PlayedMatch {
  /**
   * @param {Connection} connection @param {Input} input @param {Preferences} preferences
   * @param {(text: string) => void} news of the people in the match
   */
  constructor(connection, input, preferences, news) {
    super(connection, input, new MatchView(preferences), {
      news,
      load: loadGame,
      loaded: ({ declared }, game) => {
        if (declared) renewIfOutdated(game);
      },
    });
    this.preferences = preferences;
  }

  /** @param {Dispatcher} messages */
  start(messages) {
    this.stops.push(
      this.preferences.listen((current) => this.view.suit(current)),
      this.input.listen((action) => this.view.used(action)),
    );
    super.start(messages);
  }

  /** Whether the results of a round are shown. */
  get resultsShown() {
    return this.view.results.shown;
  }

  /** Whether the player touches the screen. */
  get byTouch() {
    return this.view.thumbs;
  }

  /** From now on the player touches the screen. */
  useTouch() {
    this.view.thumbs = true;
  }

  /** @param {boolean} shown whether the standings are, while a round runs */
  showScores(shown) {
    this.view.scoreboard.wanted = shown;
  }

  /** @returns {boolean} whether the standings are shown now */
  toggleScores() {
    this.showScores(!this.view.scoreboard.wanted);
    return this.view.scoreboard.wanted;
  }

  /** @param {Recipe} recipe */
  play(recipe) {
    this.view.sound.play(recipe);
  }

  /** @param {Status} status */
  changed(status) {
    if (status.state === "connecting") this.view.scoreboard.hide();
    super.changed(status);
  }
}

/** Load the page again if the server has other scripts of the game by now; its seat is kept. @param {string} game */
async function renewIfOutdated(game) {
  if (await isOutdated(game)) location.reload();
}
