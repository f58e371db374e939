/** The round in words and figures: clock, banner, meters, standings. */

import {
  DASH_COOLDOWN, FIRE_COOLDOWN, MAX_HEALTH, NOBODY, PHASES, RAPID_FIRE_COOLDOWN, ticksOf,
} from "./constants.js";
import { teamEmblem } from "./hulls.js";
import { teamName } from "./teams.js";
import { clockText } from "../../view/dom.js";

/** @typedef {import("../../play/contract.js").Scene} Scene */
/** @typedef {import("../../play/contract.js").Hud} Hud */
/** @typedef {import("../../play/contract.js").Standings} Standings */
/** @typedef {import("./teams.js").Teams} Teams */

/** @typedef {{phase: number, number: number, winner: number, seconds: number | null}} Round */

/** Milliseconds for which the banner says what the round is about to one who has come. */
const GREETING = 6000;
const PHASE_NAMES = ["Warm-up", "Get ready", "Round", "Results"];

/** @param {Scene} scene @returns {Round} */
function roundOf(scene) {
  const row = scene.latest.round.get(0);
  if (!row) return { phase: PHASES.WARM_UP, number: 0, winner: NOBODY, seconds: null };
  const { phase, number, winner, ends } = row;
  return { phase, number, winner, seconds: ends ? Math.max(0, (ends - scene.latestTick) / scene.tickRate) : null };
}

/**
 * @param {Scene} scene @param {Teams} teams @param {number} killsToWin
 * @param {number} sunkBy who sank you last @param {number} begun local milliseconds of the first frame
 * @returns {Hud}
 */
export function hudOf(scene, teams, killsToWin, sunkBy, begun = -Infinity) {
  const round = roundOf(scene);
  const { own, tickRate } = scene;
  const health = scene.latest.ship.get(scene.player)?.health ?? 0;
  const cooldown = ticksOf(own?.rapid_left ? RAPID_FIRE_COOLDOWN : FIRE_COOLDOWN, tickRate);
  const label = round.phase === PHASES.PLAYING ? `Round ${round.number}` : PHASE_NAMES[round.phase] ?? "";
  return {
    meter: own ? { label: "Hull", value: own.alive ? health : 0, most: MAX_HEALTH } : null,
    gauges: own
      ? [
          gauge("Dash", own.dash_wait, ticksOf(DASH_COOLDOWN, tickRate), Boolean(own.alive && !own.dash_wait)),
          // A gun that is between two shots is ready; one that is locked, before a round, waits for longer.
          gauge("Fire", own.fire_wait, cooldown, Boolean(own.alive && own.fire_wait <= cooldown)),
        ]
      : [],
    boosts: own
      ? [
          { label: "Rapid fire", seconds: own.rapid_left / tickRate },
          { label: "Shield", seconds: own.shield_left / tickRate },
        ].filter((boost) => boost.seconds > 0)
      : [],
    clock: { label, seconds: round.phase === PHASES.PLAYING ? round.seconds : null },
    banner: bannerOf(scene, round, goal(teams, killsToWin), sunkBy, scene.now - begun < GREETING),
  };
}

/** @param {string} label @param {number} wait ticks @param {number} whole ticks @param {boolean} lit */
function gauge(label, wait, whole, lit) {
  return { label, fraction: 1 - Math.min(1, wait / whole), lit };
}

/** @param {Teams} teams @param {number} killsToWin @returns {string} what the round is about */
function goal({ mine }, killsToWin) {
  return mine ? `You fly for ${teamName(mine)} · first to ${killsToWin} kills` : `First to ${killsToWin} kills`;
}

/**
 * @param {Scene} scene @param {Round} round @param {string} aim what the round is about @param {number} sunkBy
 * @param {boolean} fresh whether you have just come
 * @returns {Hud["banner"]}
 */
function bannerOf(scene, { phase, number, seconds }, aim, sunkBy, fresh) {
  const { own, tickRate, members } = scene;
  if (phase === PHASES.COUNTDOWN && seconds !== null) {
    return { title: String(Math.max(1, Math.ceil(seconds))), detail: aim, aside: false };
  }
  if (phase === PHASES.RESULTS) return null;
  if (own && !own.alive) {
    const wait = Math.max(1, Math.ceil(own.respawn_wait / tickRate));
    const killer = members.get(sunkBy)?.nickname;
    return { title: "Sunk", detail: killer ? `by ${killer} · back in ${wait}` : `Back in ${wait}`, aside: false };
  }
  if (phase === PHASES.WARM_UP) return { title: "", detail: "Waiting for another player", aside: true };
  // Who comes while a round runs, as most do, has not seen its countdown.
  if (fresh && seconds !== null) return { title: `Round ${number}`, detail: `${aim} · ${clockText(seconds)} left`, aside: true };
  return null;
}

/**
 * Who has as many kills and as few deaths is as good, by the server's rule as well: between them nobody wins.
 * @param {import("../../play/contract.js").Standing[]} rows the best first
 */
function placeAll(rows) {
  /** @type {Map<number, {count: number, last: import("../../play/contract.js").Standing}>} by side */
  const sides = new Map();
  for (const row of rows) {
    const { count, last } = sides.get(row.side) ?? { count: 0, last: null };
    const level = last && last.cells[0] === row.cells[0] && last.cells[1] === row.cells[1];
    row.place = level ? last.place : count + 1;
    sides.set(row.side, { count: count + 1, last: row });
  }
}

/** @param {Scene} scene @param {Teams} teams @param {ReadonlySet<number>} present @returns {Standings} */
export function standingsOf(scene, teams, present) {
  const round = roundOf(scene);
  const numbers = [...scene.latest.team.keys()].sort((a, b) => a - b);
  /** @type {import("../../play/contract.js").Standing[]} */
  const rows = [];
  scene.latest.score.forEach(({ kills, deaths, team }, player) => {
    if (present.has(player)) rows.push({ player, cells: [kills, deaths], side: numbers.indexOf(team), place: 0 });
  });
  rows.sort((a, b) => b.cells[0] - a.cells[0] || a.cells[1] - b.cells[1] || a.player - b.player);
  placeAll(rows);
  const sides = numbers.map((team) => ({
    name: teamName(team),
    emblem: teamEmblem(team),
    score: scene.latest.team.get(team)?.kills ?? 0,
    mine: team === teams.mine,
  }));
  const winner = round.winner === NOBODY ? null : sides.length ? numbers.indexOf(round.winner) : round.winner;
  return {
    title: `Round ${round.number}`,
    round: round.number,
    columns: ["Kills", "Deaths"],
    rows,
    sides,
    results: round.phase === PHASES.RESULTS ? { winner, seconds: round.seconds } : null,
  };
}
