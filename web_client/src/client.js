/** The page in play: the connection's messages to a session, and a session's scenes to the views, once a frame. */

import { loadGame } from "./games/index.js";
import { Instruments } from "./instruments.js";
import { Connection } from "./net/connection.js";
import { PERSON, chat } from "./net/protocol.js";
import { Input, aimOf } from "./play/input.js";
import { Session } from "./play/session.js";
import { Results, Scoreboard } from "./screens/scoreboard.js";
import { fitScale, look, toScreen } from "./view/camera.js";
import { Canvas } from "./view/canvas.js";
import { Chat } from "./view/chat.js";
import { Clearance } from "./view/clearance.js";
import { nameTag, part, show } from "./view/dom.js";
import { Feed } from "./view/feed.js";
import { HudView } from "./view/hud.js";
import { Minimap } from "./view/minimap.js";
import { NetGraph } from "./view/netgraph.js";
import { usePalette } from "./view/palette.js";
import { Shake } from "./view/shake.js";
import { Sound } from "./view/sound.js";

/** @typedef {import("./games/contract.js").Scene} Scene */
/** @typedef {import("./net/connection.js").Status} Status */
/** @typedef {import("./net/protocol.js").Member} Member */
/** @typedef {import("./net/protocol.js").ServerMessage} ServerMessage */
/** @typedef {import("./net/protocol.js").Welcome} Welcome */
/** @typedef {import("./games/contract.js").Stage} Stage */
/** @typedef {import("./settings.js").Settings} Settings */
/** @typedef {import("./view/camera.js").View} View */

/** Messages that may wait for the game's module. */
const MOST_EARLY = 1000;
const LEAVING = ["left", "lost the connection", "was removed"];

export class Client {
  /** @param {string} address @param {Settings} settings @param {(status: Status) => void} changed */
  constructor(address, settings, changed) {
    this.settings = settings;
    this.changed = changed;
    this.connection = new Connection(address, {
      status: (status) => this.status(status),
      message: (message, now) => this.receive(message, now),
      fault: (error) => this.instruments.fault(error),
    });
    this.input = new Input();
    this.instruments = new Instruments(this.connection, this.input);
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
    this.clearance = new Clearance(["leaders", "minimap", "feed", "vitals"].map((id) => part(id, HTMLElement)));
    this.feed = new Feed();
    this.chat = new Chat((text) => this.connection.send(chat(text)));
    this.scoreboard = new Scoreboard();
    this.results = new Results();
    /** @type {Session | null} */
    this.session = null;
    /** @type {{message: ServerMessage, now: number}[]} what came while the game's module was being loaded, and when */
    this.early = [];
    /** @type {Scene | null} */
    this.scene = null;
    /** @type {View | null} */
    this.view = null;
    this.focus = { x: 0, y: 0 };
    /** Whether the player touches the screen. */
    this.thumbs = false;
    settings.listen((current) => this.suit(current));
  }

  /** @param {Settings} settings */
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

  /** @param {Status} status */
  status(status) {
    if (status.state === "connecting") {
      this.input.releaseAll();
      this.chat.close();
      this.scoreboard.hide();
    }
    if (status.state === "nickname") this.clear();
    this.changed(status);
  }

  clear() {
    this.session = null;
    this.scene = null;
    this.results.hide();
    this.scoreboard.hide();
    this.feed.clear();
    show(this.hud.root, false);
    document.body.classList.remove("in-match");
  }

  /** @param {ServerMessage} message @param {number} now */
  receive(message, now) {
    if (message.type === "welcome") {
      this.session = null;
      this.early = [];
      this.begin(message).catch((error) => {
        this.instruments.fault(error);
        this.connection.lose("The game could not be loaded.");
      });
    } else if (this.session) {
      if (message.type === "snapshot") this.netGraph.arrive(now);
      this.session.receive(message, now);
    } else if (this.early.length < MOST_EARLY) {
      this.early.push({ message, now });
    } else {
      this.connection.lose("The game takes too long to load.");
    }
  }

