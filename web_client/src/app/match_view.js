/** Everything that a match shows: the field, and what stands around it and over it. */

import { Results, Scoreboard } from "../screens/scoreboard.js";
import { fitScale, look, lookAtWhole, toScreen } from "../view/camera.js";
import { Canvas } from "../view/canvas.js";
import { part, show } from "../view/dom.js";
import { FadingPanels } from "../view/fading_panels.js";
import { Feed } from "../view/feed.js";
import { FieldInsets } from "../view/field_insets.js";
import { Hints } from "../view/hints.js";
import { HudView } from "../view/hud.js";
import { Minimap } from "../view/minimap.js";
import { usePalette } from "../view/palette.js";
import { Shake } from "../view/shake.js";
import { Sound } from "../view/sound.js";

/** @typedef {import("../play/contract.js").FeedEntry} FeedEntry */
/** @typedef {import("../play/contract.js").Scene} Scene */
/** @typedef {import("../play/contract.js").Stage} Stage */
/** @typedef {import("../play/contract.js").Standings} Standings */
/** @typedef {import("../play/contract.js").View} View */
/** @typedef {import("../play/input.js").Action} Action */
/** @typedef {import("../play/session.js").Session} Session */
/** @typedef {Pick<Session, "game" | "roster" | "watching" | "welcome">} Shown a match that is played, or played again */
/** @typedef {import("../view/preferences.js").Preferences} Preferences */

export class MatchView {
  /** @param {Preferences} preferences */
  constructor({ store, bindings }) {
    this.bindings = bindings;
    this.sound = new Sound();
    this.shake = new Shake();
    /** @type {Stage} */
    this.stage = {
      play: (recipe, loud, pan) => {
        if (!this.quiet) this.sound.play(recipe, loud, pan);
      },
      shake: (trauma) => this.shake.add(trauma),
      names: true,
    };
    this.canvas = new Canvas(part("field", HTMLCanvasElement));
    this.minimap = new Minimap(part("minimap", HTMLCanvasElement));
    this.hud = new HudView();
    this.fading = new FadingPanels(["leaders", "minimap", "feed", "vitals", "banner"].map((id) => part(id, HTMLElement)));
    const aroundTheWhole = ["clock", "leaders", "touch-menu", "open-people", "spectating", "replay"];
    this.insets = new FieldInsets(aroundTheWhole.map((id) => part(id, HTMLElement)));
    this.feed = new Feed();
    this.hints = new Hints(store);
    this.scoreboard = new Scoreboard();
    this.results = new Results();
    /** Of the last frame, at rest. @type {View | null} */
    this.view = null;
    this.focus = { x: 0, y: 0 };
    /** @type {{of: Scene["latest"], version: number, standings: Standings} | null} */
    this.ranked = null;
    /** Of this stay: the number of the round in which it began. @type {number | null} */
    this.firstRound = null;
    /** Whether the player touches the screen. */
    this.thumbs = false;
    /** Whether the match makes no sounds. */
    this.quiet = false;
  }

  /** Follow what the player prefers. @param {Preferences} preferences */
  suit({ volume, muted, shake, names, palette }) {
    this.sound.set(muted ? 0 : volume);
    this.shake.strength = shake ? 1 : 0;
    this.stage.names = names;
    usePalette(palette);
    this.hud.forget();
    this.scoreboard.forget();
    this.results.forget();
  }

  /** A stay begins. @param {Shown} session @param {boolean} whole whether all of the world is shown at first */
  begin({ game, welcome, watching }, whole) {
    this.focus = { x: game.world.width / 2, y: game.world.height / 2 };
    document.title = `${welcome.match.name} - game-server`;
    this.results.hide();
    this.firstRound = null;
    this.hints.begin(this.bindings, this.thumbs);
    show(this.hud.root, true);
    document.body.classList.toggle("watching", watching);
    document.body.classList.toggle("whole", whole);
  }

  /** The stay is over. */
  clear() {
    this.ranked = null;
    this.results.hide();
    this.scoreboard.hide();
    this.feed.clear();
    show(this.hud.root, false);
    document.body.classList.remove("drawn", "watching", "whole");
    document.title = "game-server";
  }

  /** An action was used for the first time, perhaps. @param {Action} action */
  used(action) {
    this.hints.used(action);
  }

  /** @param {FeedEntry} entry @param {Shown} session */
  report(entry, { game, roster, welcome }) {
    this.feed.add(entry, game, roster.members, welcome.player);
  }

  /**
   * Made once for each snapshot, and when somebody has come or gone: nothing else changes them.
   * @param {Shown} session @param {Scene} scene @returns {Standings}
   */
  standingsOf({ game, roster }, scene) {
    if (this.ranked?.of !== scene.latest || this.ranked.version !== roster.version) {
      this.ranked = { of: scene.latest, version: roster.version, standings: game.standings(scene, roster.present) };
    }
    return this.ranked.standings;
  }

  /**
   * Whether the match ends after this round, unless people vote for more: the welcome says how many rounds are left.
   * @param {Shown} session @param {Standings} standings
   */
  isLast({ welcome }, { round }) {
    const first = (this.firstRound ??= round);
    return welcome.settings.rounds > 0 && round - first === welcome.settings.rounds - 1;
  }

  /**
   * @param {Shown} session @param {Scene} scene @param {number | null} followed by one who watches; null for the whole world
   * @returns {boolean} whether all of the world is shown
   */
  follow({ game, watching }, scene, followed) {
    if (scene.own) this.focus = { x: scene.own.x, y: scene.own.y };
    if (!watching) return false;
    if (followed === null) {
      this.focus = { x: game.world.width / 2, y: game.world.height / 2 };
      return true;
    }
    const actor = game.actors(scene).find(({ id, alive }) => id === followed && alive);
    if (actor) this.focus = { x: actor.x, y: actor.y };
    return false;
  }

  /** @param {Shown} session @param {Scene} scene @param {number | null} followed by one who watches */
  draw(session, scene, followed) {
    const { game, roster } = session;
    const { size, density } = this.canvas;
    const whole = this.follow(session, scene, followed);
    document.body.classList.toggle("whole", whole);
    document.body.classList.add("drawn");
    const shaken = this.shake.advance(scene.elapsed);
    // The player aims at the view as it is at rest.
    this.view = whole
      ? lookAtWhole(game.world, size, density, this.insets.room(scene.now, size, game.world))
      : look(this.focus, game.world, size, fitScale(size, game.view), density, this.thumbs && !session.watching);
    const { scale } = this.view;
    const view = { ...this.view };
    for (const side of /** @type {const} */ (["left", "right", "x"])) view[side] += shaken.x / scale;
    for (const side of /** @type {const} */ (["top", "bottom", "y"])) view[side] += shaken.y / scale;
    game.draw(this.canvas.begin(view), scene, view);
    const standings = this.standingsOf(session, scene);
    const busy = this.hud.draw(game, scene, standings, scene.frozen);
    if (!whole) this.minimap.draw(game, scene, this.view, busy);
    const marked = () => game.marks(scene).map((mark) => toScreen(view, mark));
    this.hints.show(Boolean(scene.own?.alive) && standings.results === null, scene.elapsed, marked);
    this.fading.update(scene.now, scene.own?.alive ? toScreen(this.view, this.focus) : null);
    this.scoreboard.draw(game, scene, standings, roster.title);
    this.results.draw(game, scene, standings, this.isLast(session, standings));
  }
}
