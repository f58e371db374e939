/** A fight of 64 ships in the arena, all in one view, in virtual time: frames of the real client on a fake page. */

import { FakeElement, openPage } from "./page.js";

const RATE = 30;
export const SEATS = 64;
/** How long the fight lasts. */
const SECONDS = 30;
const FRAME_MS = 1000 / 60;
/** Map of the size that the server makes for 64. */
export const MAP = { width: 60, height: 34 };
export const TILE = 64;
const ALIVE = 1;

/** @param {number} column @param {number} row */
const isWall = (column, row) => column === 0 || row === 0 || column === MAP.width - 1 || row === MAP.height - 1
  || (column % 7 === 3 && row % 6 < 2);

export function walls() {
  const bits = new Uint8Array(Math.ceil((MAP.width * MAP.height) / 8));
  for (let at = 0; at < MAP.width * MAP.height; at += 1) {
    if (isWall(at % MAP.width, Math.floor(at / MAP.width))) bits[at >> 3] |= 1 << (at & 7);
  }
  return bits;
}

/**
 * The world at a tick: everybody circles in the middle of the map, and fires five bolts a second.
 * @param {number} tick @param {number} seats
 */
export function worldAt(tick, seats = SEATS) {
  const ship = new Map();
  const bolt = new Map();
  for (let id = 0; id < seats; id += 1) {
    const turn = tick / 40 + id;
    const x = Math.round((1400 + (id % 8) * 150 + Math.cos(turn) * 60) * 4) / 4;
    const y = Math.round((760 + Math.floor(id / 8) * 85 + Math.sin(turn) * 40) * 4) / 4;
    const aim = (tick * 2 + id * 16) & 255;
    ship.set(id, { x, y, aim, health: 40 + (id % 60), flags: ALIVE | (id % 9 === 0 ? 2 : 0), team: 0 });
    const born = tick - ((tick + id) % 6);
    bolt.set(id * 8 + (Math.floor((tick + id) / 6) & 7), { x, y, aim: ((born * 32 + id * 256) & 4095), owner: id, born: born & 255 });
  }
  const pickup = new Map(Array.from({ length: 24 }, (_, id) => [id, { x: 1300 + id * 60, y: 700 + (id % 5) * 150, kind: id % 3 }]));
  const score = new Map(Array.from({ length: seats }, (_, id) => [id, { kills: (id * 7) % 20, deaths: id % 5, team: 0 }]));
  const round = new Map([[0, { phase: 2, ends: 1e6, number: 3, winner: 65535, teams: 0 }]]);
  const me = ship.get(0);
  const own = {
    x: me.x, y: me.y, vx: 0, vy: 0, dash_wait: 0, fire_wait: 0, dash_left: 0, dash_aim: 0, rapid_left: 0, shield_left: 0,
    respawn_wait: 0, alive: 1,
  };
  return { tick, own, tables: { ship, bolt, pickup, score, round, team: new Map() } };
}

/**
 * @param {{watching?: boolean, frameMs?: number}} how `watching`: as a spectator, who sees the whole arena; `frameMs`: from
 *   one frame to the next
 */
export async function startFight({ watching = false, frameMs = FRAME_MS } = {}) {
  const element = openPage();
  const { MatchPage } = await import("../../../web_client/src/app/match_page.js");
  const { create } = await import("../../../web_client/src/games/arena.js");
  const { Instruments } = await import("../../../web_client/src/debug/instruments.js");
  const { Roster } = await import("../../../web_client/src/lobby/roster.js");
  const { Dispatcher } = await import("../../../web_client/src/net/dispatcher.js");
  const { NO_PLAYER } = await import("../../../web_client/src/net/requests.js");
  const { Input } = await import("../../../web_client/src/play/input.js");
  const { Session } = await import("../../../web_client/src/play/session.js");
  const { Preferences } = await import("../../../web_client/src/view/preferences.js");
  const { welcome } = await import("../net/toy.js");

  const connection = /** @type {import("../../../web_client/src/net/connection.js").Connection} */ (/** @type {unknown} */ ({
    status: { state: watching ? "watching" : "playing" }, send() {}, bytesIn: 0, bytesOut: 0, token: { value: "" },
  }));
  const input = new Input();
  const messages = new Dispatcher();
  const match = new MatchPage(connection, input, new Preferences(null, true), () => {});
  const instruments = new Instruments(connection, input, match);
  for (const part of [instruments, match]) part.start(messages);
  const welcomed = welcome({
    player: watching ? NO_PLAYER : 0, tick: 0,
    match: { id: "K7RW2P", name: "Friday", game: "arena", maxPlayers: SEATS, whole: false, minimap: true },
    setup: { ...MAP, tile: TILE, walls: walls(), mode: "free-for-all", friendly_fire: true, kills_to_win: 20 },
    roster: Array.from({ length: SEATS }, (_, player) => ({ player, nickname: `Captain ${player}`, kind: 1, present: true })),
  });
  const game = create(welcomed, match.view.stage);
  const session = new Session(welcomed, new Roster(welcomed), game, () => {}, { news: () => {}, feed: () => {} });
  // Made before: what a fight costs is counted without it.
  const worlds = Array.from({ length: RATE * SECONDS }, (_, tick) => worldAt(tick));
  let world = worlds[0];
  session.decoder.apply = () => ({ world, fault: null });
  match.session = session;
  const clock = { now: 0, tick: 0 };

  /** As long as a frame, with the snapshots that come meanwhile: those of a fight that begins again when it is over. */
  const hidden = () => {
    clock.now += frameMs;
    while (clock.tick * (1000 / RATE) <= clock.now) {
      world = { ...worlds[clock.tick % worlds.length], tick: clock.tick };
      session.takeSnapshot(/** @type {never} */ ({ type: "snapshot", tick: clock.tick, ack: clock.tick, depth: 2, tables: [[0, []]] }), clock.now);
      clock.tick += 1;
    }
    match.keepTime(clock.now);
  };

  /** One frame, and the snapshots that have come before it. */
  const frame = () => {
    hidden();
    match.frame(clock.now);
  };
  return { frame, hidden, match, instruments, session, element, clock };
}

export { FakeElement };
