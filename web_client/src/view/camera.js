/** The camera: the part of the world that the screen shows. */

/** @typedef {import("../play/contract.js").View} View */
/** @typedef {{width: number, height: number}} Size */
/** @typedef {{left: number, top: number, right: number, bottom: number}} Insets CSS pixels from the sides of the screen */

/** @type {Readonly<Insets>} */
export const NO_INSETS = Object.freeze({ left: 0, top: 0, right: 0, bottom: 0 });

/** A screen of another shape than the view's may show this much more of one side. */
const MOST_SHOWN = 1.25;
/** CSS pixels: on a smaller screen things are drawn larger, or a thumb hides what an eye cannot see. */
const SMALL_SIDE = 500;
const SMALL_SCALE = 0.78;
/** Part of the screen that may lie outside of the world: a thumb in a corner needs more room, or it covers the ship. */
const RIM = 0.08;
const THUMB_RIM = 0.22;
const WHOLE_RIM = 0.03;

/**
 * As much of the view's area as fits, the screen filled, and no side longer than `MOST_SHOWN` of the view's.
 *
 * @param {Size} screen CSS pixels @param {Size} view world units
 * @returns {number} CSS pixels a world unit
 */
export function fitScale(screen, view) {
  const cover = Math.max(screen.width / view.width, screen.height / view.height);
  const sameArea = Math.sqrt((screen.width * screen.height) / (view.width * view.height));
  const scale = Math.max(sameArea, cover / MOST_SHOWN);
  return Math.min(screen.width, screen.height) < SMALL_SIDE ? Math.max(scale, SMALL_SCALE) : scale;
}

/**
 * @param {Size} screen CSS pixels @param {Size} world world units @param {Insets} insets
 * @returns {number} CSS pixels a world unit, at which all is seen between the insets; they leave some room
 */
function wholeScale(screen, world, insets = NO_INSETS) {
  const width = screen.width - insets.left - insets.right;
  const height = screen.height - insets.top - insets.bottom;
  return Math.min(width / world.width, height / world.height) / (1 + 2 * WHOLE_RIM);
}

/**
 * @param {Size} world world units @param {Size} screen CSS pixels @param {number} density @param {Insets} insets
 * @returns {View} of all of the world, between the insets and there as near to the middle of the screen as can be
 */
export function lookAtWhole(world, screen, density, insets = NO_INSETS) {
  const scale = wholeScale(screen, world, insets);
  const left = -start(screen.width, world.width * scale, insets.left, insets.right) / scale;
  const top = -start(screen.height, world.height * scale, insets.top, insets.bottom) / scale;
  return viewFrom(left, top, screen, scale, density);
}

/**
 * @param {number} screen @param {number} shown @param {number} before @param {number} after CSS pixels, all
 * @returns {number} where the world begins
 */
function start(screen, shown, before, after) {
  const rim = shown * WHOLE_RIM;
  return Math.max(before + rim, Math.min(screen - after - rim - shown, (screen - shown) / 2));
}

/**
 * @param {{x: number, y: number}} focus world units @param {Size} world world units
 * @param {Size} screen CSS pixels @param {number} scale @param {number} density
 * @param {boolean} thumbs whether the player touches the screen
 * @returns {View} the focus in the middle as long as not too much of the outside is shown; laid on whole device pixels
 */
export function look(focus, world, screen, scale, density, thumbs = false) {
  const width = screen.width / scale;
  const height = screen.height / scale;
  const rim = thumbs ? THUMB_RIM : RIM;
  const left = edge(focus.x, width, world.width, rim * width);
  const top = edge(focus.y, height, world.height, rim * height);
  return viewFrom(left, top, screen, scale, density);
}

/**
 * @param {number} x world units @param {number} y @param {Size} screen CSS pixels @param {number} scale
 * @param {number} density @returns {View} that begins there, laid on whole device pixels
 */
function viewFrom(x, y, screen, scale, density) {
  const pixels = scale * density;
  const width = screen.width / scale;
  const height = screen.height / scale;
  const left = Math.round(x * pixels) / pixels;
  const top = Math.round(y * pixels) / pixels;
  return {
    left, top, right: left + width, bottom: top + height, x: left + width / 2, y: top + height / 2,
    scale, density, width: screen.width, height: screen.height,
  };
}

/**
 * @param {number} focus @param {number} shown @param {number} whole @param {number} rim
 * @returns {number} where the shown part begins
 */
function edge(focus, shown, whole, rim) {
  if (shown >= whole + 2 * rim) return (whole - shown) / 2;
  return Math.max(-rim, Math.min(whole + rim - shown, focus - shown / 2));
}

/** @param {View} view @param {{x: number, y: number}} place CSS pixels @returns {{x: number, y: number}} world units */
export function toWorld(view, { x, y }) {
  return { x: x / view.scale + view.left, y: y / view.scale + view.top };
}

/** @param {View} view @param {{x: number, y: number}} place world units @returns {{x: number, y: number}} CSS pixels */
export function toScreen(view, { x, y }) {
  return { x: (x - view.left) * view.scale, y: (y - view.top) * view.scale };
}
