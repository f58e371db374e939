/** The screen of the lobby: the list of matches, the ways into one, and chat. */

import { CODE_LENGTH, normalCode } from "../lobby/codes.js";
import { whisperTo } from "../lobby/conversation.js";
import { ChatLog } from "../view/chat_log.js";
import { part, sentence, show, write } from "../view/dom.js";
import { MatchTable } from "./match_table.js";

/** @typedef {import("../lobby/match_list.js").MatchList} MatchList */
/** @typedef {import("../net/whereabouts.js").Whereabouts} Whereabouts */

/**
 * @typedef {object} Actions
 * @property {() => void} play
 * @property {() => void} create
 * @property {(code: string) => void} joinCode
 * @property {import("./match_table.js").Doors["join"]} join
 * @property {import("./match_table.js").Doors["watch"]} watch
 * @property {() => void} watchMeanwhile
 * @property {() => void} leaveQueue
 * @property {() => void} rename
 * @property {() => void} settings
 * @property {(typed: string) => boolean} say whether that is done with; what is not stays on the line
 */

const BAD_CODE = `A code has ${CODE_LENGTH} letters and digits.`;

export class LobbyScreen {
  /** @param {Actions} actions */
  constructor(actions) {
    this.root = part("lobby", HTMLElement);
    this.people = part("lobby-people", HTMLElement);
    this.name = part("lobby-name", HTMLElement);
    this.notice = part("lobby-notice", HTMLElement);
    this.noticeText = part("lobby-notice-text", HTMLElement);
    this.queue = part("queue", HTMLElement);
    this.queueText = part("queue-text", HTMLElement);
    this.play = part("play-now", HTMLButtonElement);
    this.code = part("code", HTMLInputElement);
    this.codeFault = part("code-fault", HTMLElement);
    this.input = part("lobby-input", HTMLInputElement);
    this.table = new MatchTable(actions);
    const look = () => ({ emblem: null, mine: false });
    this.log = new ChatLog(part("lobby-log", HTMLElement), (nickname) => this.whisper(nickname), look);
    this.play.addEventListener("click", actions.play);
    for (const [id, action] of /** @type {const} */ ([
      ["open-create", actions.create], ["lobby-rename", actions.rename], ["lobby-settings", actions.settings],
      ["queue-watch", actions.watchMeanwhile], ["queue-leave", actions.leaveQueue],
      ["lobby-notice-close", () => this.notify("")],
    ])) part(id, HTMLButtonElement).addEventListener("click", action);
    this.code.addEventListener("input", () => {
      const code = normalCode(this.code.value);
      if (code !== this.code.value) this.code.value = code;
      write(this.codeFault, "");
    });
    part("code-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      const code = normalCode(this.code.value);
      write(this.codeFault, code.length === CODE_LENGTH ? "" : BAD_CODE);
      if (code.length === CODE_LENGTH) actions.joinCode(code);
    });
    part("lobby-say", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      if (actions.say(this.input.value)) this.input.value = "";
    });
  }

  get shown() {
    return !this.root.hidden;
  }

  /** @param {boolean} shown */
  show(shown) {
    if (shown === this.shown) return;
    show(this.root, shown);
    if (shown) this.play.focus();
  }

  /** @param {string} text why the player is here, or why something was refused; empty for nothing */
  notify(text) {
    write(this.noticeText, sentence(text));
    show(this.notice, text !== "");
  }

  /** @param {string} nickname */
  whisper(nickname) {
    this.input.value = whisperTo(nickname, this.input.value);
    this.input.focus();
  }

  /** @param {MatchList} list @param {Whereabouts} place @param {number | null} roundTrip @param {string} nickname */
  draw(list, { queue }, roundTrip, nickname) {
    write(this.name, nickname);
    write(this.people, list.people === 1 ? "You are the only one here" : `${list.people} people here`);
    this.table.draw(list.rows, roundTrip);
    show(this.queue, queue !== null);
    if (queue) {
      const place = `number ${queue.place} of ${queue.length} in the queue`;
      write(this.queueText, `${queue.name} is full. You are ${place}, and get a seat as soon as it is your turn.`);
    }
  }
}
