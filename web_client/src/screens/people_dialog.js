/** The dialog of the people in the match: what can be done about each, the invitation, and the tools of the host. */

import { titleOf } from "../lobby/games.js";
import { BOT } from "../net/read_match.js";
import { DEEDS } from "../net/requests.js";
import { Dialog } from "../view/dialog.js";
import { make, nameTag, part, sentence, show, write } from "../view/dom.js";
import { InviteLink } from "./invite_link.js";

/** @typedef {import("../play/contract.js").Emblem} Emblem */
/** @typedef {import("../lobby/roster.js").Roster} Roster */
/** @typedef {import("../net/read_match.js").Member} Member */
/** @typedef {import("../net/read_match.js").Welcome} Welcome */

/**
 * @typedef {object} Actions
 * @property {(deed: number, player?: number, text?: string) => boolean} moderate whether that is on its way
 * @property {(nickname: string) => void} whisper
 * @property {(nickname: string, muted: boolean) => void} mute on this page alone
 * @property {() => void} closed
 */

/** @typedef {{label: string, about: string, act: () => void, grave?: boolean}} Deed `grave` ones are asked about first */

export class PeopleDialog {
  /** @param {Set<string>} muted nicknames not listened to here @param {Actions} actions */
  constructor(muted, actions) {
    this.muted = muted;
    this.actions = actions;
    this.dialog = new Dialog("people", () => actions.closed());
    this.invite = new InviteLink();
    this.title = part("people-title", HTMLElement);
    this.about = part("people-about", HTMLElement);
    this.list = part("people-list", HTMLElement);
    this.fault = part("people-fault", HTMLElement);
    this.tools = part("host-tools", HTMLElement);
    this.lock = part("host-lock", HTMLButtonElement);
    this.name = part("rename", HTMLInputElement);
    this.back = part("people-back", HTMLButtonElement);
    /** @type {number | null} whose deeds are shown */
    this.opened = null;
    /** @type {Deed | null} that is being asked about */
    this.asked = null;
    this.shown = "";
    /** Nicknames that this host has muted for all; not seats, which somebody else may get. @type {Set<string>} */
    this.silenced = new Set();
    /** Takes back the mark of the last mute, when the server refuses it. */
    this.undo = () => {};
    /** What was drawn last. @type {[Welcome, Roster, (player: number) => Emblem] | null} */
    this.drawn = null;
    this.lock.addEventListener("click", () => actions.moderate(this.drawn?.[1].locked ? DEEDS.unlock : DEEDS.lock));
    for (const [id, deed] of /** @type {const} */ ([
      ["host-add-bot", DEEDS.addBot], ["host-remove-bot", DEEDS.removeBot],
      ["host-start", DEEDS.startRound], ["host-end", DEEDS.endRound],
    ])) part(id, HTMLButtonElement).addEventListener("click", () => actions.moderate(deed));
    part("rename-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      const name = this.name.value.trim();
      if (name) actions.moderate(DEEDS.rename, undefined, name);
    });
  }

  get open() {
    return this.dialog.open;
  }

  /** @param {Welcome} welcome @param {Roster} roster @param {(player: number) => Emblem} emblem */
  show(welcome, roster, emblem) {
    this.opened = null;
    this.asked = null;
    this.shown = "";
    this.name.value = roster.title;
    this.refuse("");
    this.invite.show(welcome.match.id, welcome.match.name);
    this.dialog.show(this.back);
    this.draw(welcome, roster, emblem);
  }

  close() {
    this.dialog.close();
  }

  /** @param {string} text why something was not done; empty for nothing */
  refuse(text) {
    if (text) this.undo();
    this.undo = () => {};
    write(this.fault, sentence(text));
  }

  /** @param {string} nickname @param {boolean} silent */
  silence(nickname, silent) {
    if (silent) this.silenced.add(nickname);
    else this.silenced.delete(nickname);
  }

  /** @param {Welcome} welcome @param {Roster} roster @param {(player: number) => Emblem} emblem */
  draw(welcome, roster, emblem) {
    if (!this.open) return;
    if (welcome.match.id !== this.drawn?.[0].match.id) this.silenced.clear();
    this.drawn = [welcome, roster, emblem];
    const key = JSON.stringify([
      roster.version, roster.self, this.opened, this.asked?.about, [...this.muted], [...this.silenced], welcome.match.id,
    ]);
    if (key === this.shown) return;
    this.shown = key;
    write(this.title, roster.title);
    const persons = roster.seated.filter((member) => roster.isPerson(member)).length;
    const bots = roster.seated.length - persons;
    const { match, settings } = welcome;
    write(this.about, [
      titleOf(match.game, settings.mode), `${persons} ${persons === 1 ? "person" : "people"}`,
      `${bots} ${bots === 1 ? "bot" : "bots"}`, `${match.maxPlayers} seats`, roster.locked ? "locked" : "",
    ].filter(Boolean).join(" · "));
    show(this.tools, roster.hosting);
    write(this.lock, roster.locked ? "Unlock" : "Lock");
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.key : undefined;
    this.list.replaceChildren(...roster.seated.map((member) => this.row(member, roster, emblem)));
    if (!focused) return;
    for (const button of this.list.querySelectorAll("button")) if (button.dataset.key === focused) button.focus();
  }

  /** @param {Member} member @param {Roster} roster @param {(player: number) => Emblem} emblem */
  row(member, roster, emblem) {
    const { player, nickname } = member;
    const mine = player === roster.self;
    const deeds = this.deedsOn(member, roster);
    const name = nameTag(nickname, emblem(player), mine);
    const marks = make("span", "marks", marksOf(member, roster, this.muted, this.silenced).join(" · "));
    if (!deeds.length) return make("li", "", [make("p", "member", [name, marks])]);
    const opener = this.keyed(make("button", "member", [name, marks]), `${player}`, () => {
      this.opened = this.opened === player ? null : player;
      this.asked = null;
    });
    opener.setAttribute("aria-expanded", String(this.opened === player));
    const row = make("li", "", [opener]);
    if (this.opened === player) row.append(this.asked ? this.question(this.asked) : this.choices(deeds));
    return row;
  }

  /** @param {Deed[]} deeds */
  choices(deeds) {
    return make("p", "deeds", deeds.map((deed) => this.keyed(make("button", "plain", deed.label), deed.about, () => {
      if (deed.grave) this.asked = deed;
      else deed.act();
    })));
  }

  /** @param {Deed} deed */
  question(deed) {
    const yes = this.keyed(make("button", "grave", deed.label), deed.about, () => {
      this.asked = null;
      this.opened = null;
      deed.act();
    });
    const no = this.keyed(make("button", "quiet", "Cancel"), "cancel", () => { this.asked = null; });
    return make("p", "deeds", [make("span", "question", `${deed.about}?`), yes, no]);
  }

  /** @param {HTMLButtonElement} button @param {string} key by which its focus is found again @param {() => void} act */
  keyed(button, key, act) {
    button.type = "button";
    button.dataset.key = key;
    button.addEventListener("click", () => {
      act();
      if (this.drawn) this.draw(...this.drawn);
    });
    return button;
  }

  /** @param {Member} member @param {Roster} roster @returns {Deed[]} */
  deedsOn(member, roster) {
    const { player, nickname } = member;
    const { moderate, whisper, mute } = this.actions;
    if (player === roster.self || !roster.isPerson(member)) return [];
    const unheard = this.muted.has(nickname);
    /** @type {Deed[]} */
    const deeds = [
      { label: "Whisper", about: `Whisper to ${nickname}`, act: () => whisper(nickname) },
      { label: unheard ? "Listen again" : "Mute for me", about: `Mute ${nickname} for me`, act: () => mute(nickname, !unheard) },
    ];
    if (!roster.hosting) return deeds;
    const silent = this.silenced.has(nickname);
    return [
      ...deeds,
      {
        label: silent ? "Unmute for all" : "Mute for all", about: `Mute ${nickname} for all`,
        act: () => {
          if (!moderate(silent ? DEEDS.unmute : DEEDS.mute, player)) return;
          this.silence(nickname, !silent);
          this.undo = () => this.silence(nickname, silent);
        },
      },
      { label: "Make host", about: `Make ${nickname} the host`, act: () => moderate(DEEDS.handOver, player), grave: true },
      { label: "Kick", about: `Kick ${nickname}`, act: () => moderate(DEEDS.kick, player), grave: true },
      { label: "Ban", about: `Ban ${nickname} from this match`, act: () => moderate(DEEDS.ban, player), grave: true },
    ];
  }
}

/** @param {Member} member @param {Roster} roster @param {ReadonlySet<string>} muted @param {ReadonlySet<string>} silenced */
function marksOf(member, roster, muted, silenced) {
  const { player, nickname, kind, present } = member;
  return [
    player === roster.self ? "you" : "",
    player === roster.host ? "host" : "",
    !present ? "connection lost" : "",
    kind === BOT ? (roster.replaced.has(player) ? "a bot plays" : "bot") : "",
    silenced.has(nickname) ? "muted for all" : "",
    muted.has(nickname) ? "muted for you" : "",
  ].filter(Boolean);
}
