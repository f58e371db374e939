/**
 * The colours of players and of the chart that they are drawn on.
 *
 * A palette's colours differ in lightness as well as in hue. The first suits most eyes; the others keep apart what
 * common kinds of colour blindness bring together (a test measures it). Emblem and name distinguish players as well;
 * the order sets players of the same emblem, five seats apart, far apart in colour. Two more are for teams, whose
 * emblems differ too.
 */

/** @typedef {"chart" | "red-green" | "blue-yellow"} PaletteName */

/** @type {{readonly [name in PaletteName]: {readonly title: string, readonly colours: readonly string[], readonly teams: readonly [string, string]}}} */
export const PALETTES = {
  chart: {
    title: "Chart",
    colours: ["#ffb000", "#8ff2cd", "#f6f1dd", "#ee5d42", "#34b87c", "#5cc1f5", "#7691ff", "#d884d3"],
    teams: ["#ffb000", "#55a8ff"],
  },
  "red-green": {
    title: "Red-green blind",
    colours: ["#ffb000", "#3d74e8", "#fff0a8", "#c3c9b0", "#e48490", "#49b6f2", "#f3ecff", "#b36a00"],
    teams: ["#ffb000", "#49a0ff"],
  },
  "blue-yellow": {
    title: "Blue-yellow blind",
    colours: ["#ff6b5e", "#eafffb", "#c43d34", "#0f8f8a", "#27bfb8", "#8fe3dc", "#b98a88", "#ffd3cc"],
    teams: ["#ff6b5e", "#8fe3dc"],
  },
};

export const CHART = {
  deep: "#0b2028",
  shoal: "#0f2a34",
  shallow: "#143642",
  graticule: "#12303b",
  land: "#37322a",
  inland: "#3d382f",
  beyond: "rgba(7, 22, 28, 0.5)",
  coast: "#d9caa2",
  ink: "#07161c",
  paper: "#f2ead6",
  faint: "#8fa3a3",
  alarm: "#ff7a5c",
  good: "#8ff2cd",
};

let inUse = PALETTES.chart;

/** @param {PaletteName} name */
export function usePalette(name) {
  inUse = PALETTES[name];
}

/** @param {number} player @returns {string} */
export function playerColour(player) {
  return inUse.colours[player % inUse.colours.length];
}

/** @param {number} team from 1 @returns {string} */
export function teamColour(team) {
  return inUse.teams[(team - 1) % inUse.teams.length];
}
