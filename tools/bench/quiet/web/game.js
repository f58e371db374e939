/** Shows how often somebody has clicked, and measures how long an own click takes to be seen. */

import { game } from "/sdk.js";

/** @type {{clicked: number | null, seen: number, answers: number[]}} */
const measured = { clicked: null, seen: 0, answers: [] };
Object.assign(window, { measured });

export default game({
  click: (_, { send }) => {
    measured.clicked = performance.now();
    send.mark();
  },
  draw: (paint, { state }) => {
    const clicks = state?.clicks ?? 0;
    if (clicks > measured.seen && measured.clicked !== null) {
      measured.answers.push(performance.now() - measured.clicked);
      measured.clicked = null;
    }
    measured.seen = clicks;
    paint.fill(clicks % 2 ? "#eee" : "#ddd");
  },
});
