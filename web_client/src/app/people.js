/** The page among people: lobby, chat, queues, who is here, and everything that is asked for or refused there. */

import { Conversation, utterance } from "../lobby/conversation.js";
import { MatchList, asksForPassword } from "../lobby/match_list.js";
import { GOES_ON, HOMES, NOTICES, REFUSALS, STOPS } from "../net/read_lobby.js";
import { REQUESTS, browse, chat, moderate, vote } from "../net/requests.js";
import { toJoin, toWatch } from "../net/intents.js";
import { InviteSheet } from "../screens/invite_sheet.js";
import { CreateDialog } from "../screens/create_dialog.js";
import { LobbyScreen } from "../screens/lobby.js";
import { PasswordDialog } from "../screens/password_dialog.js";
import { PeopleDialog } from "../screens/people_dialog.js";
import { SpectatingBar } from "../screens/spectating.js";
import { VotesBar } from "../screens/votes.js";
import { Chat } from "../view/chat.js";
import { part, write } from "../view/dom.js";
import { Warning } from "../view/warning.js";

/** @typedef {import("./match_page.js").MatchPage} MatchPage */
/** @typedef {import("../net/connection.js").Connection} Connection */
/** @typedef {import("../net/connection.js").Status} Status */
/** @typedef {import("../net/protocol.js").ServerMessage} ServerMessage */
/** @typedef {import("../net/read_lobby.js").MatchRow} MatchRow */
/** @typedef {import("../net/read_lobby.js").Refused} Refused */
/** @typedef {import("../net/read_match.js").Welcome} Welcome */
/** @typedef {import("../net/intents.js").Intent} Intent */

const ENTRIES = new Set([REQUESTS.join, REQUESTS.watch]);
const LIST_INTERVAL = 200;
const OFFLINE = "There is no connection just now.";
/** Milliseconds after a reconnection in which what was said before it is heard, if it was. */
const ECHO_MS = 2000;
/** Notices that answer a line of chat in place of its echo: docs/PROTOCOL.md, `notice`. */
const ABOUT_A_LINE = new Set([1, 2, 3, 6]);

export class People {
  /** @param {Connection} connection @param {MatchPage} client @param {{rename: () => void, settings: () => void}} actions */
  constructor(connection, client, { rename, settings }) {
    this.connection = connection;
    this.client = client;
    this.list = new MatchList();
    this.conversation = new Conversation();
    /** @type {Welcome | null} of the stay */
    this.welcome = null;
    /** What this player is called here. */
    this.nickname = "";
    this.browsing = false;
    this.drawnAt = 0;
    /** Milliseconds until which lines from before the last welcome may still be heard. */
    this.echoUntil = Infinity;
    this.chat = new Chat((typed) => this.say(typed), ({ nickname }) => {
      const { game, roster } = client.session ?? {};
      const member = roster?.seated.find((one) => one.nickname === nickname);
      return { emblem: (member && game?.emblem(member.player)) ?? null, mine: nickname === this.nickname };
    });
    this.create = new CreateDialog((options) => this.ask({ kind: "create", options }));
    this.password = new PasswordDialog();
    this.warning = new Warning();
    this.alone = new InviteSheet();
    this.votes = new VotesBar((choice) => connection.send(vote(choice)));
    this.lobby = new LobbyScreen({
      play: () => this.ask(toJoin("")),
      create: () => this.create.show(),
      joinCode: (code) => this.ask(toJoin(code, "", true)),
      join: (match) => this.enter(match, toJoin(match.id, "", true)),
      watch: (match) => this.enter(match, toWatch(match.id)),
      watchMeanwhile: () => this.watchMeanwhile(),
      leaveQueue: () => connection.leave(),
      rename, settings,
      say: (typed) => this.say(typed),
    });
    this.dialog = new PeopleDialog(this.conversation.muted, {
      moderate: (deed, player, text) => {
        const sent = connection.send(moderate(deed, player, text));
        this.dialog.refuse(sent ? "" : OFFLINE);
        return sent;
      },
      whisper: (nickname) => {
        this.dialog.close();
        this.chat.whisper(nickname);
      },
      mute: (nickname, muted) => {
        this.conversation.mute(nickname, muted);
        this.chat.log.fill(this.conversation.entries);
      },
      closed: () => {
        if (!this.chat.writing && document.activeElement instanceof HTMLElement) document.activeElement.blur();
      },
    });
    this.bar = new SpectatingBar({
      turn: (step) => client.turn(step),
      whole: () => client.eye.choose(null),
      scores: () => {
        client.scoreboard.wanted = !client.scoreboard.wanted;
        return client.scoreboard.wanted;
      },
      seat: () => this.takeSeat(),
      leaveQueue: () => connection.leave(),
    });
  }

