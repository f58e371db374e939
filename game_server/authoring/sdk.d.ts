/** The brush: shapes in world units, on a canvas whose context is there as well. */
export interface Paint {
  context: CanvasRenderingContext2D;
  /** The part of the world that the screen shows. */
  view: { left: number; top: number; right: number; bottom: number; x: number; y: number; scale: number; density: number; width: number; height: number };
  /** Whether the player wants names beside things. */
  names: boolean;
  fill(colour: string, x: number, y: number, width: number, height: number): void;
  box(x: number, y: number, width: number, height: number, style?: Style & { round?: number }): void;
  circle(x: number, y: number, radius: number, style?: Style): void;
  path(points: readonly (readonly [x: number, y: number])[], style?: Style & { closed?: boolean }): void;
  text(text: string, x: number, y: number, style?: { colour?: string; size?: number; align?: CanvasTextAlign }): void;
  /** The name of a player who has a place: above it if `dy` is less than 0, otherwise below. */
  name(player: Player, dx?: number, dy?: number): void;
}
/** `width` of the line, world units. */
export interface Style { fill?: string; line?: string; width?: number }
export interface Round {
  waiting: boolean;
  countdown: boolean;
  /** Always, in a game without rounds. */
  playing: boolean;
  results: boolean;
  number: number;
  /** Until this ends; null for no end. */
  seconds: number | null;
  /** A player's id. */
  winner: number | null;
}
export interface Voice {
  wave: "sine" | "triangle" | "square" | "noise";
  from: number;
  to?: number;
  seconds?: number;
  loud?: number;
  after?: number;
}
export interface Tools {
  /** Play one of the `sounds`; from afar it is quieter. */
  play(sound: string, where?: { at?: { x: number; y: number }; loud?: number }): void;
  /** Shake the screen; 0 to 1. */
  shake(trauma: number): void;
}
export interface Figures {
  clock?: string | false;
  banner?: string | false | { title?: string; detail?: string; aside?: boolean };
  meter?: { label: string; value: number; most: number } | false | null;
  gauges?: { label: string; fraction: number; lit?: boolean }[];
}
export interface Looks {
  me: Me | null;
  round: Round;
  world: { width: number; height: number };
  /** Of the page: `shallow`, `deep`, `ink`, `paper`, `alarm`, `good`, ... */
  colours: { readonly [name: string]: string };
  send: Send;
  /** Where the mouse or a finger is on the field; null until it has been there. */
  pointer: { x: number; y: number } | null;
  held(input: Held): boolean;
  /** Of what is shown, in seconds. */
  time: number;
  /** Also one who has left, who has a name and a colour only. */
  playerOf(id: number): Player;
}
export interface Definition {
  draw?(paint: Paint, look: Look): void;
  root?(element: HTMLElement, look: Look): ((look: Look) => void) | void;
  on?: { [E in keyof Events]?: (event: Events[E], look: Look & Tools) => void };
  click?(place: { x: number; y: number }, look: Look): void;
  hud?(look: Look): Figures;
  sounds?: { [name: string]: readonly Voice[] };
  smooth?: { [T in keyof Tables]?: readonly (keyof Tables[T])[] };
}
export declare function game(definition?: Definition): object;
