"""A game of turns with hidden hands in the browser: cards, played by touch, and watched."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import OpenPage, StartHost

pytestmark = pytest.mark.e2e

UNSEEN = """() => [...document.querySelectorAll("#root .hand .card, #root .seat, #root .deck, #root .pile")]
  .filter((part) => {
    const { left, right, top, bottom } = part.getBoundingClientRect();
    const { top: above, bottom: below } = document.getElementById("root").getBoundingClientRect();
    return left < 0 || right > innerWidth || top < above || bottom > Math.min(below, innerHeight);
  })
  .map((part) => part.className)"""
"""Parts of the table that one would have to scroll to."""


def test_a_card_is_put_by_touch_and_one_who_watches_sees_no_hand(host: StartHost, page: OpenPage) -> None:
    server = host("--game", "cards", "--bots", "1", "--seed", "1")
    ada = page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    ada.join(server.url, "Ada")
    hand = ada.page.locator("#root .hand .card")
    expect(hand).to_have_count(7, timeout=15_000)
    ada.page.set_viewport_size({"width": 844, "height": 390})
    assert ada.page.evaluate(UNSEEN) == [], "turned sideways"
    ada.page.set_viewport_size({"width": 390, "height": 844})
    assert ada.page.evaluate(UNSEEN) == []
    eve = page()
    eve.enter(server.url, "Eve")
    eve.page.get_by_role("button", name=re.compile("^Watch: ")).click()
    eve.wait_for_state("watching")
    expect(eve.page.locator("#root .seat")).to_have_count(2)
    expect(eve.page.locator("#root .pile .card")).to_have_count(1)
    expect(ada.page.locator("#root .eights.mine")).to_be_visible(timeout=15_000)
    if ada.page.locator("#root .hand .card.fits").count():
        ada.page.locator("#root .hand .card.fits").first.tap()
        if ada.page.locator("#root .choice").is_visible():
            ada.page.locator("#root .choice button").first.tap()
        expect(hand).to_have_count(6)
        expect(eve.page.locator("#root .held").nth(1)).to_have_text("6")
    else:
        ada.page.locator("#root .deck").tap()
        expect(hand).to_have_count(8)
        expect(eve.page.locator("#root .held").nth(1)).to_have_text("8")
    expect(eve.page.locator("#root .hand .card")).to_have_count(0)
    assert ada.get("stats")["desyncs"] == eve.get("stats")["desyncs"] == 0
