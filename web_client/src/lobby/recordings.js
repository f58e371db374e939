/** The list of recordings, as the server gives it. */

import { integer, list, map, number, string } from "../net/checks.js";

/**
 * @typedef {object} RecordingRow
 * @property {string} id
 * @property {string} name
 * @property {string} game
 * @property {string} mode
 * @property {string[]} players persons
 * @property {number} bots
 * @property {number} seconds
 * @property {number} round seconds from the beginning to that of the last round that is over
 * @property {string[] | null} winners of that round; null if none is over
 * @property {Date} started
 */

/** @param {unknown} json @returns {RecordingRow[]} the newest first @throws {ProtocolError} */
export function readRecordings(json) {
  return list(json, "recordings").map((entry) => {
    const row = map(entry, "a recording");
    return {
      id: string(row.id, "id"),
      name: string(row.name, "name"),
      game: string(row.game, "game"),
      mode: string(row.mode, "mode"),
      players: list(row.players, "players").map((name) => string(name, "a player")),
      bots: integer(row.bots, 0, 65535, "bots"),
      seconds: number(row.seconds, "seconds"),
      round: number(row.round, "round"),
      winners: row.winners === null ? null : list(row.winners, "winners").map((name) => string(name, "a winner")),
      started: new Date(1000 * number(row.started, "started")),
    };
  });
}

/** @param {readonly string[]} names @param {number} most @returns {string} those that there is room for */
export function someOf(names, most) {
  const rest = names.length - most;
  return rest > 0 ? `${names.slice(0, most).join(", ")} and ${rest} more` : names.join(", ");
}
