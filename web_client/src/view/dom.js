/** Elements of the page, and text with players' names in it. Text is only ever set as text. */

/** @typedef {import("../play/contract.js").Emblem} Emblem */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @template {HTMLElement} E
 * @param {string} id @param {new () => E} kind
 * @returns {E}
 * @throws {Error} the page has no such element
 */
export function part(id, kind) {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`the page has no ${kind.name} #${id}`);
  return element;
}

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {string} className @param {string | Node[]} content
 * @returns {HTMLElementTagNameMap[T]}
 */
export function make(tag, className = "", content = "") {
  const element = document.createElement(tag);
  element.className = className;
  if (typeof content === "string") element.textContent = content;
  else element.append(...content);
  return element;
}

/** @param {HTMLElement} element @param {string} text the page is touched only when it changes */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {HTMLElement} element @param {boolean} shown */
export function show(element, shown) {
  if (element.hidden === shown) element.hidden = !shown;
}

/** @param {Emblem} emblem @returns {SVGElement} */
export function emblemIcon(emblem) {
  const icon = document.createElementNS(SVG, "svg");
  icon.setAttribute("viewBox", "-20 -20 40 40");
  icon.setAttribute("class", "emblem");
  icon.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", emblem.path);
  path.setAttribute("fill", emblem.colour);
  path.setAttribute("transform", "rotate(-90)");
  icon.append(path);
  return icon;
}

/** @param {string} nickname @param {Emblem | null} emblem @param {boolean} mine @returns {HTMLElement} */
export function nameTag(nickname, emblem, mine) {
  const name = make("span", "nickname", nickname);
  const tag = make("span", mine ? "player mine" : "player", emblem ? [emblemIcon(emblem), name] : [name]);
  if (emblem) tag.style.setProperty("--player", emblem.colour);
  return tag;
}

/** @param {string} reason as the server gives it @returns {string} with a capital and a full stop */
export function sentence(reason) {
  const text = reason.charAt(0).toUpperCase() + reason.slice(1);
  return /[.!?]$/.test(text) || !text ? text : `${text}.`;
}

/** @param {number} seconds @returns {string} minutes and seconds */
export function clockText(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
