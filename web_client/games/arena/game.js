/** The arena, at the address where a page looks for the module of a game. */

import { controls as arenaControls, create as createArena } from "../../src/games/arena.js";

export const controls = arenaControls;
export const create = createArena;
