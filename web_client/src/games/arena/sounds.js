/** Sounds of the arena: wood, water and a ship's bell. */

/** @typedef {import("../../view/sound.js").Recipe} Recipe */

/** @param {number} pitch hertz @param {number} after seconds @param {number} loud @returns {Recipe} a stroke of a bell */
const bell = (pitch, after, loud) => [
  { wave: "sine", from: pitch, to: pitch, seconds: 1.3, loud, after },
  { wave: "sine", from: pitch * 2.76, to: pitch * 2.76, seconds: 0.5, loud: loud * 0.35, after },
  { wave: "sine", from: pitch * 5.4, to: pitch * 5.4, seconds: 0.16, loud: loud * 0.2, after },
];

/** @satisfies {{[name: string]: Recipe}} */
export const SOUNDS = {
  shot: [
    { wave: "triangle", from: 700, to: 170, seconds: 0.1, loud: 0.3 },
    { wave: "noise", from: 2600, to: 900, seconds: 0.05, loud: 0.22 },
  ],
  otherShot: [
    { wave: "triangle", from: 520, to: 150, seconds: 0.09, loud: 0.2 },
    { wave: "noise", from: 1500, to: 600, seconds: 0.05, loud: 0.14 },
  ],
  hit: [
    { wave: "square", from: 1500, to: 1150, seconds: 0.045, loud: 0.13 },
    { wave: "noise", from: 4200, to: 2500, seconds: 0.05, loud: 0.2 },
  ],
  struck: [
    { wave: "triangle", from: 190, to: 62, seconds: 0.2, loud: 0.6 },
    { wave: "noise", from: 700, to: 180, seconds: 0.17, loud: 0.45 },
  ],
  kill: [
    { wave: "triangle", from: 660, to: 660, seconds: 0.12, loud: 0.28 },
    { wave: "triangle", from: 990, to: 990, seconds: 0.3, loud: 0.28, after: 0.09 },
  ],
  sunk: [
    { wave: "noise", from: 900, to: 70, seconds: 0.9, loud: 0.6 },
    { wave: "sine", from: 130, to: 34, seconds: 0.8, loud: 0.6 },
  ],
  wreck: [{ wave: "noise", from: 700, to: 90, seconds: 0.5, loud: 0.35 }],
  dash: [{ wave: "noise", from: 380, to: 1900, seconds: 0.2, loud: 0.34 }],
  pickup: [
    { wave: "sine", from: 587, to: 587, seconds: 0.12, loud: 0.25 },
    { wave: "sine", from: 784, to: 784, seconds: 0.12, loud: 0.25, after: 0.07 },
    { wave: "sine", from: 1175, to: 1175, seconds: 0.25, loud: 0.22, after: 0.14 },
  ],
  count: [{ wave: "sine", from: 440, to: 440, seconds: 0.13, loud: 0.32 }],
  start: bell(880, 0, 0.3),
  won: [...bell(659, 0, 0.26), ...bell(880, 0.22, 0.26), ...bell(1319, 0.44, 0.26)],
  over: [...bell(659, 0, 0.26), ...bell(494, 0.3, 0.26)],
};

/** World units from your ship at which something is no longer heard. */
const HEARD = 900;

/**
 * @param {{x: number, y: number}} at @param {{x: number, y: number}} ear world units
 * @returns {{loud: number, pan: number}} how it is heard from there
 */
export function heardFrom(at, ear) {
  const away = Math.hypot(at.x - ear.x, at.y - ear.y) / HEARD;
  const near = Math.max(0, 1 - away);
  return { loud: near * near, pan: Math.max(-0.8, Math.min(0.8, ((at.x - ear.x) / HEARD) * 1.6)) };
}
