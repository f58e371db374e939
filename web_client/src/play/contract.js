/**
 * What the client asks of a game. A game is one module in `games/`, named as the server names the game, that
 * exports `create`. It reads the tables that it declared on the server, draws them, and puts them into words; the
 * connection, clocks, prediction, interpolation, screens and controls are not its business.
 */

/** @typedef {import("../net/protocol.js").Welcome} Welcome */
/** @typedef {import("../net/protocol.js").Member} Member */
/** @typedef {import("../net/schema.js").Row} Row */
/** @typedef {import("../net/snapshot.js").Tables} Tables */
/** @typedef {import("../net/snapshot.js").World} World */
/** @typedef {import("./interpolation.js").Motion} Motion */
/** @typedef {import("./prediction.js").Move} Move */
/** @typedef {import("./input.js").Action} Action */
/** @typedef {import("./input.js").Input} Input */

/**
 * One frame: what is to be seen, and when it was so.
 *
 * @typedef {object} Scene
 * @property {number} now local milliseconds
 * @property {number} elapsed seconds since the frame before, at most 0.1
 * @property {number} tickRate ticks a second
 * @property {number} time match time of everything but yourself, ticks
 * @property {number} ownTime match time of yourself, ticks
 * @property {number} player your seat
 * @property {Readonly<Row> | null} own your entity's row as predicted, where it is to be drawn
 * @property {number} aim where you aim now, 4096ths of a turn
 * @property {Tables} tables at `time`; its rows are overwritten for the next scene: copy one to keep it
 * @property {Tables} latest of the newest snapshot
 * @property {number} latestTick
 * @property {boolean} frozen no snapshot has come for so long that nothing is carried on any more
 * @property {ReadonlyMap<number, Member>} members everybody seen in the match, those who left included
 */

/**
 * The part of the world that the screen shows.
 *
 * @typedef {object} View
 * @property {number} left world units, as are right, top, bottom, x and y
 * @property {number} top
 * @property {number} right
 * @property {number} bottom
 * @property {number} x the middle
 * @property {number} y
 * @property {number} scale CSS pixels a world unit
 * @property {number} density device pixels a CSS pixel
 * @property {number} width CSS pixels
 * @property {number} height CSS pixels
 */

/**
 * @typedef {object} Voice one part of a sound
 * @property {"sine" | "triangle" | "square" | "noise"} wave
 * @property {number} from hertz: of the tone, or of the band of noise
 * @property {number} to hertz at the end
 * @property {number} seconds
 * @property {number} loud 0 to 1
 * @property {number} [after] seconds from the start of the sound
 */

/** @typedef {readonly Voice[]} Recipe */

/**
 * Sound and shaking of the screen, as far as the player's preferences allow them.
 *
 * @typedef {object} Stage
 * @property {(recipe: Recipe, loud?: number, pan?: number) => void} play `loud` 0 to 1; `pan` -1 left to 1 right
 * @property {(trauma: number) => void} shake the screen; 0 to 1
 * @property {boolean} names whether names are shown beside the entities
 * @property {(error: unknown, text: string) => void} fault the game's own script has failed; `text` is for those who play
 * @property {(number: number, values: readonly (number | string)[]) => void} act ask the rules for something, once
 * @property {(alone: boolean) => HTMLElement} root the element for buttons and text, empty and shown from now on, until the
 *   stay is over; `alone`: the game draws no field
 */

/** @typedef {{path: string, colour: string}} Emblem an SVG path in a square of 40 units about the origin */
/** @typedef {{player: number} | {text: string}} FeedPart */
/** @typedef {{parts: FeedPart[], mine: boolean}} FeedEntry */

/**
 * @typedef {object} Gauge
 * @property {string} label
 * @property {number} fraction 0 to 1; 1 is ready
 * @property {boolean} lit
 */

/**
 * @typedef {object} Hud
 * @property {{label: string, value: number, most: number} | null} meter the one bar that matters most
 * @property {Gauge[]} gauges
 * @property {{label: string, seconds: number}[]} boosts
 * @property {{label: string, seconds: number | null}} clock
 * @property {{title: string, detail: string, aside: boolean} | null} banner `aside`: you play on meanwhile, so that it
 *   stands small at the rim and covers nothing
 */

/**
 * @typedef {object} Standing of a player
 * @property {number} player
 * @property {number[]} cells as the columns of the standings
 * @property {number} side which of the sides; -1 for none
 * @property {number} place on that side, from 1; equals share one, and the next place is left out
 */

