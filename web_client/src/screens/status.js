/** What keeps the player from playing, in one sentence, and what can be done about it. */

import { part, show, write } from "../view/dom.js";

/** @typedef {import("../net/connection.js").Status} Status */
/** @typedef {import("../net/connection.js").State} State */

/** @typedef {{title: string, detail: string, action: string}} Words `action` is the label of the button, empty for none */

/** @type {{readonly [state in State]?: Words}} */
const WORDS = {
  connecting: { title: "Connecting", detail: "", action: "" },
  joining: { title: "Joining the match", detail: "", action: "" },
  lost: { title: "Connection lost", detail: "Your seat is free again, the match goes on.", action: "Try now" },
  full: { title: "The match is full", detail: "You are in as soon as somebody leaves.", action: "Try now" },
  stopped: { title: "The server has stopped", detail: "You are back in when it is.", action: "Try now" },
  version: { title: "A new version is out", detail: "This page is older than the server.", action: "Reload" },
  removed: { title: "You were removed", detail: "", action: "Join again" },
};

export class StatusScreen {
  /** @param {{retry: () => void, rejoin: () => void, leave: () => void}} actions */
  constructor({ retry, rejoin, leave }) {
    this.root = part("status", HTMLElement);
    this.title = part("status-title", HTMLElement);
    this.detail = part("status-detail", HTMLElement);
    this.countdown = part("status-countdown", HTMLElement);
    this.action = part("status-action", HTMLButtonElement);
    this.leave = part("status-leave", HTMLButtonElement);
    /** @type {Status} */
    this.status = { state: "nickname", reason: "", retryAt: null };
    this.action.addEventListener("click", () => {
      if (this.status.state === "version") location.reload();
      else if (this.status.state === "removed") rejoin();
      else retry();
    });
    this.leave.addEventListener("click", leave);
    setInterval(() => this.count(), 200);
  }

  /** @param {Status} status */
  show(status) {
    this.status = status;
    const words = WORDS[status.state];
    show(this.root, words !== undefined);
    if (!words) return;
    this.root.dataset.state = status.state;
    write(this.title, words.title);
    write(this.detail, status.reason || words.detail);
    write(this.action, words.action);
    show(this.action, words.action !== "");
    show(this.leave, status.state !== "version");
    this.count();
  }

  count() {
    const { retryAt } = this.status;
    const seconds = retryAt === null ? 0 : Math.max(0, Math.ceil((retryAt - performance.now()) / 1000));
    write(this.countdown, retryAt === null ? "" : `Next try in ${seconds} s`);
  }
}
