/** A match on a canvas of somebody else's page, played as on ours, but without lobby, menus and style sheet. */

import { loadGame } from "../games/index.js";
import { Connection } from "../net/connection.js";
import { Dispatcher } from "../net/dispatcher.js";
import { toJoin } from "../net/intents.js";
import { serverAddress } from "../net/server_socket.js";
import { SessionToken } from "../net/session_token.js";
import { Subscribers } from "../net/subscribers.js";
import { TabKey } from "../net/tab_key.js";
import { Gamepad } from "../play/gamepad.js";
import { Input, placeOn } from "../play/input.js";
import { listenToKeyboardAndMouse } from "../play/keyboard_and_mouse.js";
import { make } from "../view/dom.js";
import { Preferences } from "../view/preferences.js";
import { Touch } from "../view/touch.js";
import { BackgroundTimer } from "./background_timer.js";
import { FieldView } from "./field_view.js";
import { PageLifecycle } from "./page_lifecycle.js";
import { PlayedMatch } from "./played_match.js";

/** @typedef {import("../games/declared/look.js").Look} Look */
/** @typedef {import("../net/connection.js").Status} Status */
/** @typedef {import("../play/contract.js").FeedEntry} FeedEntry */
/** @typedef {import("../play/contract.js").Game} Game */
/** @typedef {import("../play/contract.js").Hud} Hud */
/** @typedef {import("../play/contract.js").Standings} Standings */
/** @typedef {import("./field_view.js").Shown} Shown */

/**
 * @typedef {object} Wanted
 * @property {HTMLCanvasElement} canvas with a size by CSS
 * @property {HTMLElement} [root] for the buttons and texts of games that have a `root`; it is emptied
 * @property {string} [server] as `https://play.example`; may be left out if this module comes from there
 * @property {string} [match] its code; empty for any match that has a seat
 * @property {string} [password] of the match
 * @property {string} [nickname] the server changes one that is taken
 */

/** @typedef {"connecting" | "playing" | "watching" | "lost" | "closed"} State "lost": the connection, which is tried again */

/**
 * @typedef {object} Happenings what handlers get
 * @property {{code: string, name: string, nickname: string, player: number, again: boolean}} joined the match can be seen;
 *   `code` and `name` are its own, `again` after a lost connection
 * @property {{reason: string}} lost the connection, which is tried again by itself
 * @property {{reason: string}} closed it is over
 * @property {{text: string}} news of the people in the match, and lines of the game's events
 * @property {{error: unknown, text: string}} fault of the game's script, or of this one; the match goes on if it can
 */

/** @type {readonly (keyof Happenings)[]} */
const HAPPENINGS = ["joined", "lost", "closed", "news", "fault"];
/** After these the connection does nothing more by itself. */
const FINAL = new Set(["nickname", "version", "removed", "replaced", "broken", "unplayable"]);
const LOST = new Set(["lost", "stopped"]);
/** What background_worker.js does: a page of another origin may not run a worker of ours. */
const WORKER = "data:text/javascript,setInterval(() => postMessage(null), 1000)";
const FALLBACK = "It is over.";

/** Places in the storage of the tab that have a canvas now: another canvas must not take its seat. @type {Set<string>} */
const placesInUse = new Set();

/**
 * Play a match on a canvas.
 *
 * @param {Wanted} wanted
 * @returns {EmbeddedMatch}
 * @throws {TypeError} something wanted is of another kind
 */
export function connect({ canvas, root = make("div"), server = import.meta.url, match = "", password = "", nickname = "" }) {
  if (!(canvas instanceof HTMLCanvasElement)) throw new TypeError(`canvas is ${canvas}; it is a <canvas> of the page`);
  if (!(root instanceof HTMLElement)) throw new TypeError(`root is ${root}; it is an element of the page, for the game's own buttons and texts`);
  return new EmbeddedMatch(canvas, root, originOf(server), nickname, toJoin(match, password));
}

export class EmbeddedMatch {
  #canvas;
  #server;
  #connection;
  #match;
  #input = new Input();
  #preferences = new Preferences(null, matchMedia("(prefers-reduced-motion: reduce)").matches);
  #listening = new AbortController();
  /** @type {Map<string, Subscribers<[happening: any]>>} */
  #handlers = new Map(HAPPENINGS.map((type) => [type, new Subscribers()]));
  /** What ends with this. @type {(() => void)[]} */
  #ends;
  /** The code of the match that was joined; empty before. */
  #code = "";
  #lost = false;
  #closed = false;

