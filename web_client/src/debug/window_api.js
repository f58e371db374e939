/**
 * `window.gameServer`: the state of the page, for tests and for the curious. Reading it changes nothing.
 *
 * - `state`: "nickname", "connecting", "joining", "lobby", "playing", "watching", "lost", "stopped", "version", "replaced"
 *   or "removed"
 * - `player`, `nickname`: your seat and the name that you were given; null and "" before the welcome, null for one who watches
 * - `match`: its id; "" before the welcome
 * - `host`: the seat of the match's host, null for none; `roster`: `{player, nickname, kind, present}` of every seat taken
 * - `token`: whether this tab has a session token; `queue`: `{match, place, length}`, null when in none
 * - `lobby`: the rows of the list of matches; `people`: connected to the server, as the lobby reported last
 * - `following`: the seat that one who watches follows; null for the whole world
 * - `chat`: what was said here, `{kind, player, nickname, text}`, oldest first
 * - `tick`: of the latest snapshot
 * - `ships`: every player's entity as drawn in the last frame: `{id, nickname, x, y, alive, health}`, world units
 * - `self`: your own entity as drawn: `{x, y}`; null when you have none
 * - `scale`: CSS pixels a world unit; `screen(x, y)`: where a place of the world is on the screen, `{x, y}` in CSS pixels
 * - `errors`: errors of the page, oldest first, at most 100
 * - `stats`: now: `rtt_ms`, `jitter_ms`, `interpolation_delay_ms`, `depth` and `depth_target` (ticks), `behind` (16ths of
 *   a tick, as sent last), `snapshots_per_second`, `bytes_in_per_second`, `bytes_out_per_second`, `fps`, and of the last
 *   300 frames `frame_ms_p50`, `frame_ms_p99` (from one to the next), `work_ms_p50`, `work_ms_p99` (script and drawing);
 *   of the last minute: `prediction_errors_per_minute`; in this stay: `inputs` sent, `late_inputs` (of them, those that
 *   were not there in time, by the snapshots), `corrections` (prediction was wrong, and smoothed), `jumps` (so wrong that it
 *   was shown at once, or what others did to you: a respawn, say), `changes` (something else than the place was not as
 *   foretold, though the input came in time: others changed it), `snapshots`, `desyncs`
 * - `shots`, `hits`: that you fired, as predicted, and that hit, as the server reported
 * - `record(true)` begins a recording, empty, and `record(false)` ends it: `frames`, the last 36,000 that were drawn
 *   meanwhile, and `presses`, the last 200 of keys that set your entity in motion: see recorder.js
 */

import { NO_PLAYER } from "../net/requests.js";
import { toScreen } from "../view/camera.js";

/** @typedef {import("../app/chat.js").Chat} Chat */
/** @typedef {import("../app/lobby.js").Lobby} Lobby */
/** @typedef {import("../app/match_page.js").MatchPage} MatchPage */
/** @typedef {import("../net/connection.js").Connection} Connection */
/** @typedef {import("./instruments.js").Instruments} Instruments */

/**
 * @param {Window} target @param {Instruments} instruments
 * @param {{connection: Connection, lobby: Lobby, chat: Chat, match: MatchPage}} parts
 */
export function exposeGameServer(target, instruments, { connection, lobby, chat, match }) {
  Object.defineProperty(target, "gameServer", {
    value: Object.freeze({
      get state() { return connection.status.state; },
      get player() { return instruments.session?.watching ? null : (instruments.session?.welcome.player ?? null); },
      get nickname() { return instruments.session?.welcome.nickname ?? ""; },
      get match() { return instruments.session?.welcome.match.id ?? ""; },
      get host() {
        const host = instruments.session?.roster.host ?? NO_PLAYER;
        return host === NO_PLAYER ? null : host;
      },
      get roster() { return instruments.session?.roster.seated.map((member) => ({ ...member })) ?? []; },
      get token() { return connection.token.value !== ""; },
      get queue() {
        const { queue } = connection.whereabouts;
        return queue && { match: queue.match, place: queue.place, length: queue.length };
      },
      get lobby() { return lobby.list.rows.map((row) => ({ ...row })); },
      get people() { return lobby.list.people; },
      get following() { return match.followed; },
      get chat() { return chat.conversation.entries.map((entry) => ({ ...entry })); },
      get tick() { return instruments.session?.tick ?? 0; },
      get ships() { return shipsOf(instruments); },
      get self() {
        const own = instruments.scene?.own;
        return own ? { x: own.x, y: own.y } : null;
      },
      get scale() { return instruments.view?.scale ?? 0; },
      screen(/** @type {number} */ x, /** @type {number} */ y) {
        return instruments.view ? toScreen(instruments.view, { x, y }) : null;
      },
      get shots() { return instruments.session?.game.tallies?.().shots ?? 0; },
      get hits() { return instruments.session?.game.tallies?.().hits ?? 0; },
      get frames() { return instruments.recorder.frames.all(); },
      get presses() { return instruments.recorder.presses.all(); },
      record(/** @type {boolean} */ on) { instruments.recorder.record(on); },
      get errors() { return [...instruments.errors]; },
      get stats() { return instruments.stats; },
    }),
  });
}

/** @param {Instruments} instruments @returns {object[]} as drawn in the last frame */
function shipsOf({ session, scene }) {
  if (!session || !scene) return [];
  return session.game.actors(scene).map(({ id, x, y, alive, health }) => ({
    id, nickname: session.roster.members.get(id)?.nickname ?? "", x, y, alive, health,
  }));
}
