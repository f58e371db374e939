import assert from "node:assert/strict";
import { test } from "node:test";

import { PageHistory } from "../../../web_client/src/app/page_history.js";

/**
 * A browser's history of one tab.
 *
 * @param {string} search of the address that was opened @param {{match: string} | null} state
 * @param {{slow?: boolean}} browser one that is `slow` goes back at `settle`, as all do after the script
 */
function tab(search = "", state = null, { slow = false } = {}) {
  const steps = [{ state, address: `/${search}` }];
  let at = 0;
  let waiting = 0;
  /** @type {() => void} */
  let heard = () => {};
  /** @type {string[]} */
  const asked = [];
  const browser = {
    /** @param {string} _ @param {() => void} listener */
    addEventListener(_, listener) {
      heard = listener;
    },
    history: {
      get state() { return steps[at].state; },
      /** @param {{match: string}} next @param {string} _ @param {string} address */
      pushState(next, _, address) {
        steps.length = at + 1;
        steps.push({ state: next, address });
        at += 1;
      },
      /** @param {{match: string}} next @param {string} _ @param {string} address */
      replaceState(next, _, address) { steps[at] = { state: next, address }; },
      back() {
        if (slow) waiting += 1;
        else go(-1);
      },
    },
    get location() {
      return { pathname: "/", search: steps[at].address.slice(1) };
    },
  };
  /** @param {number} by @returns {boolean} whether the page is still there */
  const go = (by) => {
    at += by;
    if (at < 0) return false;
    heard();
    return true;
  };
  const trail = new PageHistory(/** @type {never} */ (browser), { leave: () => asked.push("leave"), enter: (match) => asked.push(match) });
  const settle = () => {
    for (; waiting > 0; waiting -= 1) go(-1);
  };
  return { trail, asked, go, settle, get address() { return steps[at].address; }, get steps() { return steps.length; } };
}

test("back leads from a match to the lobby, however one came into it", () => {
  for (const search of ["", "?match=K7RW2P", "?play", "?nick=Ada"]) {
    const page = tab(search);
    page.trail.enter("K7RW2P");
    assert.equal(page.address, "/?match=K7RW2P");
    assert.equal(page.go(-1), true, "the page is still there");
    assert.equal(page.address, "/");
    assert.deepEqual(page.asked, ["leave"]);
  }
});

test("forward leads into the match again", () => {
  const page = tab();
  page.trail.enter("K7RW2P");
  page.go(-1);
  page.go(1);
  assert.deepEqual(page.asked, ["leave", "K7RW2P"]);
});

test("another round, another match and a reload add no steps", () => {
  const page = tab();
  page.trail.enter("K7RW2P");
  page.trail.enter("K7RW2P");
  page.trail.enter("MMMM22");
  assert.equal(page.steps, 2);
  const again = tab("?match=MMMM22", { match: "MMMM22" });
  again.trail.enter("MMMM22");
  assert.equal(again.steps, 1);
});

test("who leaves by the menu, or is sent away, is at the lobby's step, and asks for nothing", () => {
  const page = tab();
  page.trail.enter("K7RW2P");
  page.trail.home();
  page.trail.home();
  assert.equal(page.address, "/");
  assert.deepEqual(page.asked, []);
  page.trail.enter("MMMM22");
  assert.equal(page.steps, 2);
});

test("who is in the lobby before the browser has gone back is not led off the site", () => {
  const page = tab("", null, { slow: true });
  page.trail.enter("K7RW2P");
  page.trail.home(); // by the menu
  page.trail.home(); // since the server has answered
  page.settle();
  assert.equal(page.address, "/");
  assert.deepEqual(page.asked, []);
  page.trail.enter("MMMM22");
  page.trail.home();
  page.settle();
  assert.equal(page.address, "/", "the next time it goes back, too");
});

test("a link that led nowhere is not in the lobby's address", () => {
  const page = tab("?match=K7RW2P");
  page.trail.home();
  assert.equal(page.address, "/");
});
