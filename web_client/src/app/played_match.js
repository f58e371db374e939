/** A match in a page: one stay after the other, each from its welcome to its end, and a scene a frame. */

import { UnplayableGame } from "../games/index.js";
import { Roster } from "../lobby/roster.js";
import { act } from "../net/requests.js";
import { Subscribers, stopAll } from "../net/subscribers.js";
import { GameLoading } from "../play/game_loading.js";
import { Session } from "../play/session.js";
import { SpectatorCamera } from "../play/spectator_camera.js";
import { toWorld } from "../view/camera.js";
import { MouseAim } from "../view/mouse_aim.js";

/** @typedef {import("../net/connection.js").Connection} Connection */
/** @typedef {import("../net/connection.js").Status} Status */
/** @typedef {import("../net/dispatcher.js").Dispatcher} Dispatcher */
/** @typedef {import("../net/protocol.js").ServerMessage} ServerMessage */
/** @typedef {import("../net/read_match.js").Welcome} Welcome */
/** @typedef {import("../net/subscribers.js").Stop} Stop */
/** @typedef {import("../play/contract.js").Game} Game */
/** @typedef {import("../play/contract.js").GameModule} GameModule */
/** @typedef {import("../play/contract.js").Rules} Rules */
/** @typedef {import("../play/contract.js").Scene} Scene */
/** @typedef {import("../play/contract.js").View} View */
/** @typedef {import("../play/game_loading.js").Early} Early */
/** @typedef {import("../play/input.js").Input} Input */
/** @typedef {import("./field_view.js").FieldView} FieldView */
/** @typedef {[session: Session | null, scene: Scene | null, view: View | null, now: number, work: number]} Frame `work`: milliseconds */

/**
 * @typedef {object} Around a match
 * @property {(text: string) => void} news of the people in the match
 * @property {(game: string) => Promise<GameModule & {rules?: Rules}>} load
 * @property {(module: GameModule, game: string) => void} [loaded] the game has been loaded, and the stay has begun
 */

/** @template {FieldView} [Field=FieldView] */
export class PlayedMatch {
  /** @param {Connection} connection @param {Input} input @param {Field} view @param {Around} around */
  constructor(connection, input, view, { news, load, loaded = () => {} }) {
    this.connection = connection;
    this.input = input;
    this.view = view;
    this.news = news;
    this.load = load;
    this.loaded = loaded;
    this.view.stage.act = (number, values) => {
      if (this.playing) connection.send(act(number, values));
    };
    this.camera = new SpectatorCamera((bytes) => connection.send(bytes));
    this.mouseAim = new MouseAim(input);
    // What is held goes up unseen while the keyboard is somewhere else.
    const { element, listening: { signal } } = view.root;
    element.addEventListener("focusin", () => input.releaseAll(), { signal });
    /** Called after each frame. @type {Subscribers<Frame>} */
    this.frames = new Subscribers();
    /** Called with the game of each stay. @type {Subscribers<[game: Game]>} */
    this.begun = new Subscribers();
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

  /** The player whom one who watches follows; null for the whole world. */
  get followed() {
    return this.camera.followed;
  }

  /** The player has touched something, so that browsers allow sound. */
  unlockSound() {
    this.view.sound.unlock();
  }

  /** @param {Status} status */
  changed({ state }) {
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
    this.session = null;
    this.cancelLoading();
    this.loading = new GameLoading(welcome, this.load, {
      begin: (module, early) => {
        this.begin(welcome, module.create(welcome, this.view.stage, module.rules), early);
        this.loaded(module, welcome.match.game);
      },
      fail: (error) => {
        if (error instanceof UnplayableGame) this.connection.refuse(error.message);
        else this.connection.trouble(error, "The game could not be loaded.");
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
    this.input.place = null;
    this.begun.notify(game);
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
        this.point(session, now);
        this.scene = session.frame(now, this.input);
        // What an event was reported to may have ended the stay.
        if (this.scene && this.session === session) this.draw(session, this.scene);
      } catch (error) {
        this.connection.trouble(error, "Something in this page went wrong.");
      }
    }
    this.frames.notify(session, this.scene, this.view.view, now, performance.now() - began);
  }

  /** Take in where the mouse, or a finger, is. @param {Session} session @param {number} now */
  point({ game }, now) {
    const { input, scene, view: { view } } = this;
    if (!view || !scene || !input.pointer) return;
    input.place = toWorld(view, input.pointer);
    if (!game.aims || !scene.own) return;
    const shown = Number.isFinite(scene.own.x) ? scene.own : game.actors(scene).find(({ id }) => id === scene.player);
    if (shown) this.mouseAim.update(view, { x: shown.x, y: shown.y }, game.buttons, now);
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

  /** A press on the field: of one who watches, on somebody to follow. @param {{x: number, y: number}} place CSS pixels */
  press(place) {
    const { session, scene, view: { view } } = this;
    if (!session || !scene || !view) return;
    if (this.playing) {
      session.game.clicked?.(toWorld(view, place), scene);
      return;
    }
    this.camera.press(toWorld(view, place), session.game.actors(scene), this.followable(session, scene));
  }

  /** @param {Session} session @param {Scene} scene @returns {number[]} the best first */
  followable(session, scene) {
    const { present } = session.roster;
    const ranked = this.view.standingsOf(session, scene).rows.map(({ player }) => player);
    return [...ranked, ...[...present].filter((player) => !ranked.includes(player))];
  }
}
