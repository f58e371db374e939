// Colyseus 0.18 with the same game of moving: everybody sees the 3 x 3 cells around through a StateView of their own,
// kept up as players and viewers cross from cell to cell. A field of one cell has no views: everybody gets the same.
// One patch a step, sent when the step is done. Inputs come as messages of bytes, the cheapest that there are.
// Usage: node colyseus_server.mjs PORT FIELD SEATS, FIELD as JSON; BENCH_MODULES names the folder of node_modules.
import { createRequire } from "node:module";

const require = createRequire(process.env.BENCH_MODULES);
const { Server, Room } = require("@colyseus/core");
const { WebSocketTransport } = require("@colyseus/ws-transport");
const { schema, t, Encoder, StateView } = require("@colyseus/schema");

Encoder.BUFFER_SIZE = 64 * 1024;

const [, , port, fieldText, seats] = process.argv;
const field = JSON.parse(fieldText);
const viewed = field.columns * field.rows > 1;

const RATE = 30;
const [UP, DOWN, LEFT, RIGHT] = [1, 2, 4, 8];
const DIAGONAL = Math.SQRT1_2;

const Mover = schema({ x: t.uint16(), y: t.uint16(), aim: t.uint8() }, "Mover");
const State = schema({ movers: viewed ? t.map(Mover).view() : t.map(Mover) }, "State");

/** A player: the row that is sent, the exact place, and what it presses. */
class Player {
  constructor(key, client) {
    this.key = key;
    this.view = viewed ? (client.view = new StateView()) : null;
    this.mover = new Mover();
    this.x = Math.random() * field.width;
    this.y = Math.random() * field.height;
    this.buttons = 0;
    this.aim = 0;
    this.cell = -1;
    this.centre = -1;
  }

  step(dt) {
    const right = (this.buttons & RIGHT ? 1 : 0) - (this.buttons & LEFT ? 1 : 0);
    const down = (this.buttons & DOWN ? 1 : 0) - (this.buttons & UP ? 1 : 0);
    const distance = (right && down ? DIAGONAL : 1) * field.speed * dt;
    this.x = Math.min(Math.max(this.x + right * distance, 0), field.width);
    this.y = Math.min(Math.max(this.y + down * distance, 0), field.height);
    this.show();
  }

  show() {
    this.mover.x = Math.min(Math.round(this.x / field.step), 65535);
    this.mover.y = Math.min(Math.round(this.y / field.step), 65535);
    this.mover.aim = this.aim >> 4;
  }
}

/** Who is in which cell, and who watches it. */
class Grid {
  constructor() {
    const count = field.columns * field.rows;
    this.residents = Array.from({ length: count }, () => new Set());
    this.watchers = Array.from({ length: count }, () => new Set());
    this.around = Array.from({ length: count }, (_, cell) => this.neighbours(cell));
  }

  neighbours(cell) {
    const [row, column] = [Math.floor(cell / field.columns), cell % field.columns];
    const cells = new Set();
    for (let y = Math.max(row - 1, 0); y <= Math.min(row + 1, field.rows - 1); y++)
      for (let x = Math.max(column - 1, 0); x <= Math.min(column + 1, field.columns - 1); x++)
        cells.add(y * field.columns + x);
    return cells;
  }

  cellAt(x, y) {
    const column = Math.min(Math.floor(x / field.cellWidth), field.columns - 1);
    const row = Math.min(Math.floor(y / field.cellHeight), field.rows - 1);
    return row * field.columns + column;
  }

  /** Whether the player is still near enough to the centre of its view for the view to stay. */
  near(player) {
    if (player.centre < 0) return false;
    const left = (player.centre % field.columns) * field.cellWidth;
    const top = Math.floor(player.centre / field.columns) * field.cellHeight;
    return (
      left - field.marginX <= player.x && player.x < left + field.cellWidth + field.marginX &&
      top - field.marginY <= player.y && player.y < top + field.cellHeight + field.marginY
    );
  }

  update(player) {
    const cell = this.cellAt(player.x, player.y);
    if (cell !== player.cell) this.move(player, cell);
    if (cell !== player.centre && !this.near(player)) this.look(player, cell);
  }

  move(player, cell) {
    const before = player.cell < 0 ? null : this.watchers[player.cell];
    const now = this.watchers[cell];
    before?.forEach((watcher) => now.has(watcher) || watcher.view.remove(player.mover));
    now.forEach((watcher) => before?.has(watcher) || watcher.view.add(player.mover));
    if (player.cell >= 0) this.residents[player.cell].delete(player);
    this.residents[cell].add(player);
    player.cell = cell;
  }

  look(player, centre) {
    const before = player.centre < 0 ? new Set() : this.around[player.centre];
    const now = centre < 0 ? new Set() : this.around[centre];
    for (const cell of before)
      if (!now.has(cell)) {
        this.watchers[cell].delete(player);
        this.residents[cell].forEach((resident) => player.view.remove(resident.mover));
      }
    for (const cell of now)
      if (!before.has(cell)) {
        this.watchers[cell].add(player);
        this.residents[cell].forEach((resident) => player.view.add(resident.mover));
      }
    player.centre = centre;
  }

  remove(player) {
    for (const cell of this.around[player.centre]) this.watchers[cell].delete(player);
    this.residents[player.cell].delete(player);
    player.view.dispose();
  }
}

class Arena extends Room {
  maxClients = Number(seats);
  patchRate = null;
  state = new State();

  onCreate() {
    this.grid = viewed ? new Grid() : null;
    this.players = new Map();
    this.numbers = 0;
    this.onMessageBytes(0, (client, bytes) => {
      const player = this.players.get(client.sessionId);
      player.buttons = bytes[0];
      player.aim = bytes[1] | (bytes[2] << 8);
    });
    this.setTimestep(() => this.step(), 1000 / RATE);
  }

  step() {
    for (const player of this.players.values()) player.step(1 / RATE);
    if (this.grid) for (const player of this.players.values()) this.grid.update(player);
    this.broadcastPatch();
  }

  onJoin(client) {
    const player = new Player(String(this.numbers++), client);
    this.players.set(client.sessionId, player);
    player.show();
    this.state.movers.set(player.key, player.mover);
    this.grid?.update(player);
  }

  onLeave(client) {
    const player = this.players.get(client.sessionId);
    this.players.delete(client.sessionId);
    this.grid?.remove(player);
    this.state.movers.delete(player.key);
  }
}

const server = new Server({ transport: new WebSocketTransport(), greet: false });
server.define("arena", Arena);
await server.listen(Number(port), "127.0.0.1", 1024);
console.log("Listening");
