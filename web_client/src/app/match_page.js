/** The page in a match: one stay after the other, each from its welcome to its end, and a scene a frame. */

import { isKnown, loadGame } from "../games/index.js";
import { Roster } from "../lobby/roster.js";
import { Subscribers, stopAll } from "../net/subscribers.js";
import { GameLoading } from "../play/game_loading.js";
import { Session } from "../play/session.js";
import { SpectatorCamera } from "../play/spectator_camera.js";
import { toWorld } from "../view/camera.js";
import { MouseAim } from "../view/mouse_aim.js";
import { MatchView } from "./match_view.js";

/** @typedef {import("../net/connection.js").Connection} Connection */
/** @typedef {import("../net/connection.js").Status} Status */
/** @typedef {import("../net/dispatcher.js").Dispatcher} Dispatcher */
/** @typedef {import("../net/protocol.js").ServerMessage} ServerMessage */
/** @typedef {import("../net/read_match.js").Welcome} Welcome */
/** @typedef {import("../net/subscribers.js").Stop} Stop */
/** @typedef {import("../play/contract.js").Game} Game */
/** @typedef {import("../play/contract.js").Recipe} Recipe */
/** @typedef {import("../play/contract.js").Scene} Scene */
/** @typedef {import("../play/contract.js").View} View */
/** @typedef {import("../play/game_loading.js").Early} Early */
/** @typedef {import("../play/input.js").Input} Input */
/** @typedef {import("../view/preferences.js").Preferences} Preferences */
/** @typedef {[session: Session | null, scene: Scene | null, view: View | null, now: number, work: number]} Frame `work`: milliseconds */

export class MatchPage {
  /**
   * @param {Connection} connection @param {Input} input @param {Preferences} preferences
   * @param {(text: string) => void} news of the people in the match
   */
  constructor(connection, input, preferences, news) {
    this.connection = connection;
    this.input = input;
    this.preferences = preferences;
    this.news = news;
    this.view = new MatchView(preferences);
    this.camera = new SpectatorCamera((bytes) => connection.send(bytes));
    this.mouseAim = new MouseAim(input);
    /** Called after each frame. @type {Subscribers<Frame>} */
    this.frames = new Subscribers();
    /** @type {Session | null} */
    this.session = null;
    /** @type {GameLoading | null} of a stay that has not begun */
    this.loading = null;
    /** @type {Scene | null} */
    this.scene = null;
    /** @type {Stop[]} */
    this.stops = [];
  }

  /** @param {Dispatcher} messages */
  start(messages) {
    this.stops.push(
      this.preferences.listen((current) => this.view.suit(current)),
      this.input.listen((action) => this.view.used(action)),
      messages.on("status", (status) => this.changed(status)),
      messages.on("welcome", (welcome) => this.arrive(welcome)),
      ...(/** @type {const} */ (["snapshot", "events", "pong"])).map((type) => (
        messages.on(type, (message, now) => this.receive(message, now)))),
    );
  }

  stop() {
    stopAll(this.stops);
    this.cancelLoading();
  }

  get playing() {
    return this.connection.status.state === "playing" && this.session !== null;
  }

  get watching() {
    return this.connection.status.state === "watching" && this.session !== null;
  }

  get inMatch() {
    return this.playing || this.watching;
  }

  /** Whether the results of a round are shown. */
  get resultsShown() {
    return this.view.results.shown;
  }

