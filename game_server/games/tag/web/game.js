import { game } from "/sdk.js";

const RADIUS = 16;

export default game({
  draw(paint, { players, me, world, colours }) {
    paint.fill(colours.shallow, 0, 0, world.width, world.height);
    for (const player of players) {
      const line = player.it ? colours.alarm : player.id === me?.id ? "#fff" : colours.ink;
      paint.circle(player.x, player.y, RADIUS, { fill: player.colour, line, width: player.it ? 6 : 2 });
      paint.name(player);
    }
  },

  on: {
    tagged({ by, player }, { me, shake, play }) {
      play("tagged", { at: player });
      if (player.id === me?.id || by.id === me?.id) shake(0.5);
    },
  },

  hud({ players, me, round }) {
    const it = players.find((player) => player.it);
    return {
      clock: round.playing && it ? `${it.id === me?.id ? "You are" : `${it.name} is`} it` : undefined,
      banner: me?.frozen ? "Touched! Stand still" : round.waiting && "Waiting for another player",
    };
  },

  sounds: { tagged: [{ wave: "square", from: 220, to: 880, seconds: 0.2 }] },
});
