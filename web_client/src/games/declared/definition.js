/** What an author's `game.js` defines, and what its `hud` returns: read, with words for each mistake. */

/** @typedef {import("../../play/contract.js").Hud} Hud */
/** @typedef {import("../../play/contract.js").Recipe} Recipe */
/** @typedef {import("../../play/contract.js").Voice} Voice */

/** Parts of a definition. */
const PARTS = ["draw", "root", "on", "click", "hud", "sounds", "smooth"];
const FIGURES = ["clock", "banner", "meter", "gauges"];
const WAVES = ["sine", "triangle", "square", "noise"];
/** Hertz: a tone glides by a factor, so that there is none at 0; above the most nobody hears any. */
const LEAST_HERTZ = 1;
const MOST_HERTZ = 20_000;
/** Seconds of a voice, at least and at most, and before it begins. */
const SHORTEST = 0.02;
const LONGEST = 10;
/** Gauges that the page has room for. */
const MOST_GAUGES = 8;

/** @param {unknown} value @returns {value is {[key: string]: unknown}} */
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** @param {unknown} value @returns {string} for a message, cut where it is long */
function shown(value) {
  const text = typeof value === "function" ? "a function" : typeof value === "number" ? String(value) : JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}

/** @param {unknown} value @param {string} what @returns {{[key: string]: unknown}} none for undefined @throws {TypeError} it is no object */
export function objectOf(value, what) {
  if (value === undefined) return {};
  if (!isObject(value)) throw new TypeError(`${what} is ${shown(value)}; it is an object in braces`);
  return value;
}

/** @param {unknown} value @param {number} least @param {number} most @param {string} what @returns {number} @throws {TypeError} */
function within(value, least, most, what) {
  if (typeof value === "number" && value >= least && value <= most) return value;
  throw new TypeError(`${what} is ${shown(value)}; it is a number from ${least} to ${most}`);
}

/** @param {unknown} value @param {string} what @returns {number} @throws {TypeError} */
function finite(value, what) {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new TypeError(`${what} is ${shown(value)}; it is a number`);
}

/** @param {unknown} value @param {string} what @returns {string} @throws {TypeError} */
function textOf(value, what) {
  if (typeof value === "string" || typeof value === "number") return String(value);
  throw new TypeError(`${what} is ${shown(value)}; it is text`);
}

/** @param {{[key: string]: unknown}} given @param {readonly string[]} known @param {string} what @throws {TypeError} another key is there */
function onlyOf(given, known, what) {
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) throw new TypeError(`${what} has no ${key}; it has ${known.join(", ") || "none"}`);
  }
}

/** @param {unknown} definition @param {readonly string[]} events that the game declares @throws {TypeError} it has parts that nobody calls */
export function checkParts(definition, events) {
  const parts = objectOf(definition, "what game() is given");
  onlyOf(parts, PARTS, "game({...})");
  onlyOf(objectOf(parts.on, "on"), events, "on: {...}");
  for (const part of ["draw", "click", "hud"]) {
    if (parts[part] !== undefined && typeof parts[part] !== "function") throw new TypeError(`${part} is ${shown(parts[part])}; it is a function`);
  }
}

/** @param {unknown} voices @returns {Recipe} @throws {TypeError} they are no list of voices */
export function recipeOf(voices) {
  if (!Array.isArray(voices)) throw new TypeError(`it is ${shown(voices)}; it is a list: [{ wave: "sine", from: 440 }]`);
  return voices.map(voiceOf);
}

