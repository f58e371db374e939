/** The screen that says in one sentence why the player cannot play, with what can be done about it. */

import { part, sentence, show, write } from "../view/dom.js";

/** @typedef {import("../net/connection.js").Status} Status */
/** @typedef {import("../net/connection.js").State} State */

/**
 * @typedef {object} Words
 * @property {string} title
 * @property {string} detail
 * @property {string} action the label of the button, empty for none
 * @property {string} [leave] the label of the button beside it, empty for none
 * @property {boolean} [ours] whether `detail` says more than the server's reason would
 */

const LEAVE = "Change name";
/** @type {{readonly [state in State]?: Words}} */
const WORDS = {
  connecting: { title: "Connecting", detail: "", action: "" },
  joining: { title: "Joining the match", detail: "", action: "" },
  lost: { title: "Connection lost", detail: "You continue as soon as the connection is back.", action: "Try now" },
  stopped: {
    title: "The server has stopped",
    detail: "You are back in the lobby as soon as it runs again.",
    action: "Try now",
    ours: true,
  },
  version: {
    title: "A new version is out",
    detail: "This page is older than the server.",
    action: "Reload",
    leave: "",
    ours: true,
  },
  replaced: {
    title: "The match continues in another tab",
    detail: "You can take it back here; the other tab then leaves it.",
    action: "Take it back here",
    ours: true,
  },
  broken: {
    title: "This page has stopped working",
    detail: "Your seat is kept for a while.",
    action: "Reload",
  },
  unplayable: { title: "This match cannot be played here", detail: "", action: "To the lobby" },
  removed: { title: "You were removed from the server", detail: "", action: "Come back" },
};

export class StatusScreen {
  /** @param {{retry: () => void, takeBack: () => void, leave: () => void}} actions */
  constructor({ retry, takeBack, leave }) {
    this.root = part("status", HTMLElement);
    this.title = part("status-title", HTMLElement);
    this.detail = part("status-detail", HTMLElement);
    this.countdown = part("status-countdown", HTMLElement);
    this.action = part("status-action", HTMLButtonElement);
    this.leave = part("status-leave", HTMLButtonElement);
    /** @type {Status} */
    this.status = { state: "nickname", reason: "", retryAt: null };
    this.action.addEventListener("click", () => {
      const { state } = this.status;
      if (state === "version" || state === "broken") location.reload();
      else if (state === "removed" || state === "replaced" || state === "unplayable") takeBack();
      else retry();
    });
    this.leave.addEventListener("click", leave);
    setInterval(() => this.count(), 200);
  }

  /** @param {Status} status */
  show(status) {
    const retrying = this.status.retryAt !== null && (status.state === "connecting" || status.state === "joining");
    const words = WORDS[status.state];
    show(this.root, words !== undefined);
    if (retrying) {
      // An attempt may be over in a moment: the text stays, since somebody may be reading it.
      write(this.countdown, "Trying now");
      return;
    }
    this.status = status;
    if (!words) return;
    write(this.title, words.title);
    write(this.detail, words.ours ? words.detail : sentence(status.reason) || words.detail);
    write(this.action, words.action);
    show(this.action, words.action !== "");
    const label = words.leave ?? LEAVE;
    write(this.leave, label);
    show(this.leave, label !== "");
    this.count();
  }

  count() {
    const { retryAt } = this.status;
    if (retryAt === null) {
      write(this.countdown, "");
      return;
    }
    const seconds = Math.ceil((retryAt - performance.now()) / 1000);
    if (seconds > 0) write(this.countdown, `Next try in ${seconds} s`);
  }
}
