/** Handlers of one kind of event, called in the order in which they subscribed. */

/** @typedef {() => void} Stop ends a subscription; a second call does nothing */

/** @template {unknown[]} Args what the handlers are called with */
export class Subscribers {
  constructor() {
    /** @type {Set<(...args: Args) => void>} */
    this.handlers = new Set();
  }

  /** @param {(...args: Args) => void} handler @returns {Stop} */
  add(handler) {
    this.handlers.add(handler);
    return () => {
      this.handlers.delete(handler);
    };
  }

  /** @param {Args} args What a handler throws keeps the later ones from being called. */
  notify(...args) {
    for (const handler of this.handlers) handler(...args);
  }
}

/** @param {Stop[]} stops called, and removed from the list */
export function stopAll(stops) {
  for (const stop of stops.splice(0)) stop();
}