  /** @param {Intent} intent */
  ask(intent) {
    this.lobby.tell("");
    this.connection.ask(intent);
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

  takeSeat() {
    const { watched } = this.connection.whereabouts;
    if (watched) this.ask(toJoin(watched.match, watched.password, true));
  }

  watchMeanwhile() {
    const { queue } = this.connection.whereabouts;
    if (queue) this.ask(toWatch(queue.match, queue.password));
  }

  openDialog() {
    const { session } = this.client;
    if (session) this.dialog.show(session.welcome, session.roster, (player) => session.game.emblem(player));
  }

  /**
   * @param {string} typed in the match or in the lobby
   * @returns {boolean} whether that is done with; false for what is still to be put right, or to be sent
   */
  say(typed) {
    const members = this.client.session?.roster.members.values() ?? [];
    const heard = this.conversation.entries.map(({ nickname }) => nickname);
    const said = utterance(typed, [...[...members].map(({ nickname }) => nickname), ...heard]);
    if (!said) return true;
    if ("fault" in said) {
      this.note(said.fault);
      return false;
    }
    const { state } = this.connection.status;
    if ((!this.inMatch && state !== "lobby") || !this.connection.send(chat(said.text, said.to))) return false;
    this.conversation.said(typed);
    return true;
  }

  /** @param {Status} status */
  status({ state }) {
    if (state === "connecting") {
      this.warning.hide();
      this.browsing = false;
      this.conversation.lost();
    }
    if (state === "nickname" || state === "lobby" || state === "unplayable") {
      this.chat.forget();
      this.dialog.close();
    }
    if (state === "lobby") this.home();
    else if (state === "nickname" || this.inMatch) this.lobby.show(false);
    if (!this.inMatch) {
      this.alone.hide();
      this.bar.hide();
      this.votes.lost();
    }
    // A blip leaves open what is being filled in.
    if (state === "nickname" || this.inMatch) this.create.dialog.close();
  }

  get inMatch() {
    const { state } = this.connection.status;
    return state === "playing" || state === "watching";
  }

  home() {
    this.welcome = null;
    this.lobby.show(true);
    if (!this.browsing) {
      this.browsing = true;
      this.echoUntil = performance.now() + ECHO_MS;
      if (this.conversation.arrive("")) this.lobby.log.fill([]);
      this.connection.send(browse(true));
    }
    this.drawLobby();
  }

  /** @param {ServerMessage} message */
  receive(message) {
    switch (message.type) {
      case "welcome":
        this.arrive(message);
        break;
      case "home":
        this.nickname = message.nickname;
        if (message.code !== HOMES.welcome) this.lobby.tell(message.text);
        break;
      case "lobby":
        this.list.apply(message);
        this.drawLobby();
        break;
      case "queued":
        this.drawLobby();
        break;
      case "said":
        this.hear(message.lines);
        break;
      case "refused":
        this.refused(message);
        break;
      case "notice":
        if (ABOUT_A_LINE.has(message.code)) this.conversation.answered();
        this.note(message.text);
        if (message.code === NOTICES.setToWatching) this.bar.explain(message.text);
        break;
    }
  }

  /** @param {Welcome} welcome */
  arrive(welcome) {
    this.welcome = welcome;
    this.nickname = welcome.nickname;
    this.echoUntil = performance.now() + ECHO_MS;
    if (this.conversation.arrive(welcome.match.id)) this.chat.log.fill([]);
    if (this.browsing) {
      this.browsing = false;
      this.connection.send(browse(false));
    }
    this.lobby.tell("");
    this.password.dialog.close();
    write(part("open-people-code", HTMLElement), welcome.match.id);
  }

  /** @param {readonly import("../net/read_lobby.js").Line[]} lines */
  hear(lines) {
    const { log } = this.welcome ? this.chat : this.lobby;
    const entries = this.conversation.hear(lines);
    const ofTheStop = lines.filter(({ kind }) => kind === STOPS || kind === GOES_ON).pop();
    for (const entry of entries) {
      log.add(entry, entries.length > 1);
      if (entry.kind === "server" && entries.length === 1 && !ofTheStop) this.warning.say(entry.text, performance.now());
      if (entry.kind === "whispered" || entry.nickname === this.nickname) this.conversation.answered();
    }
    if (ofTheStop?.kind === STOPS) this.warning.stops(ofTheStop.text);
    else if (ofTheStop) this.warning.goesOn(ofTheStop.text, performance.now());
  }

  /** What was said on a line that was dead already is written again, for the player to say. */
  recover() {
    const lost = this.conversation.doubtful.splice(0);
    if (!lost.length) return;
    this.note(`The connection was lost before this was heard: ${lost.join(" / ")}`);
    const { input } = this.welcome ? this.chat : this.lobby;
    if (!input.value) input.value = lost[lost.length - 1];
  }

  /** @param {string} text of the page or the server, to this player alone */
  note(text) {
    (this.welcome ? this.chat : this.lobby).log.add(this.conversation.note(text));
  }

  /** @param {Refused} refused */
  refused({ request, code, text }) {
    const { asked, where } = this.connection.whereabouts;
    const entry = asked && "match" in asked ? asked : null;
    if (this.inMatch) {
      if (request === REQUESTS.moderate && this.dialog.open) this.dialog.refuse(text);
      else this.note(text);
    } else if (request === REQUESTS.create) {
      this.create.refuse(text);
    } else if (ENTRIES.has(request) && code === REFUSALS.wrongPassword && entry) {
      const { match, password } = entry;
      this.askForPassword(this.list.matches.get(match)?.name ?? match, password && text, entry);
    } else if (where === "lobby") {
      this.lobby.tell(text);
    }
  }

  /** To be called about ten times a second. @param {number} now milliseconds */
  keepTime(now) {
    const { session } = this.client;
    if (this.lobby.shown && now - this.drawnAt > LIST_INTERVAL) this.drawLobby(now);
    if (now > this.echoUntil) {
      this.echoUntil = Infinity;
      this.recover();
    }
    this.warning.keepTime(now);
    if (!session || !this.client.inMatch) return;
    const { welcome, roster, game, watching } = session;
    this.alone.draw(welcome, roster, !watching && !this.client.results.shown);
    this.dialog.draw(welcome, roster, (player) => game.emblem(player));
    if (watching) this.bar.draw(welcome, roster, this.connection.whereabouts, this.client.eye.followed, this.client.scene !== null);
    else this.bar.hide();
    this.votes.draw(roster.votes, !watching && this.client.results.shown, welcome.settings.rotation !== 0);
  }

  /** @param {number} now */
  drawLobby(now = performance.now()) {
    if (!this.lobby.shown) return;
    this.drawnAt = now;
    this.lobby.draw(this.list, this.connection.whereabouts, this.connection.roundTrip, this.nickname || this.connection.nickname);
  }
}
