/** The people in the match: who is here, how friends come in, votes, and the bar of one who watches. */

import { NOTICES } from "../net/read_lobby.js";
import { REQUESTS, moderate, vote } from "../net/requests.js";
import { stopAll } from "../net/subscribers.js";
import { InviteSheet } from "../screens/invite_sheet.js";
import { PeopleDialog } from "../screens/people_dialog.js";
import { SpectatingBar } from "../screens/spectating.js";
import { VotesBar } from "../screens/votes.js";
import { part, write } from "../view/dom.js";

/** @typedef {import("../net/connection.js").Connection} Connection */
/** @typedef {import("../net/connection.js").Status} Status */
/** @typedef {import("../net/dispatcher.js").Dispatcher} Dispatcher */
/** @typedef {import("../net/read_lobby.js").Refused} Refused */
/** @typedef {import("../net/subscribers.js").Stop} Stop */
/** @typedef {import("./chat.js").Chat} Chat */
/** @typedef {import("./match_page.js").MatchPage} MatchPage */

const OFFLINE = "There is no connection at the moment.";

export class People {
  /** @param {Connection} connection @param {MatchPage} match @param {Chat} chat @param {() => void} takeSeat */
  constructor(connection, match, chat, takeSeat) {
    this.connection = connection;
    this.match = match;
    this.chat = chat;
    this.inviteSheet = new InviteSheet();
    this.votes = new VotesBar((choice) => connection.send(vote(choice)));
    this.dialog = new PeopleDialog(chat.muted, {
      moderate: (deed, player, text) => {
        const sent = connection.send(moderate(deed, player, text));
        this.dialog.refuse(sent ? "" : OFFLINE);
        return sent;
      },
      whisper: (nickname) => {
        this.dialog.close();
        chat.whisper(nickname);
      },
      mute: (nickname, muted) => chat.mute(nickname, muted),
      closed: () => {
        if (!chat.writing && document.activeElement instanceof HTMLElement) document.activeElement.blur();
      },
    });
    this.bar = new SpectatingBar({
      turn: (step) => match.turn(step),
      whole: () => match.watchAll(),
      scores: () => match.toggleScores(),
      seat: takeSeat,
      leaveQueue: () => connection.leave(),
    });
    /** @type {Stop[]} */
    this.stops = [];
  }

  /** @param {Dispatcher} messages */
  start(messages) {
    this.stops.push(
      messages.on("status", (status) => this.changed(status)),
      messages.on("welcome", ({ match }) => write(part("open-people-code", HTMLElement), match.id)),
      messages.on("refused", (refused) => this.refused(refused)),
      messages.on("notice", ({ code, text }) => {
        if (code === NOTICES.setToWatching) this.bar.explain(text);
      }),
    );
  }

  stop() {
    stopAll(this.stops);
  }

  /** Whether the keyboard has been moved to the votes. */
  get voting() {
    return this.votes.root.contains(document.activeElement);
  }

  /** Show who is here, and what can be done about each. */
  open() {
    const { session } = this.match;
    if (session) this.dialog.show(session.welcome, session.roster, (player) => session.game.emblem(player));
  }

  /** The player would rather play than invite. */
  dismissInvitation() {
    this.inviteSheet.dismiss();
  }

  /** @param {Status} status */
  changed({ state }) {
    if (state === "nickname" || state === "lobby" || state === "unplayable") this.dialog.close();
    if (this.connection.inMatch) return;
    this.inviteSheet.hide();
    this.bar.hide();
    this.votes.lost();
  }

  /** @param {Refused} refused */
  refused({ request, text }) {
    if (!this.connection.inMatch) return;
    if (request === REQUESTS.moderate && this.dialog.open) this.dialog.refuse(text);
    else this.chat.note(text);
  }

  /** To be called about ten times a second. */
  keepTime() {
    const { session, inMatch, resultsShown, followed, scene } = this.match;
    if (!session || !inMatch) return;
    const { welcome, roster, game, watching } = session;
    this.inviteSheet.draw(welcome, roster, !watching && !resultsShown);
    this.dialog.draw(welcome, roster, (player) => game.emblem(player));
    if (watching) this.bar.draw(welcome, roster, this.connection.whereabouts, followed, scene !== null);
    else this.bar.hide();
    this.votes.draw(roster.votes, !watching && resultsShown, welcome.settings.rotation !== 0);
  }
}