  /**
   * @param {HTMLCanvasElement} canvas @param {HTMLElement} root @param {URL} server @param {string} nickname
   * @param {import("../net/intents.js").Intent} intent
   */
  constructor(canvas, root, server, nickname, intent) {
    this.#canvas = canvas;
    this.#server = server;
    const restore = prepare(canvas);
    const { signal } = this.#listening;
    const seat = seatInTab(`${server.origin} ${canvas.id} `);
    const key = new TabKey(seat.store);
    addEventListener("pagehide", () => key.putBack(), { signal });
    addEventListener("pageshow", () => key.take(), { signal });
    const messages = new Dispatcher();
    const connection = new Connection(serverAddress(server), messages, {
      token: new SessionToken(seat.store), key, hidden: () => document.hidden,
    });
    this.#connection = connection;
    const view = new FieldView(canvas, root);
    view.faulty = (error, text) => this.#fault(error, text);
    view.report = (entry, session) => this.#happen("news", { text: lineOf(entry, session) });
    const match = new PlayedMatch(connection, this.#input, view, {
      news: (text) => this.#happen("news", { text }),
      load: (game) => loadGame(game, `${server.origin}/`),
    });
    this.#match = match;
    const stopControls = this.#control(match);
    const backgroundTimer = new BackgroundTimer(WORKER, () => connection.watch(), (address) => new Worker(address));
    const lifecycle = new PageLifecycle(connection, match, [match], backgroundTimer);
    this.#ends = [
      () => lifecycle.stop(), () => match.stop(), stopControls, () => view.stop(), () => this.#listening.abort(), restore, seat.leave,
    ];
    this.#preferences.listen(({ volume, shake }) => {
      view.sound.set(volume);
      view.shake.strength = shake ? 1 : 0;
    });
    match.start(messages);
    match.begun.add((game) => this.#begun(game));
    messages.on("status", (status) => this.#changed(status));
    for (const type of /** @type {const} */ (["home", "refused"])) {
      // Out of the match: there is no lobby to go to.
      messages.on(type, ({ text }) => {
        if (connection.status.state === "lobby") this.#end(text);
      });
    }
    messages.on("fault", (error) => this.#fault(error, "A message could not be read, or the page has failed."));
    lifecycle.start();
    try {
      connection.enter(nickname, intent);
    } catch (error) {
      this.#end("");
      throw error;
    }
  }

  /** @returns {State} */
  get state() {
    if (this.#closed) return "closed";
    if (this.#match.playing) return "playing";
    if (this.#match.watching) return "watching";
    return this.#lost ? "lost" : "connecting";
  }

  /** The code of the match, by which friends come in; empty before it is joined. */
  get code() {
    return this.#code;
  }

  /**
   * What is to be seen now, as the game's own `draw` gets it; null while nothing is, and for games that are not of
   * declarations.
   * @returns {Look | null}
   */
  get look() {
    const { session, scene } = this.#match;
    return session && scene ? /** @type {Look | null} */ (session.game.look?.(scene) ?? null) : null;
  }

  /** A function for each command of the game; none before the match is joined. */
  get send() {
    return this.#match.session?.game.send ?? {};
  }

  /** What our page shows around the field: clock, banner, meter, gauges; null while there is nothing. @returns {Hud | null} */
  get hud() {
    const { session, scene } = this.#match;
    return session && scene ? session.game.hud(scene) : null;
  }

  /** @returns {Standings | null} null while there are none */
  get standings() {
    const { session, scene, view } = this.#match;
    return session && scene ? view.standingsOf(session, scene) : null;
  }

  /** 0 to 1 */
  get volume() {
    return this.#preferences.volume;
  }

  set volume(volume) {
    this.#preferences.volume = Math.max(0, Math.min(1, volume));
    this.#preferences.changed();
  }

  /**
   * @template {keyof Happenings} Type
   * @param {Type} type @param {(happening: Happenings[Type]) => void} handler what it throws is reported to the page
   * @returns {() => void} ends the subscription
   * @throws {TypeError} nothing of that name happens
   */
  on(type, handler) {
    const subscribers = this.#handlers.get(type);
    if (!subscribers) throw new TypeError(`on(${JSON.stringify(type)}): there is ${HAPPENINGS.join(", ")}`);
    return subscribers.add((happening) => {
      try {
        handler(happening);
      } catch (error) {
        reportError(error);
      }
    });
  }

  /** Press or let go of something of the game's inputs, for buttons of the page's own. @param {string} action @param {boolean} held */
  hold(action, held) {
    if (this.#match.playing) this.#input.hold(action, "page", held);
  }

  /** Leave the match, and let go of canvas and root. A second call does nothing. */
  close() {
    this.#end("You have left.");
  }

  /** @param {PlayedMatch} match @returns {() => void} ends it */
  #control(match) {
    const [canvas, input, { bindings }] = [this.#canvas, this.#input, this.#preferences];
    const { signal } = this.#listening;
    const focused = () => match.playing && /** @type {Document | ShadowRoot} */ (canvas.getRootNode()).activeElement === canvas;
    // Before the listeners of the game: the first press is for it, too.
    canvas.addEventListener("pointerdown", (event) => {
      canvas.focus({ preventScroll: true });
      if (event.pointerType !== "touch" && match.inMatch) match.press(placeOn(canvas, event));
    }, { signal });
    canvas.addEventListener("blur", () => input.releaseAll(), { signal });
    canvas.addEventListener("wheel", (event) => {
      // A game that uses the wheel has it while it has the keyboard; otherwise the page scrolls.
      if (focused() && !event.ctrlKey && bindings.controlOf("WheelUp") !== null) event.preventDefault();
    }, { signal, passive: false });
    const stopKeys = listenToKeyboardAndMouse(input, bindings, canvas, focused);
    const stick = () => make("div", "", [make("i")]);
    const touch = new Touch(input, () => {
      match.view.thumbs = true;
    }, (place) => match.press(place), { root: canvas, moving: stick(), aiming: stick(), buttons: make("div"), covers: false });
    match.view.thumbs = touch.used;
    const gamepad = new Gamepad(input, bindings, focused, () => false);
    gamepad.size = () => match.view.canvas.size;
    match.frames.add((_session, _scene, _view, now) => gamepad.poll(now));
    match.begun.add((game) => {
      touch.suit(game);
      gamepad.points = game.points ?? false;
    });
    return () => {
      stopKeys();
      touch.stop();
    };
  }

  /** @param {Game} game of a stay */
  #begun({ controls }) {
    this.#preferences.suit(controls);
    const { session } = this.#match;
    if (!session) return;
    const { match: { id: code, name }, nickname, player } = session.welcome;
    const again = this.#code === code;
    this.#code = code;
    this.#lost = false;
    this.#happen("joined", { code, name, nickname, player, again });
  }

  /** @param {Status} status */
  #changed({ state, reason }) {
    if (FINAL.has(state)) this.#end(reason);
    if (!LOST.has(state) || this.#lost) return;
    this.#lost = true;
    // A refused handshake looks to a page like a server that is not there.
    const unknown = `${this.#server.origin} cannot be reached, or lets no page of ${location.origin} connect: its host does so with --origin ${location.origin}`;
    this.#happen("lost", { reason: reason || (this.#code ? "The connection is lost." : unknown) });
  }

  /** @param {unknown} error @param {string} text */
  #fault(error, text) {
    console.error(error);
    this.#happen("fault", { error, text });
  }

  /** @param {string} reason */
  #end(reason) {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection.quit();
    for (const end of this.#ends) end();
    this.#happen("closed", { reason: reason || FALLBACK });
  }

  /** @template {keyof Happenings} Type @param {Type} type @param {Happenings[Type]} happening */
  #happen(type, happening) {
    this.#handlers.get(type)?.notify(happening);
  }
}

/** @param {string} server @returns {URL} @throws {TypeError} it is none */
function originOf(server) {
  try {
    const url = new URL(server);
    if (url.protocol === "http:" || url.protocol === "https:") return url;
  } catch {
    // It is no address at all.
  }
  throw new TypeError(`server is ${JSON.stringify(server)}; it is the address of a game server, like "https://play.example"`);
}

/** @param {HTMLCanvasElement} canvas made fit for keys and fingers @returns {() => void} makes it what it was */
function prepare(canvas) {
  const { tabIndex, style: { cssText } } = canvas;
  const hadTabIndex = canvas.hasAttribute("tabindex");
  if (!hadTabIndex) canvas.tabIndex = 0;
  canvas.style.touchAction = "none";
  // Without a size by CSS the element would grow with its pixels, of which it has as many as the screen.
  const { clientWidth, clientHeight, width } = canvas;
  canvas.width = width + 1;
  if (canvas.clientWidth !== clientWidth) {
    canvas.style.width = `${clientWidth}px`;
    canvas.style.height = `${clientHeight}px`;
  }
  return () => {
    canvas.style.cssText = cssText;
    if (hadTabIndex) canvas.tabIndex = tabIndex;
    else canvas.removeAttribute("tabindex");
  };
}

/**
 * Where the tab remembers the seat of a canvas, so that it survives a reload. A second canvas of the same `id` has none.
 *
 * @param {string} place @returns {{store: import("../net/tab_key.js").Store | null, leave: () => void}}
 */
function seatInTab(place) {
  if (placesInUse.has(place)) return { store: null, leave() {} };
  placesInUse.add(place);
  return {
    store: {
      getItem: (key) => sessionStorage.getItem(place + key),
      setItem: (key, value) => sessionStorage.setItem(place + key, value),
      removeItem: (key) => sessionStorage.removeItem(place + key),
    },
    leave: () => placesInUse.delete(place),
  };
}

/** @param {FeedEntry} entry @param {Shown} session @returns {string} */
function lineOf({ parts }, { roster }) {
  return parts.map((part) => ("text" in part ? part.text : roster.members.get(part.player)?.nickname ?? "Somebody")).join(" ");
}