  /** @param {Welcome} welcome */
  async begin(welcome) {
    const socket = this.connection.socket;
    const { create } = await loadGame(welcome.match.game);
    if (this.connection.socket !== socket) return;
    const game = create(welcome, this.stage);
    const session = new Session(welcome, game, (bytes) => this.connection.send(bytes), {
      joined: (member) => this.noteOf(member, "joined"),
      left: (member, reason) => this.noteOf(member, LEAVING[reason] ?? LEAVING[0]),
      said: (member, text) => this.chat.line(this.tag(session, member), text),
      feed: (entry) => this.feed.add(entry, game, session.members, welcome.player),
      notice: (text) => this.chat.note(text),
    });
    const now = performance.now();
    session.keepTime(now);
    for (const { message, now: at } of this.early) session.receive(message, at);
    this.early = [];
    this.focus = { x: game.world.width / 2, y: game.world.height / 2 };
    this.session = session;
    document.title = `${welcome.match.name} - game-server`;
    this.results.hide();
    show(this.hud.root, true);
    document.body.classList.add("in-match");
  }

  /** Bots come and go as people need their seats, which is no news. @param {Member} member @param {string} deed */
  noteOf(member, deed) {
    if (member.kind === PERSON) this.chat.note(`${member.nickname} ${deed}`);
  }

  /** @param {Session} session @param {Member} member */
  tag(session, member) {
    return nameTag(member.nickname, session.game.emblem(member.player), member.player === session.welcome.player);
  }

  /** To be called about ten times a second, in the background too. @param {number} now */
  keepTime(now) {
    this.connection.watch();
    if (this.playing) this.session?.keepTime(now);
  }

  rest() {
    if (this.playing) this.session?.rest(this.input);
  }

  /** The page is looked at again. */
  wake() {
    if (!this.playing) return;
    this.session?.wake();
    this.keepTime(performance.now());
  }

  /** @param {number} now milliseconds */
  frame(now) {
    const session = this.session;
    const began = performance.now();
    if (session && this.playing) {
      this.aim();
      this.scene = session.frame(now, this.input);
      if (this.scene) this.draw(session, this.scene);
    }
    this.instruments.frame(session, this.scene, this.view, now, performance.now() - began);
  }

  aim() {
    const { pointer } = this.input;
    const own = this.scene?.own;
    if (!pointer || !own || !this.view) return;
    const at = toScreen(this.view, { x: own.x, y: own.y });
    this.input.aim = aimOf(pointer.x - at.x, pointer.y - at.y);
  }

  /** @param {Session} session @param {Scene} scene */
  draw(session, scene) {
    const { game, welcome } = session;
    const { size, density } = this.canvas;
    if (scene.own) this.focus = { x: scene.own.x, y: scene.own.y };
    const scale = fitScale(size, game.view);
    const shaken = this.shake.advance(scene.elapsed);
    // The player aims at the view as it is at rest.
    this.view = look(this.focus, game.world, size, scale, density, this.thumbs);
    const view = { ...this.view };
    for (const side of /** @type {const} */ (["left", "right", "x"])) view[side] += shaken.x / scale;
    for (const side of /** @type {const} */ (["top", "bottom", "y"])) view[side] += shaken.y / scale;
    game.draw(this.canvas.begin(view), scene, view);
    const standings = game.standings(scene, session.present);
    this.hud.draw(game, scene, standings, scene.frozen);
    this.minimap.draw(game, scene, this.view);
    this.clearance.update(scene.now, scene.own?.alive ? toScreen(this.view, this.focus) : null);
    this.scoreboard.draw(game, scene, standings, welcome.match.name);
    this.results.draw(game, scene, standings);
    this.netGraph.draw(scene.now, () => this.instruments.stats, scene.tickRate);
  }
}
