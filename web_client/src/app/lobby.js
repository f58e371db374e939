/** The lobby: the list of matches, the ways into one, and what is refused on the way. */

import { learnGames } from "../lobby/games.js";
import { MatchList, asksForPassword } from "../lobby/match_list.js";
import { toJoin, toWatch } from "../net/intents.js";
import { HOMES, REFUSALS } from "../net/read_lobby.js";
import { REQUESTS, browse } from "../net/requests.js";
import { stopAll } from "../net/subscribers.js";
import { CreateDialog } from "../screens/create_dialog.js";
import { LobbyScreen } from "../screens/lobby_screen.js";
import { PasswordDialog } from "../screens/password_dialog.js";

/** @typedef {import("../net/connection.js").Connection} Connection */
/** @typedef {import("../net/connection.js").Status} Status */
/** @typedef {import("../net/dispatcher.js").Dispatcher} Dispatcher */
/** @typedef {import("../net/intents.js").Intent} Intent */
/** @typedef {import("../net/read_lobby.js").Home} Home */
/** @typedef {import("../net/read_lobby.js").MatchRow} MatchRow */
/** @typedef {import("../net/read_lobby.js").Refused} Refused */
/** @typedef {import("../net/subscribers.js").Stop} Stop */

const ENTRIES = new Set([REQUESTS.join, REQUESTS.watch]);
/** Milliseconds. */
const LIST_INTERVAL = 200;

export class Lobby {
  /**
   * @param {Connection} connection
   * @param {{rename: () => void, settings: () => void, say: (typed: string) => boolean}} actions `say`: see `LobbyScreen`
   */
  constructor(connection, { rename, settings, say }) {
    this.connection = connection;
    this.list = new MatchList();
    /** Whether the server sends the list of matches. */
    this.browsing = false;
    this.drawnAt = 0;
    this.create = new CreateDialog((options) => this.ask({ kind: "create", options }));
    this.password = new PasswordDialog();
    this.screen = new LobbyScreen({
      play: () => this.ask(toJoin("")),
      create: () => this.create.show(),
      joinCode: (code) => this.join(code),
      join: (match) => this.enter(match, toJoin(match.id, "", true)),
      watch: (match) => this.enter(match, toWatch(match.id)),
      watchMeanwhile: () => this.watchMeanwhile(),
      leaveQueue: () => connection.leave(),
      rename, settings, say,
    });
    /** @type {Stop[]} */
    this.stops = [];
  }

  /** @param {Dispatcher} messages */
  start(messages) {
    this.stops.push(
      messages.on("status", (status) => this.changed(status)),
      messages.on("welcome", () => this.left()),
      messages.on("home", (home) => this.arrive(home)),
      messages.on("lobby", (news) => {
        this.list.apply(news);
        this.draw();
      }),
      messages.on("queued", () => this.draw()),
      messages.on("refused", (refused) => this.refused(refused)),
    );
  }

  stop() {
    stopAll(this.stops);
  }

  /** @param {Intent} intent */
  ask(intent) {
    this.screen.notify("");
    this.connection.ask(intent);
  }

  /** @param {string} code of a match, for a seat in it or in its queue */
  join(code) {
    this.ask(toJoin(code, "", true));
  }

  /** A seat in the match that is being watched. */
  takeSeat() {
    const { watched } = this.connection.whereabouts;
    if (watched) this.ask(toJoin(watched.match, watched.password, true));
  }

  /** Watch the match for which the player is in the queue. */
  watchMeanwhile() {
    const { queue } = this.connection.whereabouts;
    if (queue) this.ask(toWatch(queue.match, queue.password));
  }

  /** @param {MatchRow} match @param {Intent} intent */
  enter(match, intent) {
    if (!asksForPassword(match)) this.ask(intent);
    else this.askForPassword(match.name, "", intent);
  }

  /** @param {string} name @param {string} fault @param {Intent} intent */
  askForPassword(name, fault, intent) {
    if (intent.kind === "create" || intent.kind === "leave") return;
    this.password.ask(name, fault, (password) => this.ask({ ...intent, password }));
  }

  /** @param {Status} status */
  changed({ state }) {
    const { inMatch } = this.connection;
    if (state === "connecting") this.browsing = false;
    if (state === "lobby") this.open();
    else if (state === "nickname" || inMatch) this.screen.show(false);
    // A blip leaves open what is being filled in.
    if (state === "nickname" || inMatch) this.create.dialog.close();
  }

  open() {
    this.screen.show(true);
    this.browse(true);
    this.draw();
  }

  /** @param {boolean} wanted whether the server is to send the list of matches */
  browse(wanted) {
    if (wanted === this.browsing) return;
    this.browsing = wanted;
    this.connection.send(browse(wanted));
  }

  /** @param {Home} home */
  arrive({ code, text, games }) {
    if (learnGames(games)) this.create.offer();
    if (code !== HOMES.welcome) this.screen.notify(text);
  }

  /** The player is in a match. */
  left() {
    this.browse(false);
    this.screen.notify("");
    this.password.dialog.close();
  }

  /** @param {Refused} refused what was asked for in a match is not the lobby's */
  refused({ request, code, text }) {
    if (this.connection.inMatch) return;
    const { asked, where } = this.connection.whereabouts;
    const entry = asked && "match" in asked ? asked : null;
    if (request === REQUESTS.create) {
      this.create.refuse(text);
    } else if (ENTRIES.has(request) && code === REFUSALS.wrongPassword && entry) {
      const { match, password } = entry;
      this.askForPassword(this.list.matches.get(match)?.name ?? match, password && text, entry);
    } else if (where === "lobby") {
      this.screen.notify(text);
    }
  }

  /** To be called about ten times a second. @param {number} now milliseconds */
  keepTime(now) {
    if (now - this.drawnAt > LIST_INTERVAL) this.draw(now);
  }

  /** @param {number} now */
  draw(now = performance.now()) {
    if (!this.screen.shown) return;
    const { whereabouts, roundTrip, givenNickname, nickname } = this.connection;
    this.drawnAt = now;
    this.screen.draw(this.list, whereabouts, roundTrip, givenNickname || nickname);
  }
}
