/** The arena's figures, as game_server/games/arena/constants.py has them; tests hold the two together. */

/** Buttons of an input. */
export const BUTTONS = Object.freeze({ UP: 1, DOWN: 2, LEFT: 4, RIGHT: 8, FIRE: 16, DASH: 32 });

/** Bits of a ship's `flags`. */
export const FLAGS = Object.freeze({ ALIVE: 1, SHIELDED: 2, RAPID: 4, DASHING: 8, PROTECTED: 16 });

/** Kinds of pick-ups. */
export const PICKUPS = Object.freeze({ HEALTH: 0, RAPID_FIRE: 1, SHIELD: 2 });

/** Phases of a round. */
export const PHASES = Object.freeze({ WARM_UP: 0, COUNTDOWN: 1, PLAYING: 2, RESULTS: 3 });

/** Player number that stands for none. */
export const NOBODY = 65535;

/** World units: what a player sees, around the own ship. */
export const VIEW_WIDTH = 1280;
export const VIEW_HEIGHT = 720;

/** World units: half the side of the square that walls stop, and the radius that bolts hit. */
export const SHIP_RADIUS = 14;

/** World units a second: what thrust alone reaches. */
export const TOP_SPEED = 300;
/** Per second: how fast speed dies away; also how fast it is gained. */
export const FRICTION = 8;
/** World units per second squared. */
export const ACCELERATION = TOP_SPEED * FRICTION;
/** World units a second below which a ship without thrust stands still. */
export const STOP_SPEED = 1;

/** World units a second. */
export const DASH_SPEED = 900;
/** Seconds. */
export const DASH_SECONDS = 0.15;
export const DASH_COOLDOWN = 2;

/** Seconds from one bolt to the next. */
export const FIRE_COOLDOWN = 0.2;
export const RAPID_FIRE_COOLDOWN = 0.1;

/** World units a second. */
export const BOLT_SPEED = 900;
/** Seconds of flight when nothing is in the way. */
export const BOLT_LIFETIME = 1;
/** World units. */
export const BOLT_RADIUS = 4;

export const MAX_HEALTH = 100;
/** Hit points that a bolt takes, and what is left of that under a shield. */
export const BOLT_DAMAGE = 20;
export const SHIELDED_DAMAGE = 8;

/** Hit points that a health pack gives. */
export const HEALTH_PACK_POINTS = 50;
/** Seconds that rapid fire and a shield last. */
export const RAPID_SECONDS = 8;
export const SHIELD_SECONDS = 8;
/** World units from a ship's centre to that of the thing within which it is taken. */
export const PICKUP_REACH = 30;

/** Seconds from death to respawn, and of protection after it. */
export const RESPAWN_SECONDS = 2;
export const PROTECTION_SECONDS = 1.5;

/** Seconds a round's phases last. */
export const COUNTDOWN_SECONDS = 3;
export const PLAYING_SECONDS = 300;
export const RESULTS_SECONDS = 8;

/**
 * Seconds in whole ticks: the nearest number, at least one.
 * @param {number} seconds
 * @param {number} tickRate ticks a second
 * @returns {number}
 */
export function ticksOf(seconds, tickRate) {
  return Math.max(1, Math.floor(seconds * tickRate + 0.5));
}
