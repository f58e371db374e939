/** The page that shows a recording: what is fetched of it, the moment that is shown, and the keys. */

import { UnplayableGame, loadGame } from "../games/index.js";
import { kindOf } from "../lobby/conversation.js";
import { Roster } from "../lobby/roster.js";
import { ProtocolError } from "../net/checks.js";
import { readMessage } from "../net/protocol.js";
import { BY_CODE } from "../net/recording.js";
import { NoRecording, RecordingFile } from "../net/recording_file.js";
import { ReplayClock, SPEEDS } from "../play/replay_clock.js";
import { ReplaySession, readChunk } from "../play/replay_session.js";
import { timelineOf } from "../play/replay_timeline.js";
import { SpectatorCamera } from "../play/spectator_camera.js";
import { ReplayBar } from "../screens/replay_bar.js";
import { toWorld } from "../view/camera.js";
import { dialogOpen } from "../view/dialog.js";
import { recordingAddress, replayAddress } from "./page_address.js";

/** @typedef {import("../net/read_lobby.js").Line} Line */
/** @typedef {import("../net/read_match.js").Welcome} Welcome */
/** @typedef {import("../play/contract.js").Scene} Scene */
/** @typedef {import("../play/replay_session.js").Chunk} Chunk */
/** @typedef {import("../view/chat_log.js").ChatLog} ChatLog */
/** @typedef {import("./match_view.js").MatchView} MatchView */
/** @typedef {import("./page_address.js").Moment} Moment */

/** Decoded chunks that are kept: half a minute. */
const MOST_CHUNKS = 6;
/** Seconds that an arrow key moves. */
const STRIDE = 5;
/** At a higher speed sounds are a noise. */
const LOUDEST_SPEED = 2;
const FAILED = "The recording could not be loaded. Is there a connection?";

export class ReplayPage {
  /** @param {MatchView} view @param {ChatLog} chatLog @param {Moment} moment */
  constructor(view, chatLog, moment) {
    this.view = view;
    this.chatLog = chatLog;
    this.moment = moment;
    this.camera = new SpectatorCamera(() => {});
    this.bar = new ReplayBar({
      play: () => this.play(),
      step: (ticks) => this.step(ticks),
      move: (tick) => this.move(tick),
      speed: (speed) => this.setSpeed(speed),
      follow: (player) => this.camera.choose(player),
      scores: () => this.toggleScores(),
      share: () => this.share(),
    });
    /** @type {RecordingFile | null} */
    this.file = null;
    /** @type {Welcome | null} */
    this.welcome = null;
    /** @type {ReplaySession | null} */
    this.session = null;
    /** @type {Scene | null} */
    this.scene = null;
    this.clock = new ReplayClock(0, 0, 1);
    /** By number; null while one is on its way. @type {Map<number, Chunk | null>} */
    this.chunks = new Map();
    /** Whom the link follows, until that player is seen. */
    this.follow = moment.follow;
    this.animation = 0;
  }

  /** @param {HTMLElement} field pressed to choose whom to follow */
  async start(field) {
    addEventListener("keydown", (event) => this.pressed(event));
    field.addEventListener("pointerdown", (event) => this.choose({ x: event.clientX, y: event.clientY }));
    this.animation = requestAnimationFrame((now) => this.frame(now));
    this.view.hud.root.hidden = false;
    document.body.classList.add("replaying", "unloaded");
    this.bar.say("Loading the recording");
    this.bar.leave.href = location.pathname;
    try {
      await this.load();
      this.bar.say("");
    } catch (error) {
      this.fail(error);
    }
  }

  async load() {
    const { moment } = this;
    const file = await RecordingFile.open(recordingAddress(moment));
    const welcome = readMessage(file.header.welcome);
    const { chunks, marks } = file.index;
    if (welcome?.type !== "welcome" || !chunks.length) throw new ProtocolError("nothing of the recording can be read");
    const module = await loadGame(welcome.match.game);
    this.file = file;
    this.welcome = welcome;
    this.clock = new ReplayClock(chunks[0].first, chunks[chunks.length - 1].last, welcome.tickRate);
    this.clock.seek(moment.seconds);
    this.session = new ReplaySession(welcome, module.create(welcome, this.view.stage, module.rules), (of) => new Roster(of), {
      news: (text) => this.chatLog.add({ kind: "note", player: 0, nickname: "", text }),
      feed: (entry) => this.session && this.view.report(entry, this.session),
      said: (lines) => this.hear(lines),
    });
    document.body.classList.remove("unloaded");
    this.view.begin(this.session, true);
    this.bar.begin(this.clock, timelineOf(marks, welcome), { file: recordingAddress(moment), lobby: location.pathname });
  }

  /** @param {unknown} error */
  fail(error) {
    const known = [NoRecording, ProtocolError, UnplayableGame].some((kind) => error instanceof kind);
    this.bar.say(known && error instanceof Error ? error.message : FAILED);
    this.clock.paused = true;
    if (!known) console.error(error);
  }

  /** @param {number} now milliseconds */
  frame(now) {
    this.animation = requestAnimationFrame((next) => this.frame(next));
    const { session, clock } = this;
    if (!session) return;
    const there = this.prepare(session);
    const elapsed = clock.advance(now, !there);
    if (!this.prepare(session)) return;
    this.view.quiet = clock.paused || clock.speed > LOUDEST_SPEED;
    try {
      this.scene = session.frame(clock.time, now, elapsed);
      if (!this.scene) return;
      this.camera.keep(session.roster.present);
      this.followTheLink(session);
      this.view.draw(session, this.scene, this.camera.followed);
      this.bar.draw(clock, session.roster.seated, this.camera.followed);
    } catch (error) {
      this.fail(error);
      this.session = null;
    }
  }

