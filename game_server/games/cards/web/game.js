import { game } from "/sdk.js";
import { TableView } from "./table_view.js";

export default game({
  root(element) {
    const view = new TableView(element);
    return (look) => view.show(look);
  },

  on: {
    laid(_, { play }) { play("put"); },
    took(_, { play }) { play("take"); },
    won(_, { play }) { play("won"); },
  },

  hud({ round }) {
    return { clock: round.playing ? "First to 100" : undefined, banner: round.waiting && "Waiting for another player" };
  },

  sounds: {
    put: [{ wave: "noise", from: 1800, to: 500, seconds: 0.07, loud: 0.3 }],
    take: [{ wave: "noise", from: 700, to: 2200, seconds: 0.09, loud: 0.18 }],
    won: [
      { wave: "triangle", from: 523, seconds: 0.18 },
      { wave: "triangle", from: 659, seconds: 0.18, after: 0.14 },
      { wave: "triangle", from: 784, seconds: 0.4, after: 0.28 },
    ],
  },
});
