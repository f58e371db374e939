"""What is seen whole: no sheet of a desktop has to be scrolled, and nothing leaves the screen of a phone."""

from __future__ import annotations

import re
import signal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Join, OpenPage, StartHost
from tests.e2e.pages import PATIENCE
from tests.e2e.processes import Host

pytestmark = pytest.mark.e2e

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
"""The narrowest phone that is still sold in numbers."""

OUTSIDE = """() => [...document.querySelectorAll("button, input, select, p, td, kbd")]
  .filter((element) => element.checkVisibility({ visibilityProperty: true }) && element.closest(".unseen") === null)
  .filter((element) => {
    const { left, right, width } = element.getBoundingClientRect();
    return width > 0 && (left < -0.5 || right > innerWidth + 0.5);
  })
  .map((element) => element.id || element.textContent)"""
"""What is shown and reaches over the left or the right of the window."""


WHERE_IT_STANDS = """(id) => {
  const mine = document.getElementById(id).getBoundingClientRect();
  const { x, y } = window.gameServer.screen(window.gameServer.self.x, window.gameServer.self.y);
  const ship = { left: x - 24, right: x + 24, top: y - 24, bottom: y + 24 };
  return [["ship", ship], ...["clock", "banner", "leaders", "minimap", "vitals", "touch-menu", "hints", "open-people"]
    .filter((other) => other !== id && document.getElementById(other).checkVisibility({ visibilityProperty: true }))
    .map((other) => [other, document.getElementById(other).getBoundingClientRect()])]
    .filter(([, box]) => box.left < mine.right && box.right > mine.left)
    .filter(([, box]) => box.top < mine.bottom && box.bottom > mine.top)
    .map(([other]) => other);
}"""
"""What else there is where an element of the page stands."""


@pytest.fixture(scope="module")
def server(shared_host: StartHost) -> Host:
    return shared_host("--bots", "2", "--seed", "7")


@pytest.fixture
def fresh_server(host: StartHost) -> Host:
    """For a match that is created: where others play, that is refused while the machine is busy and ticks are late."""
    return host("--bots", "2", "--seed", "7")


def assert_seen_whole(page: Page, dialog: str) -> None:
    sheet = page.locator(dialog)
    expect(sheet).to_be_visible()
    assert sheet.evaluate("sheet => sheet.scrollHeight <= sheet.clientHeight"), dialog


def test_a_dialogue_of_a_desktop_is_seen_whole(server: Host, page: OpenPage) -> None:
    ada = page(viewport={"width": 1280, "height": 800})
    ada.enter(server.url, "Ada")
    ada.page.click("#open-create")
    assert_seen_whole(ada.page, "#create")
    ada.page.keyboard.press("Escape")
    ada.page.click("#play-now")
    ada.wait_until_playing()
    ada.page.keyboard.press("Escape")
    assert_seen_whole(ada.page, "#settings")
    ada.page.keyboard.press("Escape")
    ada.page.keyboard.press("p")
    assert_seen_whole(ada.page, "#people")


def test_only_a_game_with_maps_is_offered_another_map_each_round(server: Host, page: OpenPage) -> None:
    ada = page()
    ada.enter(server.url, "Ada")
    ada.page.click("#open-create")
    another = ada.page.locator("#create-rotate-maps")
    for game, offered in (("arena", True), ("cards", False), ("sketch", False), ("arena", True)):
        ada.page.select_option("#create-game", game)
        expect(another).to_be_visible(visible=offered)


def test_a_game_with_fewer_seats_takes_none_from_the_game_chosen_after_it(server: Host, page: OpenPage) -> None:
    ada = page()
    ada.enter(server.url, "Ada")
    ada.page.click("#open-create")
    seats = ada.page.locator("#create-maxPlayers")
    seats.fill("12")
    ada.page.select_option("#create-game", "cards")
    expect(seats).to_have_value("6")
    ada.page.select_option("#create-game", "arena")
    expect(seats).to_have_value("12")