/** @typedef {{name: string, emblem: Emblem, score: number, mine: boolean}} Side players who win together */

/**
 * @typedef {object} Standings
 * @property {string} title
 * @property {number} round counts up from round to round
 * @property {string[]} columns
 * @property {Standing[]} rows best first
 * @property {Side[]} sides none where everybody is alone
 * @property {{winner: number | null, seconds: number | null} | null} results between rounds, null while one runs; the
 *   winner is a player, or one of the sides
 */

/** @typedef {{id: number, x: number, y: number, alive: boolean, aim: number, health?: number}} Actor */
/** @typedef {import("./bindings.js").GameControl & {touch?: {thumb: string, does: string}}} Control of the game's own; `touch`: its hint for one who touches */
/** @typedef {{readonly [field: string]: number | string}} Fields of an event */
/**
 * @typedef {object} Mark a disc on the map
 * @property {number} x world units
 * @property {number} y
 * @property {string} colour
 * @property {number} size pixels
 * @property {string} [rim] the colour of a ring around it
 * @property {boolean} [pointed] whether it is a diamond instead
 */

/**
 * @typedef {object} Game one match, as one player sees it
 * @property {{readonly [action in Action]?: number}} buttons the bit of each action in an input
 * @property {readonly Control[]} controls beside those that steer
 * @property {boolean} steers whether `up`, `down`, `left` and `right` do something
 * @property {boolean} aims whether the mouse, or the right thumb, does
 * @property {boolean} [rewinds] false if nobody is judged by what they saw, so that it need not be sent how long ago that was
 * @property {boolean} [points] whether it matters where on the field the mouse, or a finger, is
 * @property {(input: Input) => {buttons: number, aim: number}} [pressed] what is sent of what is pressed; if left out, the
 *   bits of `buttons`, and the direction of the aim
 * @property {{width: number, height: number}} world world units
 * @property {{width: number, height: number}} view world units that a screen of the same shape shows
 * @property {{[table: string]: Motion}} motion of the tables that are interpolated
 * @property {(own: Readonly<Row>, buttons: number, aim: number) => Readonly<Row>} step your own entity, one tick on
 * @property {(move: Move) => void} [moved] your own entity has made a step, before the server knows of it
 * @property {(foretold: Readonly<Row>, own: Readonly<Row>) => boolean} [befell] whether your own entity came out
 *   differently because of what others did to it: no wrong prediction
 * @property {(world: World) => void} [arrived] a snapshot has come; it is seen later
 * @property {(world: World) => void} [jump] the next scene does not follow on the last: nothing but this world is shown of
 *   what has been
 * @property {(name: string, fields: Fields) => boolean} [urgent] whether an event is passed on
 *   when it comes, not when the others are shown as of its tick: because it concerns yourself, say
 * @property {(name: string, fields: Fields, scene: Scene) => FeedEntry | null} event
 * @property {(context: CanvasRenderingContext2D, scene: Scene, view: View) => void} draw in world units
 * @property {(context: CanvasRenderingContext2D) => void} drawMap the whole world at rest, in world units
 * @property {(scene: Scene) => Mark[]} marks what the map shows of the moment
 * @property {(scene: Scene) => readonly Actor[]} actors the players' entities, valid until the next scene
 * @property {() => {shots: number, hits: number}} [tallies] shots that you fired, as predicted, and hits as the server reported them
 * @property {(place: {x: number, y: number}, scene: Scene) => void} [clicked] a press at a place of the world, while you play
 * @property {{[command: string]: (...values: (number | string)[]) => void}} [send] what the rules may be asked for
 * @property {(scene: Scene) => {[name: string]: any}} [look] what is to be seen now, by the names of the rules
 * @property {(scene: Scene) => Hud} hud
 * @property {(scene: Scene, present: ReadonlySet<number>) => Standings} standings of the players who are here
 * @property {(player: number) => Emblem} emblem
 */

/** @typedef {{step: (own: Readonly<Row>, buttons: number, aim: number) => Readonly<Row>}} Rule of prediction, made for a tick rate */
/** @typedef {{create?: (tickRate: number) => Rule}} Rules the module `rules.js` of a game; empty where nothing is predicted */

/**
 * @typedef {object} GameModule
 * @property {(welcome: Welcome, stage: Stage, rules?: Rules) => Game} create
 * @property {boolean} [declared] whether it wants `rules`
 * @property {readonly Control[]} [controls] of all matches, for the list of keys before the first
 */

export {};
