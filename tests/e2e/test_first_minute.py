"""The first minute: joining mid-round, a host alone, going back, and what a keyboard or a screen reader meets."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Join, OpenPage, StartHost
from tests.e2e.pages import Player
from tests.e2e.processes import Host

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def server(shared_host: StartHost) -> Host:
    return shared_host("--bots", "2", "--seed", "7")


@pytest.fixture
def fresh_server(host: StartHost) -> Host:
    """For a match that is created: where others play, that is refused while the machine is busy and ticks are late."""
    return host("--bots", "2", "--seed", "7")


def create_alone(server: Host, player: Player) -> Page:
    """Open a match of one's own without bots."""
    player.enter(server.url, "Ada")
    page = player.page
    page.click("#open-create")
    page.fill("#create-bots", "0")
    page.click("#create-go")
    player.wait_until_playing()
    return page


def test_joining_shows_the_controls_until_each_was_used(join: Join, server: Host) -> None:
    page = join(server, "Ada").page
    hints = page.locator("#hints")
    expect(hints).to_contain_text("move")
    expect(hints).to_contain_text("dash")
    page.keyboard.press("w", delay=100)
    expect(hints).not_to_contain_text("move")
    expect(hints).to_contain_text("dash")
    page.reload()
    page.wait_for_function("() => window.gameServer?.self")
    expect(hints).to_contain_text("dash")
    expect(hints).not_to_contain_text("move")


def test_back_leads_to_the_lobby_and_forward_into_the_match_again(join: Join, server: Host) -> None:
    ada = join(server, "Ada")
    match = ada.get("match")
    ada.page.go_back()
    ada.wait_for_state("lobby")
    expect(ada.page.locator("#lobby")).to_be_visible()
    assert ada.page.url.rstrip("/") == server.url
    ada.page.go_forward()
    ada.wait_until_playing()
    assert ada.get("match") == match


def test_leaving_by_the_menu_leaves_no_step_of_the_match_behind(join: Join, server: Host) -> None:
    ada = join(server, "Ada")
    ada.page.keyboard.press("Escape")
    ada.page.click("#settings-leave")
    ada.wait_for_state("lobby")
    ada.page.wait_for_url(f"{server.url}/")
    ada.page.wait_for_timeout(200)
    ada.wait_for_state("lobby")


def test_a_host_who_is_alone_sees_how_friends_come_in_until_one_does(fresh_server: Host, page: OpenPage) -> None:
    ada = page()
    alone = create_alone(fresh_server, ada).locator("#alone")
    expect(alone).to_be_visible()
    expect(alone.locator("#alone-code")).to_have_text(ada.get("match"))
    assert ada.page.input_value("#alone-link") == ada.link
    expect(alone.locator("svg path")).to_have_count(1)
    bob = page()
    bob.enter(ada.link, "Bob")
    bob.wait_until_playing()
    expect(alone).to_be_hidden()
    bob.close()
    expect(alone).to_be_hidden()


def test_playing_puts_the_sheet_of_a_lonely_host_away(fresh_server: Host, page: OpenPage) -> None:
    ada = page()
    alone = create_alone(fresh_server, ada).locator("#alone")
    expect(alone).to_be_visible()
    ada.page.keyboard.press("w", delay=100)
    expect(alone).to_be_hidden()


def test_the_settings_hold_the_focus_until_they_are_closed(join: Join, server: Host) -> None:
    ada = join(server, "Ada")
    page = ada.page
    page.keyboard.press("Escape")
    settings = page.locator("#settings")
    expect(settings).to_be_visible()
    assert settings.evaluate("dialog => dialog.matches(':modal')")
    for _ in range(60):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "() => document.activeElement === document.body || document.activeElement.closest('#settings') !== null"
        )
    page.keyboard.press("Escape")
    expect(settings).to_be_hidden()


def test_a_dialogue_opened_at_once_after_the_settings_keeps_its_focus(join: Join, server: Host) -> None:
    page = join(server, "Ada").page
    page.keyboard.press("Escape")
    expect(page.locator("#settings")).to_be_visible()
    # In one task, before the event of the one that closes.
    page.evaluate(
        """() => new Promise((closed) => {
          const settings = document.getElementById("settings");
          settings.addEventListener("close", closed);
          settings.close();
          document.getElementById("open-people").click();
        })"""
    )
    assert page.evaluate("document.activeElement.id") == "people-back"


def test_who_watches_goes_from_button_to_button_by_tab(server: Host, page: OpenPage) -> None:
    eve = page()
    eve.enter(server.url, "Eve")
    eve.page.get_by_role("button", name=re.compile("^Watch: ")).click()
    eve.wait_for_state("watching")
    eve.page.wait_for_selector("#spectating:not([hidden])")
    reached = set()
    for _ in range(12):
        eve.page.keyboard.press("Tab")
        reached.add(eve.page.evaluate("document.activeElement.id"))
    assert {"spectating-previous", "spectating-next", "spectating-scores", "spectating-seat"} <= reached
    expect(eve.page.locator("#scoreboard")).to_be_hidden()
    eve.page.click("#spectating-scores")
    expect(eve.page.locator("#scoreboard")).to_be_visible()


def test_the_page_may_be_enlarged(server: Host, page: OpenPage) -> None:
    ada = page()
    ada.page.goto(server.url)
    content = ada.page.get_attribute("meta[name=viewport]", "content") or ""
    assert "maximum-scale" not in content
    assert "user-scalable" not in content


def test_no_countdown_stands_where_a_screen_reader_reads_each_change(server: Host, page: OpenPage) -> None:
    ada = page()
    ada.page.goto(server.url)
    live = "[aria-live]:not([aria-live=off]), [role=status], [role=alert], [role=log], [role=alertdialog]"
    for counted in ("#banner", "#banner-detail", "#status-countdown", "#clock-time", "#results .sub"):
        element = ada.page.locator(counted).first
        assert element.evaluate("(element, live) => element.closest(live) === null", live), counted


def test_the_lobby_shows_the_ping_of_the_line(server: Host, page: OpenPage) -> None:
    ada = page()
    ada.enter(server.url, "Ada")
    ada.wait_for_state("lobby")
    shown = ada.page.locator("td.ping").first
    ada.page.wait_for_function("() => parseInt(document.querySelector('td.ping')?.textContent) < 40")
    expect(shown).to_have_text(re.compile(r"^\d+ ms$"))
