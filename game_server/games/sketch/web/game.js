import { game } from "/sdk.js";
import { Pen } from "./pen.js";
import { Tools } from "./tools.js";
import { COLOURS, PAPER, WIDTHS } from "./pens.js";

/** @typedef {{colour: number, width: number, places: [number, number][]}} Stroke */

/** The strokes of each picture, made once a snapshot. @type {WeakMap<object, Stroke[]>} */
const pictures = new WeakMap();
/** The own pen in each match: a page may show two. @type {WeakMap<object, Pen>} */
const pens = new WeakMap();
/** Words that were yours to draw, by their numbers. @type {Map<number, string>} */
const words = new Map();

/** @param {any[]} points in their order @returns {Stroke[]} */
function strokesOf(points) {
  /** @type {Stroke[]} */
  const strokes = [];
  for (const { x, y, begins, colour, width } of points) {
    if (begins || !strokes.length) strokes.push({ colour, width, places: [] });
    strokes[strokes.length - 1].places.push([x, y]);
  }
  return strokes;
}

/** @param {any[]} points @returns {Stroke[]} */
function pictureOf(points) {
  const strokes = pictures.get(points) ?? strokesOf([...points].sort((a, b) => a.at - b.at));
  pictures.set(points, strokes);
  return strokes;
}

/** @param {import("./tools.js").Look["send"]} send of a match @returns {Pen} */
function penOf(send) {
  const pen = pens.get(send) ?? new Pen();
  pens.set(send, pen);
  return pen;
}

/** Follow the hand of the one who draws. @param {Pen} pen @param {import("./tools.js").Look} look @param {Stroke[]} picture */
function follow(pen, { held, pointer, send, world }, picture) {
  const now = performance.now();
  pen.shown(picture[picture.length - 1]?.places.slice(-1)[0], now);
  if (held("draw") && pointer) pen.move(pointer, world, now);
  else pen.lift();
  pen.deliver(send, now);
}

/** @param {import("./tools.js").Look} look @returns {boolean} whether you draw now */
function isDrawing({ me, round, turn }) {
  return round.playing && me !== null && turn.drawer === me.id;
}

/** A dot, or a line through the middles between its points, which so has no corners. @param {CanvasRenderingContext2D} context @param {Stroke} stroke */
function drawStroke(context, { colour, width, places }) {
  context.fillStyle = context.strokeStyle = COLOURS[colour];
  context.lineWidth = WIDTHS[width];
  context.lineCap = context.lineJoin = "round";
  context.beginPath();
  // A line without length is drawn by some browsers alone.
  if (places.length === 1) {
    context.arc(places[0][0], places[0][1], WIDTHS[width] / 2, 0, 2 * Math.PI);
    context.fill();
    return;
  }
  context.moveTo(places[0][0], places[0][1]);
  for (let at = 1; at < places.length - 1; at += 1) {
    const [x, y] = places[at];
    context.quadraticCurveTo(x, y, (x + places[at + 1][0]) / 2, (y + places[at + 1][1]) / 2);
  }
  context.lineTo(...places[places.length - 1]);
  context.stroke();
}

/** @param {import("./tools.js").Look} look @returns {string} the letters that are shown */
function lettersOf({ letters }) {
  return [...letters].sort((a, b) => a.at - b.at).map(({ code }) => (code === 32 ? "\u2003" : code ? String.fromCharCode(code) : "_")).join("");
}

/** @param {import("./tools.js").Look} look @returns {string} the word that you draw; empty until it is known */
function wordOf({ turn, me }) {
  return (me && turn.drawer === me.id && words.get(turn.word)) || "";
}

export default game({
  draw(paint, look) {
    const { points, turn, pointer, send, world, players, colours } = look;
    const [picture, pen, draws] = [pictureOf(points), penOf(send), isDrawing(look)];
    if (draws) follow(pen, look, picture);
    else pen.forget();
    paint.fill(PAPER, 0, 0, world.width, world.height);
    const { context } = paint;
    context.save();
    context.beginPath();
    context.rect(0, 0, world.width, world.height);
    context.clip();
    for (const stroke of [...picture, ...strokesOf(pen.ahead)]) drawStroke(context, stroke);
    if (draws && pointer) paint.circle(pointer.x, pointer.y, WIDTHS[pen.width] / 2 + 2, { line: "#888", width: 1 });
    context.restore();
    if (!points.length && look.round.playing && !draws) {
      const drawer = players.find(({ id }) => id === turn.drawer);
      if (drawer) paint.text(`${drawer.name} draws`, world.width / 2, world.height / 2, { colour: colours.faint, size: 34 });
    }
  },

  root(element, look) {
    const tools = new Tools(element, look.send, penOf(look.send));
    let asked = -Infinity;
    return (now) => {
      const { me, turn, round, time, send } = now;
      const draws = isDrawing(now);
      const word = wordOf(now);
      // The word comes to this page alone, when it asks: so it is there again after a reload.
      if (draws && !word && time - asked > 1) {
        send.remind();
        asked = time;
      }
      tools.show({ word: draws ? word && `Draw: ${word}` : lettersOf(now), draws, guesses: round.playing && me !== null && !draws && !me.knows, colour: turn.colour, width: turn.width, empty: !turn.points });
    };
  },

  click(place, look) {
    // A tap may be over before the next frame.
    if (!isDrawing(look)) return;
    const pen = penOf(look.send);
    pen.lift();
    pen.move(place, look.world, performance.now());
  },

  on: {
    word({ number, word }) {
      words.set(number, word);
    },
    found({ player }, { me, play }) {
      play(player.id === me?.id ? "mine" : "found");
    },
    solved(_, { play }) {
      play("over");
    },
  },

  hud({ me, turn, round, players }) {
    const drawer = players.find(({ id }) => id === turn.drawer);
    if (!round.playing || !drawer) return {};
    return { clock: drawer.id === me?.id ? "You draw" : `${drawer.name} draws`, banner: me?.knows ? "You have found it" : undefined };
  },

  sounds: {
    mine: [{ wave: "triangle", from: 523, seconds: 0.12 }, { wave: "triangle", from: 784, seconds: 0.25, after: 0.11 }],
    found: [{ wave: "sine", from: 440, seconds: 0.12, loud: 0.15 }],
    over: [{ wave: "triangle", from: 392, to: 262, seconds: 0.4, loud: 0.2 }],
  },
});