  /** The player whom one who watches follows; null for the whole world. */
  get followed() {
    return this.camera.followed;
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

  /** The player has touched something, so that browsers allow sound. */
  unlockSound() {
    this.view.sound.unlock();
  }

  /** @param {Status} status */
  changed({ state }) {
    if (state === "connecting") this.view.scoreboard.hide();
    if (!this.connection.inMatch) this.cancelLoading();
    if (state === "nickname" || state === "lobby" || state === "unplayable") this.clear();
  }

  cancelLoading() {
    this.loading?.cancel();
    this.loading = null;
  }

  clear() {
    this.session = null;
    this.scene = null;
    this.camera.followed = null;
    this.input.releaseAll();
    this.view.clear();
  }

  /** A stay begins, or another one: until the game is there, what was drawn last stays. @param {Welcome} welcome */
  arrive(welcome) {
    const { game } = welcome.match;
    this.session = null;
    this.cancelLoading();
    this.loading = new GameLoading(welcome, loadGame, {
      begin: ({ create }, early) => this.begin(welcome, create(welcome, this.view.stage), early),
      fail: (error) => {
        if (isKnown(game)) this.connection.trouble(error, "The game could not be loaded.");
        else this.connection.refuse(`This page has no game called ${game}.`);
      },
    });
  }

  /** @param {ServerMessage} message of the stay @param {number} now */
  receive(message, now) {
    if (!this.session) {
      // Without a game that is being loaded it was on its way when the stay ended.
      this.loading?.receive(message, now);
      return;
    }
    this.session.receive(message, now);
    if (message.type === "snapshot") this.connection.proved();
  }

  /** @param {Welcome} welcome @param {Game} game @param {readonly Early[]} early */
  begin(welcome, game, early) {
    const roster = new Roster(welcome);
    const session = new Session(welcome, roster, game, (bytes) => this.connection.send(bytes), {
      news: this.news,
      feed: (entry) => this.view.report(entry, session),
    });
    session.keepTime(performance.now());
    for (const { message, now } of early) session.receive(message, now);
    this.session = session;
    this.loading = null;
    if (session.watching) this.camera.arrive(roster.present);
    else this.camera.followed = null;
    this.view.begin(session, session.watching && this.camera.followed === null);
  }

  /** To be called about ten times a second, in the background too. @param {number} now */
  keepTime(now) {
    if (this.inMatch) this.session?.keepTime(now);
  }

  /** The page is hidden. */
  rest() {
    if (this.playing) this.session?.rest(this.input);
  }

  /** The page is looked at again. */
  wake() {
    this.view.sound.resume();
    if (!this.inMatch) return;
    this.session?.wake();
    this.keepTime(performance.now());
  }

  /** @param {number} now milliseconds */
  frame(now) {
    const { session } = this;
    const began = performance.now();
    if (session && this.inMatch) {
      try {
        const { view } = this.view;
        const own = this.scene?.own;
        if (view && own) this.mouseAim.update(view, { x: own.x, y: own.y }, session.game.buttons, now);
        this.scene = session.frame(now, this.input);
        if (this.scene) this.draw(session, this.scene);
      } catch (error) {
        this.connection.trouble(error, "Something in this page went wrong.");
      }
    }
    this.frames.notify(session, this.scene, this.view.view, now, performance.now() - began);
  }

  /** @param {Session} session @param {Scene} scene */
  draw(session, scene) {
    if (session.watching) this.camera.keep(session.roster.present);
    this.view.draw(session, scene, this.followed);
  }

  /** Follow another player. @param {number} step 1 for the next, -1 for the one before */
  turn(step) {
    if (this.session && this.scene) this.camera.turn(this.followable(this.session, this.scene), step);
  }

  /** Follow nobody: the whole world is shown. */
  watchAll() {
    this.camera.choose(null);
  }

  /** A press while watching. @param {{x: number, y: number}} place CSS pixels */
  press(place) {
    const { session, scene, view: { view } } = this;
    if (!session || !scene || !view) return;
    this.camera.press(toWorld(view, place), session.game.actors(scene), this.followable(session, scene));
  }

  /** @param {Session} session @param {Scene} scene @returns {number[]} the best first */
  followable(session, scene) {
    const { present } = session.roster;
    const ranked = this.view.standingsOf(session, scene).rows.map(({ player }) => player);
    return [...ranked, ...[...present].filter((player) => !ranked.includes(player))];
  }
}
