/** The moment of a replay: it runs, at some speed, stands still, or is moved. Ticks and local milliseconds. */

export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8];
/** Milliseconds that a frame may be late: beyond, as after a pause of the page, the match does not run on. */
const LONGEST_FRAME = 250;

export class ReplayClock {
  /** @param {number} first tick @param {number} last tick @param {number} tickRate */
  constructor(first, last, tickRate) {
    this.first = first;
    this.last = last;
    this.perMs = tickRate / 1000;
    this.time = first;
    this.speed = 1;
    this.paused = false;
    this.advancedAt = 0;
  }

  get atEnd() {
    return this.time >= this.last;
  }

  /** @param {number} seconds from the beginning */
  seek(seconds) {
    this.move(this.first + seconds * 1000 * this.perMs);
  }

  /** @param {number} time ticks */
  move(time) {
    this.time = Math.min(this.last, Math.max(this.first, time));
  }

  /** Stand still, a whole tick on or back. @param {number} ticks */
  step(ticks) {
    this.paused = true;
    this.move(ticks > 0 ? Math.floor(this.time) + ticks : Math.ceil(this.time) + ticks);
  }

  /** Run, or stand still; from the end it runs from the beginning. @returns {boolean} whether the moment has jumped */
  toggle() {
    const again = this.atEnd;
    this.paused = !this.paused && !again;
    if (again) this.time = this.first;
    return again;
  }

  /** @param {number} now milliseconds @param {boolean} waits whether what follows has not come yet @returns {number} seconds of the match since the last call */
  advance(now, waits) {
    const passed = Math.min(LONGEST_FRAME, Math.max(0, now - this.advancedAt)) * this.speed;
    this.advancedAt = now;
    if (this.paused || waits || this.atEnd) return 0;
    this.move(this.time + passed * this.perMs);
    return passed / 1000;
  }

  /** @returns {number} from the beginning */
  get seconds() {
    return (this.time - this.first) / this.perMs / 1000;
  }

  /** @returns {number} from the beginning to the end */
  get length() {
    return (this.last - this.first) / this.perMs / 1000;
  }
}
