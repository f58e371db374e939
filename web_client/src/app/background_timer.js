/**
 * What keeps a page's time while nobody looks at it. Browsers then let its timers fire once a minute, which is too late
 * for a seat whose line has gone dead without a word; those of a worker (background_worker.js) go on.
 */

/** @typedef {Pick<Worker, "onmessage">} Beating */

/** @param {string} address of background_worker.js @returns {Beating} */
const startWorker = (address) => new Worker(address, { type: "module" });

export class BackgroundTimer {
  /** @param {string} address of background_worker.js @param {() => void} beat @param {(address: string) => Beating} start */
  constructor(address, beat, start = startWorker) {
    this.address = address;
    this.beat = beat;
    this.start = start;
    /** Made when the page is hidden first: a first visit has no need of it. @type {Beating | null} */
    this.worker = null;
    this.hidden = false;
  }

  /** @param {boolean} hidden whether nobody looks at the page from now on */
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
