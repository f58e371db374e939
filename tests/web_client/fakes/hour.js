/**
 * An hour of a fight of 64 ships in virtual time, hidden for every other minute, on a page without a browser; prints as
 * JSON by how many bytes its heap has grown since the fourth minute. Run by `tools/bench/run page`, with --expose-gc.
 */

import { startFight } from "./fight.js";

const MINUTES = 60;
const SETTLED = 4;
const FRAMES_A_SECOND = 10;

/** @returns {number} bytes */
function heap() {
  /** @type {{gc?: () => void}} */ (globalThis).gc?.();
  return process.memoryUsage().heapUsed;
}

const { frame, hidden } = await startFight({ frameMs: 1000 / FRAMES_A_SECOND });
let settled = 0;
for (let minute = 0; minute < MINUTES; minute += 1) {
  const run = minute % 2 ? hidden : frame;
  for (let count = 0; count < 60 * FRAMES_A_SECOND; count += 1) run();
  if (minute === SETTLED) settled = heap();
}
// Shown again, and drawn, so that what was kept for that is gone.
for (let count = 0; count < 10 * FRAMES_A_SECOND; count += 1) frame();
process.stdout.write(`${JSON.stringify({ minutes: MINUTES, heap_growth_bytes: heap() - settled })}\n`);
