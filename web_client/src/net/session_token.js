/** The token of the seat that this tab has: it survives a reload, and ends with the tab. */

/** @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem">} Store */

const KEY = "game-server.seat";
/** Characters of a token and of a match's name that the server takes: docs/PROTOCOL.md section 3. */
const MOST_TOKEN = 128;
const MOST_MATCH = 32;

export class SessionToken {
  /** @param {Store | null} store null where none is allowed: the token then lives as long as the page */
  constructor(store) {
    this.store = store;
    const [match = "", value = ""] = read(store).split(" ");
    /** The code of the match in which the seat is. */
    this.match = match;
    this.value = value;
    // What no server has given would be refused each time, and with a close that says nothing of it.
    if (!value || value.length > MOST_TOKEN || match.length > MOST_MATCH) this.keep("");
  }

  /** @param {string} token empty for none @param {string} match */
  keep(token, match = "") {
    this.value = token;
    this.match = match;
    try {
      if (token) this.store?.setItem(KEY, `${match} ${token}`);
      else this.store?.removeItem(KEY);
    } catch {
      // A full storage: the page itself still knows it.
    }
  }
}

/** @param {Store | null} store @returns {string} */
function read(store) {
  try {
    return store?.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}
