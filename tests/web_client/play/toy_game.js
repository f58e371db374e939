// A game of nothing but a ship that goes to the right, for tests of a session.

export const RIGHT = 8;
export const SPEED = 3;

/** @type {import("../../../web_client/src/play/prediction.js").Step} */
export const step = (state, buttons) => ({ ...state, x: state.x + (buttons & RIGHT ? SPEED : 0) });

/** @returns {import("../../../web_client/src/play/contract.js").Game} */
export function toyGame() {
  const size = { width: 1000, height: 1000 };
  return {
    buttons: { right: RIGHT }, controls: [], steers: true, aims: true, world: size, view: size, step,
    motion: { ship: { lines: ["x", "y"], turns: { aim: 256 }, jump: 50 } },
    event: (name, { killer, victim }) => ({ parts: [{ player: Number(killer) }, { text: name }, { player: Number(victim) }], mine: false }),
    draw() {}, drawMap() {}, marks: () => [], actors: () => [],
    hud: () => ({ meter: null, gauges: [], boosts: [], clock: { label: "", seconds: null }, banner: null }),
    standings: () => ({ title: "", round: 0, columns: [], rows: [], sides: [], results: null }),
    emblem: () => ({ path: "", colour: "" }),
  };
}
