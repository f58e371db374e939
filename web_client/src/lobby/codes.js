/** A match's code: six characters that nobody takes for one another, and the link that has it. */

export const CODE_LENGTH = 6;
/** What no code has: I, L, O and U look like 1, 1, 0 and V, and those digits are left out too. */
const FOREIGN = /[^2-9A-HJKMNP-TV-Z]/g;

/** What a link has in front of its code. */
const BEFORE_CODE = /^.*[?&]MATCH=/;

/** @param {string} typed or pasted, perhaps a link @returns {string} as a code is written: upper case, without what no code has */
export function normalCode(typed) {
  return typed.toUpperCase().replace(BEFORE_CODE, "").replace(FOREIGN, "").slice(0, CODE_LENGTH);
}

/** @param {{origin: string, pathname: string}} page @param {string} code @returns {string} the link that leads into a match */
export function linkTo({ origin, pathname }, code) {
  return `${origin}${pathname}?match=${encodeURIComponent(code)}`;
}
