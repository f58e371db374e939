/**
 * The secret by which the server knows that two connections are those of one page (`key` of `hello`).
 *
 * If a connection breaks after a seat was given and before the `welcome` came, the page gets that seat again.
 *
 * It outlives a reload, as the storage of a tab does. But "Duplicate tab" copies that storage, and the copy is another
 * player: so a page takes the key out of the storage while it runs, and puts it back when it goes.
 */

/** @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem">} Store */

const KEY = "game-server.key";
/** Beyond guessing. */
const BYTES = 16;
const FORM = /^[0-9a-f]{32}$/;

export class TabKey {
  /** @param {Store | null} store null where none is allowed: the key then lives as long as the page */
  constructor(store) {
    this.store = store;
    const kept = this.take();
    this.value = FORM.test(kept) ? kept : draw();
  }

  /** The page runs, or runs again: nobody else may find the key. @returns {string} what was kept */
  take() {
    try {
      const kept = this.store?.getItem(KEY) ?? "";
      this.store?.removeItem(KEY);
      return kept;
    } catch {
      return "";
    }
  }

  /** The page goes, and may be loaded again. */
  putBack() {
    try {
      this.store?.setItem(KEY, this.value);
    } catch {
      // A full storage: the page that is loaded again is another client.
    }
  }
}

/** @returns {string} */
function draw() {
  return Array.from(crypto.getRandomValues(new Uint8Array(BYTES)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
