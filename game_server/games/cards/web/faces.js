/** The faces of the cards, 0 to 51: four suits of an ace, 2 to 10, jack, queen and king. */

/** With a sign after each that asks for text: some systems would draw a picture. */
export const SUITS = ["\u2660\uFE0E", "\u2665\uFE0E", "\u2666\uFE0E", "\u2663\uFE0E"];
export const SUIT_NAMES = ["spades", "hearts", "diamonds", "clubs"];
export const EIGHT = 7;
const RANKS = ["A", "2", "3", "4", "5", "6", "7", "8", "9", "10", "J", "Q", "K"];

/** @param {number} face */
export const rankOf = (face) => face % RANKS.length;
/** @param {number} face */
export const suitOf = (face) => Math.floor(face / RANKS.length);

/** @param {number} face @param {{top: number, suit: number}} table @returns {boolean} whether it may be put on the pile */
export function fits(face, { top, suit }) {
  return rankOf(face) === EIGHT || rankOf(face) === rankOf(top) || suitOf(face) === suit;
}

/** @param {number} face @param {"div" | "button"} kind @returns {HTMLElement} */
export function cardOf(face, kind = "div") {
  const card = document.createElement(kind);
  const suit = suitOf(face);
  card.className = suit === 1 || suit === 2 ? "card red" : "card";
  for (const [tag, text] of [["b", RANKS[rankOf(face)]], ["i", SUITS[suit]], ["span", SUITS[suit]]]) {
    const part = document.createElement(tag);
    part.textContent = text;
    card.append(part);
  }
  card.setAttribute("aria-label", `${RANKS[rankOf(face)]} of ${SUIT_NAMES[suit]}`);
  return card;
}