  /** Have what the moment needs, and fetch what follows. @param {ReplaySession} session @returns {boolean} whether it is there */
  prepare(session) {
    const number = this.chunkAt(this.clock.time);
    const now = this.chunk(number);
    const next = this.chunk(number + 1);
    if (now) session.show(next ? [now, next] : [now]);
    return now !== null;
  }

  /** @param {number} time ticks @returns {number} the chunk that has it */
  chunkAt(time) {
    const chunks = this.file?.index.chunks ?? [];
    let number = 0;
    while (number + 1 < chunks.length && chunks[number + 1].first <= time) number += 1;
    return number;
  }

  /** @param {number} number @returns {Chunk | null} null if there is none, or it has not come yet */
  chunk(number) {
    const { file, welcome, chunks } = this;
    const known = chunks.get(number);
    if (known !== undefined || !file || !welcome || number >= file.index.chunks.length) return known ?? null;
    chunks.set(number, null);
    file.messages(number).then((messages) => {
      chunks.set(number, readChunk(welcome, number, messages));
      const near = this.chunkAt(this.clock.time);
      for (const other of chunks.keys()) {
        if (chunks.size > MOST_CHUNKS && Math.abs(other - near) > 1) chunks.delete(other);
      }
      this.bar.say("");
    }).catch((error) => {
      this.fail(error);
      setTimeout(() => chunks.delete(number), 1000); // then it is asked for again
    });
    return null;
  }

  // What one who watches does

  play() {
    if (this.clock.toggle()) this.jump();
  }

  /** @param {number} ticks */
  step(ticks) {
    this.clock.step(ticks);
    if (ticks < 0) this.jump();
  }

  /** @param {number} tick */
  move(tick) {
    this.clock.move(tick);
    this.jump();
  }

  /** @param {number} speed */
  setSpeed(speed) {
    this.clock.speed = speed;
  }

  /** @param {number} by how many speeds up or down */
  changeSpeed(by) {
    const at = SPEEDS.indexOf(this.clock.speed) + by;
    if (SPEEDS[at]) this.setSpeed(SPEEDS[at]);
  }

  jump() {
    this.session?.jump();
    this.view.feed.clear();
    this.chatLog.fill([]);
  }

  /** @returns {boolean} whether the scores are shown now */
  toggleScores() {
    const { scoreboard } = this.view;
    scoreboard.wanted = !scoreboard.wanted;
    return scoreboard.wanted;
  }

  /** Copy the link to this moment. @returns {Promise<string>} what became of it */
  async share() {
    const { file, session, clock, camera } = this;
    if (!file || !session) return "Not yet";
    const followed = camera.followed === null ? "" : (session.roster.members.get(camera.followed)?.nickname ?? "");
    const address = replayAddress(location.pathname, {
      id: file.header.id, seconds: clock.seconds, follow: followed, match: file.header.access === BY_CODE ? file.header.match : "",
    });
    history.replaceState(null, "", address);
    try {
      await navigator.clipboard.writeText(location.href);
      return "Copied";
    } catch {
      return "It is in the address bar"; // without TLS there is no clipboard
    }
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const inList = event.target instanceof HTMLSelectElement;
    if (!this.session || dialogOpen() || inList || event.ctrlKey || event.metaKey || event.altKey) return;
    const onButton = event.target instanceof HTMLButtonElement || event.target instanceof HTMLAnchorElement;
    if (onButton && (event.key === " " || event.key === "Enter")) return;
    if (this.act(event.key)) event.preventDefault();
  }

  /** @param {string} key @returns {boolean} whether it does something here */
  act(key) {
    const { clock } = this;
    switch (key) {
      case " ": case "k": this.play(); return true;
      case "ArrowLeft": this.move(clock.time - STRIDE * clock.perMs * 1000); return true;
      case "ArrowRight": this.move(clock.time + STRIDE * clock.perMs * 1000); return true;
      case ",": this.step(-1); return true;
      case ".": this.step(1); return true;
      case "-": this.changeSpeed(-1); return true;
      case "+": case "=": this.changeSpeed(1); return true;
      case "[": this.turn(-1); return true;
      case "]": this.turn(1); return true;
      case "0": this.camera.choose(null); return true;
      case "Home": this.move(clock.first); return true;
      case "End": this.move(clock.last); return true;
      default: return false;
    }
  }

  /** @param {number} step 1 for the next player, -1 for the one before */
  turn(step) {
    this.camera.turn(this.followable(), step);
  }

  /** @param {{x: number, y: number}} place CSS pixels */
  choose(place) {
    const { session, scene, view: { view } } = this;
    if (session && scene && view) this.camera.press(toWorld(view, place), session.game.actors(scene), this.followable());
  }

  /** @returns {number[]} */
  followable() {
    return this.session?.roster.seated.map(({ player }) => player) ?? [];
  }

  /** @param {ReplaySession} session */
  followTheLink({ roster }) {
    if (!this.follow) return;
    const member = roster.seated.find(({ nickname }) => nickname === this.follow);
    if (member) this.camera.choose(member.player);
    this.follow = "";
  }

  /** @param {readonly Line[]} lines */
  hear(lines) {
    for (const line of lines) this.chatLog.add({ ...line, kind: kindOf(line) });
  }
}
