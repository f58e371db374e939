/** The listener of a connection that passes each report on to the handlers of its type. */

import { Subscribers } from "./subscribers.js";

/** @typedef {import("./connection.js").Status} Status */
/** @typedef {import("./protocol.js").ServerMessage} ServerMessage */
/** @typedef {import("./subscribers.js").Stop} Stop */

/**
 * What a handler of each type gets: a message of the server by its own type, `status` a change of the connection, `fault`
 * what could not be read or done.
 * @typedef {{[type in ServerMessage["type"]]: Extract<ServerMessage, {type: type}>} & {status: Status, fault: unknown}} Reports
 */

export class Dispatcher {
  constructor() {
    /** @type {Map<string, Subscribers<[report: never, now: number]>>} */
    this.subscribers = new Map();
  }

  /**
   * @template {keyof Reports} Type
   * @param {Type} type
   * @param {(report: Reports[Type], now: number) => void} handler `now`: when a message came, in local milliseconds
   * @returns {Stop}
   */
  on(type, handler) {
    const subscribers = this.subscribers.get(type) ?? new Subscribers();
    this.subscribers.set(type, subscribers);
    return subscribers.add(handler);
  }

  /** @param {Status} status */
  status(status) {
    this.report("status", status, 0);
  }

  /** @param {ServerMessage} message @param {number} now local milliseconds */
  message(message, now) {
    this.report(message.type, message, now);
  }

  /** @param {unknown} error */
  fault(error) {
    this.report("fault", error, 0);
  }

  /** @param {string} type @param {unknown} report @param {number} now */
  report(type, report, now) {
    this.subscribers.get(type)?.notify(/** @type {never} */ (report), now);
  }
}
