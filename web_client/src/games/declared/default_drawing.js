/** The drawing of a game that draws nothing itself: rows with a place as discs, the others as lines of text. */

/** @typedef {import("./look.js").Look} Look */
/** @typedef {import("./paint.js").Paint} Paint */
/** @typedef {import("./setup.js").Declared} Declared */

/** World units. */
const PLAYER = 16;
const OTHER = 8;
const LINE = 26;
/** Lines of text that a field of usual size has room for. */
const MOST_LINES = 24;
/** What the engine has of a row for itself. */
const UNSAID = new Set(["id", "name", "colour", "bot", "placed", "here"]);

/** @param {Paint} paint @param {Look} look @param {Declared} declared */
export function drawByDefault(paint, look, { entities, owned, world }) {
  const { players, me, colours } = look;
  paint.fill(colours.shallow, 0, 0, look.world.width, look.world.height);
  /** @type {string[]} */
  const lines = [];
  for (const [table, { plural, single }] of Object.entries(entities)) {
    const rows = single ? [look[plural]].filter(Boolean) : look[plural];
    for (const row of table === owned ? players : rows) {
      if (world && Number.isFinite(row.x) && Number.isFinite(row.y)) {
        const line = row === me ? "#fff" : colours.ink;
        paint.circle(row.x, row.y, table === owned ? PLAYER : OTHER, { fill: row.colour ?? colours.coast, line });
        if (table === owned) paint.name(row);
      } else {
        lines.push(lineOf(table === owned ? row.name : single ? table : `${table} ${row.id}`, row));
      }
    }
  }
  lines.slice(0, MOST_LINES).forEach((line, at) => paint.text(line, LINE, LINE * (at + 1.5), { align: "left" }));
}

/** @param {string} name @param {{[field: string]: unknown}} row @returns {string} */
function lineOf(name, row) {
  const fields = Object.entries(row).filter(([field]) => !UNSAID.has(field)).map(([field, value]) => `${field} ${value}`);
  return `${name}: ${fields.join(", ")}`;
}
