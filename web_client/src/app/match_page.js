/** The page in a match: the connection's messages to a session, and a session's scenes to the views, once a frame. */

import { isKnown, loadGame } from "../games/index.js";
import { Roster } from "../lobby/roster.js";
import { GameLoading } from "../play/game_loading.js";
import { aimOf } from "../play/input.js";
import { Session } from "../play/session.js";
import { SpectatorCamera } from "../play/spectator_camera.js";
import { Results, Scoreboard } from "../screens/scoreboard.js";
import { fitScale, look, lookAtWhole, toScreen, toWorld } from "../view/camera.js";
import { Canvas } from "../view/canvas.js";
import { FadingPanels } from "../view/fading_panels.js";
import { part, show } from "../view/dom.js";
import { Feed } from "../view/feed.js";
import { Hints } from "../view/hints.js";
import { HudView } from "../view/hud.js";
import { Minimap } from "../view/minimap.js";
import { NetGraph } from "../debug/netgraph.js";
import { usePalette } from "../view/palette.js";
import { FieldInsets } from "../view/field_insets.js";
import { Shake } from "../view/shake.js";
import { Sound } from "../view/sound.js";

/** @typedef {import("../play/contract.js").Game} Game */
/** @typedef {import("../play/contract.js").Scene} Scene */
/** @typedef {import("../play/contract.js").Standings} Standings */
/** @typedef {import("../debug/instruments.js").Instruments} Instruments */
/** @typedef {import("../net/connection.js").Connection} Connection */
/** @typedef {import("../net/connection.js").Status} Status */
/** @typedef {import("../net/protocol.js").ServerMessage} ServerMessage */
/** @typedef {import("../net/read_match.js").Welcome} Welcome */
/** @typedef {import("../play/contract.js").Stage} Stage */
/** @typedef {import("../play/game_loading.js").Early} Early */
/** @typedef {import("../play/input.js").Input} Input */
/** @typedef {import("../view/preferences.js").Preferences} Preferences */
/** @typedef {import("../view/camera.js").View} View */

const OF_THE_MATCH = new Set(["snapshot", "events", "pong"]);
/**
 * Milliseconds after the last move of the mouse or held button from which on the aim stays as it is: a ship that is
 * moved by others under a mouse that lies still would look to the server as if somebody was there.
 */
const AIM_RESTS = 5000;

export class MatchPage {
  /**
   * @param {Connection} connection @param {Input} input @param {Instruments} instruments @param {Preferences} settings
   * @param {(text: string) => void} news what there is to be told of the people in the match
   */
  constructor(connection, input, instruments, settings, news) {
    this.connection = connection;
    this.input = input;
    this.instruments = instruments;
    this.news = news;
    this.sound = new Sound();
    this.shake = new Shake();
    /** @type {Stage} */
    this.stage = {
      play: (recipe, loud, pan) => this.sound.play(recipe, loud, pan),
      shake: (trauma) => this.shake.add(trauma),
      names: true,
    };
    this.canvas = new Canvas(part("field", HTMLCanvasElement));
    this.minimap = new Minimap(part("minimap", HTMLCanvasElement));
    this.netGraph = new NetGraph(part("netgraph", HTMLElement));
    this.hud = new HudView();
    this.clearance = new FadingPanels(["leaders", "minimap", "feed", "vitals", "banner"].map((id) => part(id, HTMLElement)));
    const aroundTheWhole = ["clock", "leaders", "touch-menu", "open-people", "spectating"];
    this.panels = new FieldInsets(aroundTheWhole.map((id) => part(id, HTMLElement)));
    this.feed = new Feed();
    this.hints = new Hints(settings.store);
    this.bindings = settings.bindings;
    input.listen((action) => this.hints.used(action));
    this.scoreboard = new Scoreboard();
    this.results = new Results();
    this.eye = new SpectatorCamera((bytes) => connection.send(bytes));
    /** @type {Session | null} */
    this.session = null;
    /** @type {GameLoading | null} of a stay whose game is being loaded */
    this.arrival = null;
    /** @type {Scene | null} */
    this.scene = null;
    /** @type {View | null} */
    this.view = null;
    this.focus = { x: 0, y: 0 };
    /** Where the mouse pointed in the last frame. @type {Input["pointer"]} */
    this.pointed = null;
    /** When it was moved last, or a button held, in local milliseconds. */
    this.aimedAt = 0;
    /** @type {{of: Scene["latest"], version: number, standings: Standings} | null} */
    this.ranked = null;
    /** Of this stay: the number of the round in which it began. @type {number | null} */
    this.firstRound = null;
    /** Whether the player touches the screen. */
    this.thumbs = false;
    settings.listen((current) => this.suit(current));
  }