/** @param {unknown} voice @returns {Voice} @throws {TypeError} */
function voiceOf(voice) {
  if (!isObject(voice)) throw new TypeError(`a voice is ${shown(voice)}; it is like { wave: "sine", from: 440 }`);
  const { wave, from, to = from, seconds = 0.2, loud = 0.25, after = 0 } = voice;
  if (typeof wave !== "string" || !WAVES.includes(wave)) throw new TypeError(`wave is ${shown(wave)}; it is one of ${WAVES.join(", ")}`);
  return {
    wave: /** @type {Voice["wave"]} */ (wave),
    from: within(from, LEAST_HERTZ, MOST_HERTZ, "from"),
    to: within(to, LEAST_HERTZ, MOST_HERTZ, "to"),
    seconds: within(seconds, SHORTEST, LONGEST, "seconds"),
    loud: within(loud, 0, 1, "loud"),
    after: within(after, 0, LONGEST, "after"),
  };
}

/** @param {unknown} smooth @param {readonly string[]} tables of the game @returns {{[table: string]: string[]}} @throws {TypeError} */
export function smoothOf(smooth, tables) {
  const named = objectOf(smooth, "it");
  onlyOf(named, tables, "smooth: {...}");
  return Object.fromEntries(Object.entries(named).map(([table, fields]) => {
    if (!Array.isArray(fields)) throw new TypeError(`${table} is ${shown(fields)}; it is a list of fields: ["size"]`);
    return [table, fields.map((field) => textOf(field, `a field of ${table}`))];
  }));
}

/** @param {unknown} returned by `hud` @returns {{[figure: string]: unknown}} @throws {TypeError} it has figures that are not shown */
export function figuresOf(returned) {
  if (returned === null) return {};
  const figures = objectOf(returned, "what it returns");
  onlyOf(figures, FIGURES, "what it returns");
  return figures;
}

/** @param {unknown} clock @returns {string | null} null where the rounds decide @throws {TypeError} */
export function clockOf(clock) {
  if (clock === undefined) return null;
  return clock === null || clock === false ? "" : textOf(clock, "it");
}

/** @param {unknown} meter @returns {Hud["meter"]} @throws {TypeError} */
export function meterOf(meter) {
  if (meter === undefined || meter === null || meter === false) return null;
  if (!isObject(meter)) throw new TypeError(`it is ${shown(meter)}; it is like { label: "Energy", value: 3, most: 10 }`);
  const most = finite(meter.most, "most");
  if (most <= 0) throw new TypeError(`most is ${most}; it is more than 0`);
  return { label: textOf(meter.label ?? "", "label"), value: finite(meter.value, "value"), most };
}

/** @param {unknown} gauges @returns {Hud["gauges"]} @throws {TypeError} */
export function gaugesOf(gauges) {
  if (gauges === undefined || gauges === null || gauges === false) return [];
  if (!Array.isArray(gauges)) throw new TypeError(`it is ${shown(gauges)}; it is a list: [{ label: "Dash", fraction: 0.5 }]`);
  if (gauges.length > MOST_GAUGES) throw new TypeError(`there are ${gauges.length}; there is room for ${MOST_GAUGES}`);
  return gauges.map((gauge) => {
    if (!isObject(gauge)) throw new TypeError(`a gauge is ${shown(gauge)}; it is like { label: "Dash", fraction: 0.5 }`);
    const label = textOf(gauge.label, "label");
    // Sums of fractions may go a little beyond.
    const fraction = Math.max(0, Math.min(1, finite(gauge.fraction, `fraction of ${label}`)));
    return { label, fraction, lit: Boolean(gauge.lit) };
  });
}

/** @param {unknown} banner @returns {Hud["banner"] | undefined} undefined where the rounds decide; null for none @throws {TypeError} */
export function bannerOf(banner) {
  if (banner === undefined) return undefined;
  if (banner === null || banner === false || banner === "") return null;
  if (typeof banner === "string") return { title: "", detail: banner, aside: true };
  if (!isObject(banner)) throw new TypeError(`it is ${shown(banner)}; it is text, or like { title: "Go", detail: "Run", aside: true }`);
  return { title: textOf(banner.title ?? "", "title"), detail: textOf(banner.detail ?? "", "detail"), aside: Boolean(banner.aside) };
}
