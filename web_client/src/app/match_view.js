/** Everything that a match shows: the field, and what stands around it and over it. */

import { Results, Scoreboard } from "../screens/scoreboard.js";
import { NO_INSETS, toScreen } from "../view/camera.js";
import { part, show } from "../view/dom.js";
import { FadingPanels } from "../view/fading_panels.js";
import { Feed } from "../view/feed.js";
import { FieldInsets } from "../view/field_insets.js";
import { Hints } from "../view/hints.js";
import { HudView } from "../view/hud.js";
import { Minimap } from "../view/minimap.js";
import { usePalette } from "../view/palette.js";
import { FieldView } from "./field_view.js";

/** @typedef {import("../play/contract.js").FeedEntry} FeedEntry */
/** @typedef {import("../play/contract.js").Scene} Scene */
/** @typedef {import("../play/contract.js").Standings} Standings */
/** @typedef {import("../play/input.js").Action} Action */
/** @typedef {import("./field_view.js").Shown} Shown */
/** @typedef {import("../view/preferences.js").Preferences} Preferences */

export class MatchView extends FieldView {
  /** @param {Preferences} preferences */
  constructor({ store, bindings }) {
    super(part("field", HTMLCanvasElement), part("root", HTMLElement));
    this.bindings = bindings;
    this.minimap = new Minimap(part("minimap", HTMLCanvasElement));
    this.hud = new HudView();
    this.fading = new FadingPanels(["leaders", "minimap", "feed", "vitals", "banner"].map((id) => part(id, HTMLElement)));
    const aroundTheWhole = ["clock", "leaders", "touch-menu", "open-people", "spectating", "replay", "root", "results"];
    this.insets = new FieldInsets(aroundTheWhole.map((id) => part(id, HTMLElement)));
    this.feed = new Feed();
    this.hints = new Hints(store);
    this.scoreboard = new Scoreboard();
    this.results = new Results();
    /** Of this stay: the number of the round in which it began. @type {number | null} */
    this.firstRound = null;
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
  begin(session, whole) {
    const { game, welcome, watching } = session;
    super.begin(session, whole);
    document.title = `${welcome.match.name} - game-server`;
    this.results.hide();
    this.firstRound = null;
    this.hints.begin(game, this.bindings, this.thumbs);
    show(this.hud.root, true);
    show(this.minimap.element, welcome.match.minimap);
    document.body.classList.toggle("watching", watching);
    document.body.classList.toggle("whole", whole);
  }

  /** The stay is over. */
  clear() {
    super.clear();
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
   * Whether the match ends after this round, unless people vote for more: the welcome says how many rounds are left.
   * @param {Shown} session @param {Standings} standings
   */
  isLast({ welcome }, { round }) {
    const first = (this.firstRound ??= round);
    return welcome.settings.rounds > 0 && round - first === welcome.settings.rounds - 1;
  }

  /** @param {Shown} session @param {Scene} scene @param {number | null} followed by one who watches */
  draw(session, scene, followed) {
    const { game, roster } = session;
    const whole = this.follow(session, scene, followed);
    document.body.classList.toggle("whole", whole);
    document.body.classList.add("drawn");
    const { rest, shown } = this.paint(session, scene, whole, whole ? this.insets.room(scene.now, this.canvas.size, game.world) : NO_INSETS);
    const standings = this.standingsOf(session, scene);
    const busy = this.hud.draw(game, scene, standings, scene.frozen);
    if (!whole && session.welcome.match.minimap) this.minimap.draw(game, scene, rest, busy);
    const marked = () => game.marks(scene).map((mark) => toScreen(shown, mark));
    const living = game.actors(scene).find(({ id, alive }) => id === scene.player && alive);
    this.hints.show(Boolean(living) && standings.results === null, scene.elapsed, marked);
    this.fading.update(scene.now, living ? toScreen(rest, living) : null);
    this.scoreboard.draw(game, scene, standings, roster.title);
    this.results.draw(game, scene, standings, this.isLast(session, standings));
  }
}
