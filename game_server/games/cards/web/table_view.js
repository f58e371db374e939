/** The table in the page: the others, deck and pile, what happens, and your hand. */

import { EIGHT, SUITS, SUIT_NAMES, cardOf, fits, rankOf, suitOf } from "./faces.js";

/** Seconds of a turn; the rules have them too. */
const TURN_SECONDS = 20;
/** Backs of cards that are drawn for one player; the number beside them says how many there are. */
const MOST_BACKS = 8;

const FRAME = `
  <link rel="stylesheet">
  <div class="others"></div>
  <div class="middle">
    <button class="deck" aria-label="Take a card"><span class="count"></span></button>
    <div class="pile"></div>
    <div class="wanted" hidden></div>
  </div>
  <p class="said" role="status"></p>
  <div class="choice" hidden></div>
  <div class="hand"></div>
  <div class="own"><span class="mark"></span><div class="timer"></div></div>`;

export class TableView {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.table = document.createElement("div");
    this.table.className = "eights";
    this.table.innerHTML = FRAME;
    /** @type {(selector: string) => any} */
    const find = (selector) => this.table.querySelector(selector);
    find("link").href = new URL("cards.css", import.meta.url).href;
    this.parts = Object.fromEntries(["others", "deck", "pile", "wanted", "said", "choice", "hand", "count", "mark"].map((name) => [name, find(`.${name}`)]));
    /** What each part shows, so that only what has changed is written. @type {Map<string, string>} */
    this.shown = new Map();
    /** The eight that has been chosen, whose suit is still to be named. @type {number | null} */
    this.eight = null;
    /** What you have asked for, until the table has changed. */
    this.asked = "";
    /** @type {any} */
    this.look = null;
    this.parts.deck.addEventListener("click", () => this.ask((send) => (this.look.table.taken ? send.skip() : send.take())));
    this.parts.hand.addEventListener("click", (/** @type {MouseEvent} */ event) => this.choose(event));
    this.parts.choice.append(...SUITS.map((suit, at) => {
      const button = document.createElement("button");
      button.textContent = suit;
      button.className = at === 1 || at === 2 ? "red" : "";
      button.setAttribute("aria-label", SUIT_NAMES[at]);
      button.addEventListener("click", () => this.ask((send) => send.put(this.eight, at)));
      return button;
    }));
    element.append(this.table);
  }

  /** @param {(send: any) => void} act what to ask the rules for, once for each state of the table */
  ask(act) {
    if (this.asked === this.state || !this.mine) return;
    this.asked = this.state;
    act(this.look.send);
    this.eight = null;
    this.show(this.look);
  }

  /** @param {MouseEvent} event */
  choose(event) {
    const button = event.target instanceof Element && event.target.closest("button");
    const card = button && this.hand.find(({ id }) => id === Number(button.dataset.card));
    if (!card || !this.mine || !fits(card.face, this.look.table)) return;
    if (rankOf(card.face) === EIGHT) {
      this.eight = this.eight === card.id ? null : card.id;
      this.show(this.look);
    } else {
      this.ask((send) => send.put(card.id, 0));
    }
  }

  /** Whether it is your turn. */
  get mine() {
    const { me, round, table } = this.look;
    return Boolean(me && round.playing && table.turn === me.id);
  }

  /** What changes with each card that is put or taken. */
  get state() {
    const { table } = this.look;
    return `${table.turn} ${table.top} ${table.taken} ${this.hand.length}`;
  }

  /** Your cards, by suit and rank. @returns {any[]} */
  get hand() {
    const { me, cards } = this.look;
    const held = me ? cards.filter((/** @type {any} */ card) => card.holder === me.id && card.face !== undefined) : [];
    return held.sort((/** @type {any} */ a, /** @type {any} */ b) => a.face - b.face);
  }

  /** @param {any} look */
  show(look) {
    this.look = look;
    const { cards, me, players, playerOf, round, table, time } = look;
    const dealt = round.playing || round.results;
    const seconds = Math.max(0, table.ends - time);
    const { parts, mine } = this;
    if (!mine) this.eight = null;
    this.table.classList.toggle("mine", mine);
    this.table.classList.toggle("dealt", dealt);

    const seats = players.filter((/** @type {any} */ player) => player.id !== me?.id);
    this.write("others", JSON.stringify(seats.map((/** @type {any} */ { id, name, points }) => [id, name, points, count(cards, id), table.turn === id])), () => {
      parts.others.replaceChildren(...seats.map((/** @type {any} */ player) => seatOf(player, count(cards, player.id), table.turn === player.id && round.playing)));
    });
    for (const bar of this.table.querySelectorAll(".timer")) /** @type {HTMLElement} */ (bar).style.width = `${Math.min(100, (100 * seconds) / TURN_SECONDS)}%`;

    const deck = cards.filter((/** @type {any} */ card) => card.holder === null && !card.used).length;
    this.write("count", table.taken && mine ? "Skip" : String(deck), (text) => { parts.count.textContent = text; });
    parts.deck.setAttribute("aria-label", table.taken && mine ? "Skip" : "Take a card");
    parts.deck.disabled = !mine || this.asked === this.state;
    this.write("pile", dealt ? String(table.top) : "", () => parts.pile.replaceChildren(...(dealt ? [cardOf(table.top)] : [])));
    const wanted = dealt && rankOf(table.top) === EIGHT;
    this.write("wanted", wanted ? SUITS[table.suit] : "", (text) => {
      parts.wanted.hidden = !wanted;
      parts.wanted.textContent = text;
      parts.wanted.className = table.suit === 1 || table.suit === 2 ? "wanted red" : "wanted";
    });

    this.write("mark", me ? `You have ${me.points} of 100 points` : "", (text) => { parts.mark.textContent = text; });

    const { hand } = this;
    parts.choice.hidden = this.eight === null;
    this.write("hand", JSON.stringify([hand.map(({ id, face }) => [id, face]), mine, this.eight, this.asked === this.state, table.top, table.suit]), () => {
      parts.hand.classList.toggle("many", hand.length > 10);
      parts.hand.replaceChildren(...hand.map(({ id, face }) => {
        const card = cardOf(face, "button");
        card.dataset.card = String(id);
        card.classList.toggle("fits", mine && fits(face, table));
        card.classList.toggle("chosen", this.eight === id);
        if (mine && (!fits(face, table) || this.asked === this.state)) card.setAttribute("aria-disabled", "true");
        return card;
      }));
    });
    this.write("said", this.said(playerOf, hand, Math.ceil(seconds)), (text) => { parts.said.textContent = text; });
  }

  /** @param {(id: number) => any} playerOf @param {any[]} hand @param {number} seconds @returns {string} */
  said(playerOf, hand, seconds) {
    const { me, round, table } = this.look;
    if (!round.playing) return "";
    if (table.winner !== null) return `${table.winner === me?.id ? "You are" : `${playerOf(table.winner).name} is`} out. The next deal begins in ${seconds} s`;
    if (table.turn === null) return "";
    if (this.eight !== null) return "Which suit is wanted?";
    if (!this.mine) {
      const late = me && !hand.length ? "You are in from the next deal. " : "";
      return `${late}${playerOf(table.turn).name} plays`;
    }
    const urgent = seconds <= 8 ? ` ${seconds} s left.` : "";
    const wanted = rankOf(table.top) === EIGHT ? SUIT_NAMES[table.suit] : `${SUIT_NAMES[suitOf(table.top)]}, the same rank`;
    if (table.taken) return `It fits: put it, or skip.${urgent}`;
    const can = hand.some(({ face }) => fits(face, table));
    return can ? `Your turn: ${wanted} or an eight.${urgent}` : `Nothing fits: take a card.${urgent}`;
  }

  /** @param {string} part @param {string} state @param {(state: string) => void} write called if the part shows another state */
  write(part, state, write) {
    if (this.shown.get(part) === state) return;
    this.shown.set(part, state);
    write(state);
  }
}

/** @param {any[]} cards @param {number} id of a player @returns {number} cards in that hand */
function count(cards, id) {
  return cards.filter(({ holder }) => holder === id).length;
}

/** @param {any} player @param {number} held cards @param {boolean} turn @returns {HTMLElement} */
function seatOf({ name, colour, points }, held, turn) {
  const seat = document.createElement("div");
  seat.className = turn ? "seat turn" : "seat";
  seat.innerHTML = '<div class="backs"></div><b class="held"></b><div class="who"><i></i><span class="name"></span></div><small><span class="points"></span><span class="word"></span></small><div class="timer"></div>';
  /** @type {(selector: string) => any} */
  const find = (selector) => seat.querySelector(selector);
  find(".name").textContent = name;
  find("i").style.background = colour;
  find(".points").textContent = String(points);
  find(".word").textContent = points === 1 ? " point" : " points";
  find(".held").textContent = held ? String(held) : "";
  find(".backs").append(...Array.from({ length: Math.min(held, MOST_BACKS) }, () => document.createElement("span")));
  return seat;
}
