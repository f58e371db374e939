/** Colours and widths of the pen, by the numbers that rows have. */

export const PAPER = "#fbf8ef";
/** The second rubs out: it is that of the paper. */
export const COLOURS = ["#1c1b19", PAPER, "#d43a2c", "#ef8a1d", "#f2cb2e", "#3c9a4a", "#8fd0ea", "#2f62c4", "#8a4fb0", "#7b4a24"];
export const COLOUR_NAMES = ["Black", "Rubber", "Red", "Orange", "Yellow", "Green", "Light blue", "Blue", "Violet", "Brown"];
/** World units. */
export const WIDTHS = [4, 9, 20, 44];
export const WIDTH_NAMES = ["Fine", "Medium", "Thick", "Very thick"];
