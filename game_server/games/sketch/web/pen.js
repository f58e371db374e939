/** The own pen: where it has been, what of that is still to be sent, and what the picture does not show yet. */

/** Milliseconds from one command to the next: ten a second, where the server takes twenty. */
const PACE = 100;
/** Points of a command, as the rules have it. */
const MOST = 32;
/** World units that the pen moves before there is another point. */
const APART = 4;
/** Milliseconds for which the own line is shown though the server has not shown it: it may have come too late for the turn. */
const AHEAD = 5000;

/** @typedef {{x: number, y: number, begins: boolean, colour: number, width: number, time: number}} Point */
/** @typedef {import("/src/games/declared/look.js").Look["send"]} Send */

export class Pen {
  constructor() {
    this.colour = 0;
    this.width = 1;
    this.down = false;
    /** The newest last. @type {Point[]} */
    this.ahead = [];
    /** @type {Point[]} */
    this.unsent = [];
    this.sentAt = -Infinity;
  }

  /** @param {{x: number, y: number}} place where it is down @param {{width: number, height: number}} world @param {number} now milliseconds */
  move(place, world, now) {
    const x = Math.round(Math.min(world.width, Math.max(0, place.x)));
    const y = Math.round(Math.min(world.height, Math.max(0, place.y)));
    const last = this.ahead[this.ahead.length - 1];
    if (this.down && last && Math.max(Math.abs(x - last.x), Math.abs(y - last.y)) < APART) return;
    const point = { x, y, begins: !this.down, colour: this.colour, width: this.width, time: now };
    this.down = true;
    this.ahead.push(point);
    this.unsent.push(point);
  }

  lift() {
    this.down = false;
  }

  /** Let go of what the picture shows. @param {[x: number, y: number] | undefined} newest point of it @param {number} now */
  shown(newest, now) {
    const { ahead } = this;
    const at = newest ? ahead.findIndex(({ x, y }) => x === newest[0] && y === newest[1]) : -1;
    const next = ahead[at + 1];
    // The line goes on from the point that is shown.
    if (at >= 0) ahead.splice(0, (next ? next.begins : !this.down) ? at + 1 : at);
    while (ahead.length > 1 && now - ahead[0].time > AHEAD) ahead.shift();
  }

  /** Send what is due. @param {Send} send @param {number} now */
  deliver(send, now) {
    if (!this.unsent.length || now - this.sentAt < PACE) return;
    this.sentAt = now;
    this.sendSome(send);
  }

  /** @param {Send} send @param {{colour?: number, width?: number}} look */
  choose(send, { colour = this.colour, width = this.width }) {
    this.sendAll(send);
    Object.assign(this, { colour, width });
    send.pen(colour, width);
  }

  /** @param {Send} send @param {"undo" | "clear"} how */
  erase(send, how) {
    this.sendAll(send);
    send[how]();
    this.forget();
  }

  forget() {
    this.down = false;
    this.ahead = [];
    this.unsent = [];
  }

  /** Before something is asked for that comes after it. @param {Send} send */
  sendAll(send) {
    while (this.unsent.length) this.sendSome(send);
  }

  /** Send points of one stroke. @param {Send} send */
  sendSome(send) {
    const next = this.unsent.findIndex(({ begins }, at) => at > 0 && begins);
    const points = this.unsent.splice(0, next > 0 ? Math.min(MOST, next) : MOST);
    send.draw(Number(points[0].begins), ...points.flatMap(({ x, y }) => [x, y]));
  }
}