def test_a_dialogue_higher_than_its_window_is_shown_from_its_title_on(join: Join, server: Host) -> None:
    ada = join(server, "Ada")
    ada.page.set_viewport_size({"width": 700, "height": 420})
    ada.page.keyboard.press("Escape")
    settings = ada.page.locator("#settings")
    expect(settings).to_be_visible()
    assert settings.evaluate("sheet => sheet.scrollHeight > sheet.clientHeight")
    assert settings.evaluate("sheet => sheet.scrollTop") == 0


def test_nothing_leaves_the_screen_of_a_phone(server: Host, page: OpenPage) -> None:
    ada = page(**PHONE)
    ada.page.goto(server.url)
    expect(ada.page.locator("#join")).to_be_enabled()
    assert ada.page.evaluate(OUTSIDE) == [], "first screen"
    ada.enter(server.url, "Ada")
    ada.page.tap("#open-create")
    assert ada.page.evaluate(OUTSIDE) == [], "create"
    ada.page.keyboard.press("Escape")
    watch = ada.page.get_by_role("button", name=re.compile("^Watch: "))
    expect(watch).to_be_visible()
    assert ada.page.evaluate(OUTSIDE) == [], "lobby"
    watch.tap()
    ada.page.wait_for_selector("body.drawn #spectating:not([hidden])")
    assert ada.page.evaluate(OUTSIDE) == [], "watching"
    ada.page.tap("#spectating-next")
    expect(ada.page.locator("#spectating-whole")).to_be_visible()
    assert ada.page.evaluate(OUTSIDE) == [], "following"
    ada.page.tap("#spectating-seat")
    ada.wait_until_playing()
    assert ada.page.evaluate(OUTSIDE) == [], "playing"
    for opens in ("#touch-people", "#touch-settings", "#touch-chat"):
        ada.page.tap(opens)
        assert ada.page.evaluate(OUTSIDE) == [], opens
        ada.page.keyboard.press("Escape")


def test_a_warning_in_the_lobby_of_a_phone_leaves_the_way_into_a_match_free(page: OpenPage, server: Host) -> None:
    phone = page(**PHONE)
    phone.enter(server.url, "Ada")
    phone.wait_for_state("lobby")
    covered = phone.page.evaluate("""() => {
      document.getElementById("warning-text").textContent = "The server stops in five minutes. ".repeat(4);
      document.getElementById("warning").hidden = false;
      const { top, bottom } = document.getElementById("warning").getBoundingClientRect();
      return [...document.querySelectorAll("#lobby .ways button")]
        .map((button) => [button.textContent, button.getBoundingClientRect()])
        .filter(([, box]) => box.top < bottom && box.bottom > top)
        .map(([text]) => text);
    }""")
    assert covered == []


def test_scores_on_a_phone_say_who_is_a_bot(page: OpenPage, server: Host) -> None:
    phone = page(**PHONE)
    phone.join(server.url, "Ada")
    phone.page.tap("#touch-scores")
    expect(phone.page.locator("#scoreboard .kind").first).to_be_visible()
    assert phone.page.evaluate(OUTSIDE) == []


@pytest.mark.parametrize(("width", "height"), [(360, 740), (740, 360)])
def test_the_scores_of_many_leave_a_phone_the_button_that_closes_them(
    host: StartHost, page: OpenPage, width: int, height: int
) -> None:
    phone = page(**PHONE)
    phone.join(host("--bots", "20", "--max-players", "24").url, "Ada")
    phone.page.set_viewport_size({"width": width, "height": height})
    scores = phone.page.locator("#scoreboard")
    phone.page.tap("#touch-scores")
    expect(scores).to_be_visible()
    assert scores.evaluate("sheet => sheet.scrollHeight > sheet.clientHeight")
    phone.page.tap("#touch-scores")
    expect(scores).to_be_hidden()


def test_without_a_map_the_feed_of_a_phone_is_below_the_clock(host: StartHost, page: OpenPage) -> None:
    ada = page(**PHONE)
    ada.join(host("--game", "tag", "--bots", "3").url, "Ada")
    expect(ada.page.locator("#clock-time")).to_have_text(re.compile(r"\d"))
    places = "(id) => document.getElementById(id).getBoundingClientRect().toJSON()"
    assert ada.page.evaluate(places, "feed")["top"] >= ada.page.evaluate(places, "clock")["bottom"]


