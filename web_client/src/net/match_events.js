/** The protocol's own events: who comes, goes, is lost and back, and what becomes of the match. */

import { integer, string, tuple } from "./checks.js";
import { MAX_TICK, readMember } from "./read_match.js";
import { NO_PLAYER } from "./requests.js";

/** @typedef {import("./read_match.js").GameEvent} GameEvent */
/** @typedef {import("./read_match.js").Member} Member */

/**
 * @typedef {{name: "joined", member: Member}
 *   | {name: "left", player: number, reason: number}
 *   | {name: "lost", player: number, seconds: number}
 *   | {name: "back", player: number}
 *   | {name: "kind", player: number, kind: number}
 *   | {name: "host", player: number}
 *   | {name: "renamed", title: string}
 *   | {name: "locked", locked: boolean}
 *   | {name: "votes", rematch: number, next: number, people: number}} MatchEvent
 */

/** Of `left`: why. */
export const LEAVINGS = Object.freeze({ left: 0, lost: 1, kicked: 2, banned: 3, idle: 4 });

/** Codes from here on are the game's. */
export const FIRST_OF_THE_GAME = 16;

/**
 * @param {GameEvent} event with a code of the protocol's
 * @returns {MatchEvent | null} null for a code that this version does not know
 * @throws {import("./checks.js").ProtocolError}
 */
export function readMatchEvent({ code, fields }) {
  switch (code) {
    case 0: {
      const [player, nickname, kind] = tuple(fields, 3, "joined");
      return { name: "joined", member: readMember(player, nickname, kind, true) };
    }
    case 1: {
      const [player, reason] = tuple(fields, 2, "left");
      return { name: "left", player: seat(player), reason: integer(reason, 0, 255, "reason") };
    }
    case 2: {
      const [player, seconds] = tuple(fields, 2, "lost");
      return { name: "lost", player: seat(player), seconds: integer(seconds, 0, MAX_TICK, "seconds") };
    }
    case 3: return { name: "back", player: seat(tuple(fields, 1, "back")[0]) };
    case 4: {
      const [player, kind] = tuple(fields, 2, "kind");
      return { name: "kind", player: seat(player), kind: integer(kind, 0, 255, "kind") };
    }
    case 5: return { name: "host", player: integer(tuple(fields, 1, "host")[0], 0, NO_PLAYER, "player") };
    case 6: return { name: "renamed", title: string(tuple(fields, 1, "renamed")[0], "name") };
    case 7: return { name: "locked", locked: integer(tuple(fields, 1, "locked")[0], 0, 1, "locked") === 1 };
    case 8: {
      const [rematch, next, people] = tuple(fields, 3, "votes").map((count) => integer(count, 0, 65535, "votes"));
      return { name: "votes", rematch, next, people };
    }
    default: return null;
  }
}

/** @param {unknown} value */
function seat(value) {
  return integer(value, 0, NO_PLAYER - 1, "player");
}
