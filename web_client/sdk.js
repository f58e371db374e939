/**
 * What a game imports: `import { game } from "/sdk.js"`. Its `game.js` exports by default what `game` returns:
 *
 *     export default game({
 *       draw(paint, { players, me, world, colours }) { ... },
 *       on: { tagged({ by, player }, { play, shake }) { ... } },
 *       hud({ players, me, round }) { return { clock: "...", banner: "..." }; },
 *       sounds: { tagged: [{ wave: "square", from: 220, to: 880, seconds: 0.2 }] },
 *     });
 *
 * Everything may be left out. Rows are objects with the fields that the rules declare; those of players have `name` and
 * `colour` as well. All of `draw` is in world units.
 *
 * And what a page of somebody else's imports, to have a match on a canvas of its own:
 *
 *     import { connect } from "https://play.example/sdk.js";
 *     const match = connect({ canvas: document.querySelector("canvas"), nickname: "Ada" });
 */

import { connect as connectCanvas } from "./src/app/connect.js";
import { game as declaredGame } from "./src/games/declared/declared_game.js";

export const game = declaredGame;
export const connect = connectCanvas;
