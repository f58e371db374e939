/**
 * A timer for a page that is hidden. Browsers then let the page's own timers fire once a minute, which is too late to
 * notice a dead connection while the seat is kept; the timers of a worker (background_worker.js) are not slowed down.
 */

/** @typedef {Pick<Worker, "onmessage"> & Partial<Pick<Worker, "terminate">>} Beating */

/** @param {string} address of background_worker.js @returns {Beating} */
const startWorker = (address) => new Worker(address, { type: "module" });

export class BackgroundTimer {
  /** @param {string} address of background_worker.js @param {() => void} beat @param {(address: string) => Beating} start */
  constructor(address, beat, start = startWorker) {
    this.address = address;
    this.beat = beat;
    this.start = start;
    /** Made when the page is first hidden: a first visit does not need it. @type {Beating | null} */
    this.worker = null;
    this.hidden = false;
  }

  stop() {
    this.worker?.terminate?.();
    this.worker = null;
    this.hidden = false;
  }

  /** @param {boolean} hidden whether the page is hidden from now on */
  turn(hidden) {
    this.hidden = hidden;
    if (!hidden || this.worker) return;
    try {
      this.worker = this.start(this.address);
    } catch {
      return; // Without workers the page's own timers have to do.
    }
    this.worker.onmessage = () => {
      if (this.hidden) this.beat();
    };
  }
}
