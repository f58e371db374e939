/**
 * The colours of players and of the chart that they are drawn on.
 *
 * Players' colours differ in lightness as well as in hue, so that they stay apart under the common kinds of colour
 * blindness; emblem and name tell players apart beside them.
 */

export const PLAYER_COLOURS = [
  "#ffb000", "#5cc1f5", "#ee5d42", "#8ff2cd", "#d884d3", "#f6f1dd", "#7691ff", "#34b87c",
];

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

/** @param {number} player @returns {string} */
export function playerColour(player) {
  return PLAYER_COLOURS[player % PLAYER_COLOURS.length];
}