  /** @param {Preferences} settings */
  suit({ volume, muted, shake, names, palette }) {
    this.sound.set(muted ? 0 : volume);
    this.shake.strength = shake ? 1 : 0;
    this.stage.names = names;
    usePalette(palette);
    this.hud.forget();
    this.scoreboard.forget();
    this.results.forget();
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

  /** @param {Status} status */
  status({ state }) {
    if (state === "connecting") this.scoreboard.hide();
    if (state !== "playing" && state !== "watching") this.cancelArrival();
    if (state === "nickname" || state === "lobby" || state === "unplayable") this.clear();
  }

  cancelArrival() {
    this.arrival?.cancel();
    this.arrival = null;
  }

  clear() {
    this.session = null;
    this.scene = null;
    this.ranked = null;
    this.eye.followed = null;
    this.results.hide();
    this.scoreboard.hide();
    this.feed.clear();
    this.input.releaseAll();
    show(this.hud.root, false);
    document.body.classList.remove("drawn", "watching", "whole");
    document.title = "game-server";
  }

  /** @param {ServerMessage} message @param {number} now */
  receive(message, now) {
    if (message.type === "welcome") {
      this.session = null;
      this.arrive(message);
      return;
    }
    if (!OF_THE_MATCH.has(message.type)) return;
    if (!this.session) {
      // Without an arrival it was on its way when the stay ended.
      this.arrival?.receive(message, now);
      return;
    }
    if (message.type === "snapshot") this.netGraph.arrive(now);
    this.session.receive(message, now);
    if (message.type === "snapshot") this.connection.proved();
  }

  /** A stay begins, or begins anew: until the game is there, what was drawn last stays. @param {Welcome} welcome */
  arrive(welcome) {
    const { game } = welcome.match;
    this.cancelArrival();
    this.arrival = new GameLoading(welcome, loadGame, {
      begin: ({ create }, early) => this.begin(welcome, create(welcome, this.stage), early),
      fail: (error) => {
        if (isKnown(game)) this.connection.trouble(error, "The game could not be loaded.");
        else this.connection.refuse(`This page has no game called ${game}.`);
      },
    });
  }

  /** @param {Welcome} welcome @param {Game} game @param {readonly Early[]} early */
  begin(welcome, game, early) {
    const roster = new Roster(welcome);
    const session = new Session(welcome, roster, game, (bytes) => this.connection.send(bytes), {
      news: this.news,
      feed: (entry) => this.feed.add(entry, game, roster.members, welcome.player),
    });
    const now = performance.now();
    session.keepTime(now);
    for (const { message, now: at } of early) session.receive(message, at);
    this.focus = { x: game.world.width / 2, y: game.world.height / 2 };
    this.session = session;
    this.arrival = null;
    if (session.watching) this.eye.arrive(roster.present);
    else this.eye.followed = null;
    document.title = `${welcome.match.name} - game-server`;
    this.results.hide();
    this.firstRound = null;
    this.hints.begin(this.bindings, this.thumbs);
    show(this.hud.root, true);
    document.body.classList.toggle("watching", session.watching);
    document.body.classList.toggle("whole", session.watching && this.eye.followed === null);
  }

  /** To be called about ten times a second, in the background too. @param {number} now */
  keepTime(now) {
    if (this.inMatch) this.session?.keepTime(now);
  }

  rest() {
    if (this.playing) this.session?.rest(this.input);
  }

  /** The page is looked at again. */
  wake() {
    this.sound.resume();
    if (!this.inMatch) return;
    this.session?.wake();
    this.keepTime(performance.now());
  }

  /** @param {number} now milliseconds */
  frame(now) {
    const session = this.session;
    const began = performance.now();
    if (session && this.inMatch) {
      try {
        this.aim(session, now);
        this.scene = session.frame(now, this.input);
        if (this.scene) this.draw(session, this.scene);
      } catch (error) {
        this.connection.trouble(error, "Something in this page went wrong.");
      }
    }
    this.instruments.frame(session, this.scene, this.view, now, performance.now() - began);
  }

  /** @param {Session} session @param {number} now */
  aim({ game }, now) {
    const { pointer } = this.input;
    const own = this.scene?.own;
    if (!pointer || !own || !this.view) return;
    if (pointer !== this.pointed || this.input.bits(game.buttons)) this.aimedAt = now;
    this.pointed = pointer;
    if (now - this.aimedAt > AIM_RESTS) return;
    const at = toScreen(this.view, { x: own.x, y: own.y });
    this.input.aim = aimOf(pointer.x - at.x, pointer.y - at.y);
  }

  /** @param {number} step 1 for the next player, -1 for the one before */
  turn(step) {
    if (this.session && this.scene) this.eye.turn(this.followable(this.session, this.scene), step);
  }

  /** @param {{x: number, y: number}} place CSS pixels, of a press while watching */
  press(place) {
    const { session, scene, view } = this;
    if (!session || !scene || !view) return;
    this.eye.press(toWorld(view, place), session.game.actors(scene), this.followable(session, scene));
  }

  /**
   * Made once for each snapshot, and when somebody has come or gone: nothing else changes them.
   * @param {Session} session @param {Scene} scene @returns {Standings}
   */
  standingsOf({ game, roster }, scene) {
    const { ranked } = this;
    if (ranked?.of !== scene.latest || ranked.version !== roster.version) {
      this.ranked = { of: scene.latest, version: roster.version, standings: game.standings(scene, roster.present) };
    }
    return /** @type {NonNullable<MatchPage["ranked"]>} */ (this.ranked).standings;
  }

  /**
   * Whether the match ends after this round, unless people vote for more: the welcome tells how many rounds are left.
   * @param {Session} session @param {Standings} standings
   */
  isLast({ welcome }, { round }) {
    const first = (this.firstRound ??= round);
    return welcome.settings.rounds > 0 && round - first === welcome.settings.rounds - 1;
  }

  /** @param {Session} session @param {Scene} scene @returns {number[]} the best first */
  followable(session, scene) {
    const { present } = session.roster;
    const ranked = this.standingsOf(session, scene).rows.map(({ player }) => player);
    return [...ranked, ...[...present].filter((player) => !ranked.includes(player))];
  }

  /** @param {Session} session @param {Scene} scene @returns {boolean} whether all of the world is shown */
  follow({ game, roster, watching }, scene) {
    if (scene.own) this.focus = { x: scene.own.x, y: scene.own.y };
    if (!watching) return false;
    this.eye.keep(roster.present);
    const { followed } = this.eye;
    if (followed === null) {
      this.focus = { x: game.world.width / 2, y: game.world.height / 2 };
      return true;
    }
    const actor = game.actors(scene).find(({ id, alive }) => id === followed && alive);
    if (actor) this.focus = { x: actor.x, y: actor.y };
    return false;
  }

  /** @param {Session} session @param {Scene} scene */
  draw(session, scene) {
    const { game, roster } = session;
    const { size, density } = this.canvas;
    const whole = this.follow(session, scene);
    document.body.classList.toggle("whole", whole);
    document.body.classList.add("drawn");
    const shaken = this.shake.advance(scene.elapsed);
    // The player aims at the view as it is at rest.
    this.view = whole
      ? lookAtWhole(game.world, size, density, this.panels.room(scene.now, size, game.world))
      : look(this.focus, game.world, size, fitScale(size, game.view), density, this.thumbs && !session.watching);
    const { scale } = this.view;
    const view = { ...this.view };
    for (const side of /** @type {const} */ (["left", "right", "x"])) view[side] += shaken.x / scale;
    for (const side of /** @type {const} */ (["top", "bottom", "y"])) view[side] += shaken.y / scale;
    game.draw(this.canvas.begin(view), scene, view);
    const standings = this.standingsOf(session, scene);
    const busy = this.hud.draw(game, scene, standings, scene.frozen);
    if (!whole) this.minimap.draw(game, scene, this.view, busy);
    this.hints.show(Boolean(scene.own?.alive) && standings.results === null, scene.elapsed);
    this.clearance.update(scene.now, scene.own?.alive ? toScreen(this.view, this.focus) : null);
    this.scoreboard.draw(game, scene, standings, roster.title);
    this.results.draw(game, scene, standings, this.isLast(session, standings));
    this.netGraph.draw(scene.now, () => this.instruments.stats, scene.tickRate);
  }
}