def test_no_banner_stands_on_the_line_that_a_phone_writes_on(fresh_server: Host, page: OpenPage) -> None:
    ada = page(**PHONE)
    ada.enter(fresh_server.url, "Ada")
    ada.page.tap("#open-create")
    ada.page.fill("#create-bots", "0")
    ada.page.tap("#create-go")
    ada.wait_until_playing()
    ada.page.tap("#alone-close")
    banner = ada.page.locator("#banner-detail")
    expect(banner).to_have_text("Waiting for another player")
    expect(banner).to_be_visible()
    ada.page.tap("#touch-chat")
    expect(ada.page.locator("#chat-input")).to_be_visible()
    expect(banner).to_be_hidden()


@pytest.mark.parametrize("screen", [{"viewport": {"width": 1280, "height": 800}}, PHONE], ids=["desktop", "phone"])
def test_a_banner_while_one_plays_covers_neither_the_ship_nor_what_stands_at_the_rim(
    fresh_server: Host, page: OpenPage, screen: dict[str, Any]
) -> None:
    ada = page(**screen)
    ada.enter(fresh_server.url, "Ada")
    ada.page.click("#open-create")
    ada.page.fill("#create-bots", "0")
    ada.page.click("#create-go")
    ada.wait_until_playing()
    ada.page.click("#alone-close")
    expect(ada.page.locator("#banner")).to_be_visible()
    assert ada.page.evaluate(WHERE_IT_STANDS, "banner") == []
    height = ada.page.evaluate("innerHeight")
    box = ada.page.locator("#banner").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < height / 4, "the middle, where one fights, is free"


@pytest.mark.parametrize("screen", [{"viewport": {"width": 1280, "height": 720}}, PHONE], ids=["desktop", "phone"])
def test_that_the_server_is_waited_for_is_said_where_nothing_else_is(
    fresh_server: Host, page: OpenPage, screen: dict[str, Any]
) -> None:
    ada = page(**screen)
    ada.join(fresh_server.url, "Ada")
    expect(ada.page.locator("#banner")).to_be_visible(timeout=PATIENCE)
    fresh_server.process.send_signal(signal.SIGSTOP)
    try:
        expect(ada.page.locator("#stalled")).to_be_visible()
        over = set(ada.page.evaluate(WHERE_IT_STANDS, "stalled"))
    finally:
        fresh_server.process.send_signal(signal.SIGCONT)
    assert over <= {"ship"}, "which starts anywhere"


def test_nothing_moves_when_the_keys_come_to_the_first_screen(server: Host, page: OpenPage) -> None:
    ada = page(viewport={"width": 1280, "height": 800})
    ada.page.goto(server.url)
    expect(ada.page.locator("#keys kbd").first).to_be_visible()
    place = "() => document.getElementById('nickname').getBoundingClientRect().top"
    filled = ada.page.evaluate(place)
    ada.page.evaluate("document.getElementById('keys').replaceChildren()")
    assert ada.page.evaluate(place) == pytest.approx(filled, abs=1)


HINTS_OVER_PANELS = """(place) => {
  const hints = document.getElementById("hints");
  const before = hints.className;
  hints.className = place;
  const box = hints.getBoundingClientRect();
  hints.className = before;
  const outside = box.left < 0 || box.right > innerWidth || box.width === 0;
  return [...(outside ? ["the window"] : []), ...["clock", "leaders", "minimap", "vitals", "open-people", "chat-log"]
    .filter((id) => {
      const other = document.getElementById(id).getBoundingClientRect();
      return box.left < other.right && box.right > other.left && box.top < other.bottom && box.bottom > other.top;
    })];
}"""
"""What the hints would cover in one of their places."""


def test_hints_of_a_desktop_cover_no_panel_in_any_of_their_places(server: Host, page: OpenPage) -> None:
    ada = page(viewport={"width": 1280, "height": 720})
    ada.enter(server.url, "Ada")
    ada.page.click("#play-now")
    ada.wait_until_playing()
    expect(ada.page.locator("#hints")).to_be_visible()
    for place in ("", "at-left", "at-right"):
        assert ada.page.evaluate(HINTS_OVER_PANELS, place) == [], place
