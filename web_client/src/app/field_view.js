/** The field of a match on a canvas: what is seen of it and heard, and the game's own element. */

import { fitScale, look, lookAtWhole } from "../view/camera.js";
import { Canvas } from "../view/canvas.js";
import { GameRoot } from "../view/game_root.js";
import { Shake } from "../view/shake.js";
import { Sound } from "../view/sound.js";

/** @typedef {import("../play/contract.js").FeedEntry} FeedEntry */
/** @typedef {import("../play/contract.js").Scene} Scene */
/** @typedef {import("../play/contract.js").Stage} Stage */
/** @typedef {import("../play/contract.js").Standings} Standings */
/** @typedef {import("../play/contract.js").View} View */
/** @typedef {import("../play/session.js").Session} Session */
/** @typedef {Pick<Session, "game" | "roster" | "watching" | "welcome">} Shown a match that is played, or played again */
/** @typedef {import("../view/camera.js").Insets} Insets */

export class FieldView {
  /** @param {HTMLCanvasElement} canvas @param {HTMLElement} root the game's own element */
  constructor(canvas, root) {
    this.sound = new Sound();
    this.shake = new Shake();
    this.root = new GameRoot(root);
    /** @type {Stage} */
    this.stage = {
      play: (recipe, loud, pan) => {
        if (!this.quiet) this.sound.play(recipe, loud, pan);
      },
      shake: (trauma) => this.shake.add(trauma),
      names: true,
      fault: (error, text) => this.faulty(error, text),
      act: () => {},
      root: (alone) => {
        this.root.open(alone);
        return this.root.element;
      },
    };
    /** Called when the script of a game has failed. @type {(error: unknown, text: string) => void} */
    this.faulty = (error) => console.error(error);
    this.canvas = new Canvas(canvas);
    /** Of the last frame, at rest. @type {View | null} */
    this.view = null;
    this.focus = { x: 0, y: 0 };
    /** @type {{of: Scene["latest"], version: number, standings: Standings} | null} */
    this.ranked = null;
    /** Whether the player touches the screen. */
    this.thumbs = false;
    /** Whether the match makes no sounds. */
    this.quiet = false;
  }

  /** A stay begins. @param {Shown} session @param {boolean} _whole whether all of the world is shown at first */
  begin({ game }, _whole) {
    this.focus = { x: game.world.width / 2, y: game.world.height / 2 };
    this.root.close();
  }

  /** The stay is over. */
  clear() {
    this.ranked = null;
    this.root.close();
  }

  /** Let go of all that is outside of this. */
  stop() {
    this.clear();
    this.root.stop();
    this.canvas.stop();
    this.sound.stop();
  }

  /** @param {FeedEntry} _entry something has happened in the match @param {Shown} _session */
  report(_entry, _session) {}

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
   * @param {Shown} session @param {Scene} scene @param {number | null} followed by one who watches; null for the whole world
   * @returns {boolean} whether all of the world is shown
   */
  follow({ game, watching, welcome }, scene, followed) {
    const eye = watching ? followed : scene.player;
    const own = scene.own && Number.isFinite(scene.own.x) ? scene.own : null;
    if (own) this.focus = { x: own.x, y: own.y };
    if (eye === null || welcome.match.whole) {
      this.focus = { x: game.world.width / 2, y: game.world.height / 2 };
      return true;
    }
    const actor = own ? null : game.actors(scene).find(({ id, alive }) => id === eye && alive);
    if (actor) this.focus = { x: actor.x, y: actor.y };
    return false;
  }

  /** @param {Shown} session @param {Scene} scene @param {number | null} followed by one who watches */
  draw(session, scene, followed) {
    this.paint(session, scene, this.follow(session, scene, followed));
  }

  /**
   * @param {Shown} session @param {Scene} scene @param {boolean} whole whether all of the world is shown
   * @param {Insets} [insets] where the whole world does not lie
   * @returns {{rest: View, shown: View}} as it is without shaking, and as it is drawn
   */
  paint({ game, watching }, scene, whole, insets) {
    const { size, density } = this.canvas;
    const shaken = this.shake.advance(scene.elapsed);
    const rest = whole
      ? lookAtWhole(game.world, size, density, insets)
      : look(this.focus, game.world, size, fitScale(size, game.view), density, this.thumbs && !watching);
    // The player aims at the view as it is at rest.
    this.view = rest;
    const shown = { ...rest };
    for (const side of /** @type {const} */ (["left", "right", "x"])) shown[side] += shaken.x / rest.scale;
    for (const side of /** @type {const} */ (["top", "bottom", "y"])) shown[side] += shaken.y / rest.scale;
    game.draw(this.canvas.begin(shown), scene, shown);
    return { rest, shown };
  }
}
