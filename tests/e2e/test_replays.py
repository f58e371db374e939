"""A match that is watched again in a browser: from the lobby, by a link, on a phone."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import OpenPage, StartHost
from tests.e2e.pages import Player, count_colours

pytestmark = pytest.mark.e2e

PLAYED = 12_000
"""Milliseconds: more than the least of a recording."""
SEEK = """second => new Promise(done => {
  const slider = document.getElementById("replay-time"), clock = document.getElementById("replay-clock");
  const began = performance.now();
  slider.value = String(Number(slider.min) + 30 * second);
  slider.dispatchEvent(new Event("input"));
  const look = () => clock.textContent.startsWith(`0:${String(second).padStart(2, "0")} `)
    ? done(performance.now() - began) : requestAnimationFrame(look);
  look();
})"""
MOST_COLOURS_OF_AN_EMPTY_FIELD = 50


def moment(page: Page) -> float:
    """The tick that the slider shows."""
    return float(page.locator("#replay-time").input_value())


def watched(player: Player, url: str) -> Page:
    """The page of ``player`` with the replay at ``url``, when it shows a picture."""
    player.page.goto(url)
    expect(player.page.locator("#replay-clock")).to_contain_text("/ 0:1")
    return player.page


def test_a_match_is_watched_again_sought_in_followed_and_shared(
    host: StartHost, page: OpenPage, chromium: Browser, tmp_path: Path
) -> None:
    server, ada = host("--bots", "3", "--data", str(tmp_path / "data")), page()
    ada.join(server.url, "Ada")
    ada.say("good luck")
    ada.wait_until_heard("good luck")
    ada.page.wait_for_timeout(PLAYED)
    ada.page.go_back()
    ada.wait_for_state("lobby")
    watch = ada.page.locator("#recent-table a")
    expect(watch).to_have_count(1, timeout=20_000)
    expect(ada.page.locator("#recent-table td.people")).to_have_text("Ada · 3 bots")
    link = str(watch.get_attribute("href"))

    replay = watched(page(), f"{server.url}{link}")
    assert count_colours(chromium, replay.screenshot()) > MOST_COLOURS_OF_AN_EMPTY_FIELD
    first = moment(replay)
    replay.wait_for_function("first => Number(document.getElementById('replay-time').value) > first + 20", arg=first)
    expect(replay.locator("#replay-marks .chat")).to_have_count(1)
    expect(replay.locator("#replay-marks .phase")).not_to_have_count(0)

    replay.keyboard.press(" ")
    expect(replay.locator("#replay-play")).to_have_text("Play")
    for second in (9, 1, 6):
        assert replay.evaluate(SEEK, second) >= 0
    expect(replay.locator("#chat-log")).not_to_contain_text("good luck")
    sixth = moment(replay)
    replay.keyboard.press(".")
    expect(replay.locator("#replay-time")).to_have_value(str(round(sixth) + 1))
    replay.locator("#replay-follow").select_option(label="Ada")
    replay.locator("#replay-share").click()
    assert "follow=Ada" in replay.url

    phone = watched(page(viewport={"width": 390, "height": 844}, has_touch=True), replay.url)
    expect(phone.locator("#replay-follow")).to_have_value(str(replay.locator("#replay-follow").input_value()))
    for control in phone.locator("#replay button, #replay select, #replay a").all():
        box = control.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert box["y"] + box["height"] <= 844
    phone.tap("#replay-play")
    expect(phone.locator("#replay-play")).to_have_text("Play")


def test_a_recording_that_is_not_there_is_said_to_be_so(host: StartHost, page: OpenPage, tmp_path: Path) -> None:
    server, ada = host("--bots", "0", "--data", str(tmp_path / "data")), page()
    ada.page.goto(f"{server.url}/?replay=0123456789abcd")
    expect(ada.page.locator("#replay-says")).to_have_text("There is no such recording, or not any more.")
    ada.errors.clear()  # Chromium logs the 404
    expect(ada.page.locator("#replay :is(button, select, input)").filter(visible=True)).to_have_count(0)
    ada.page.click("#replay-leave")
    expect(ada.page.locator("#nickname")).to_be_visible()
