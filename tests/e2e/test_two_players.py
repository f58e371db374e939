"""Two people with browsers in one match."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from playwright.sync_api import TimeoutError as NotInTime

from tests.e2e.conftest import Join, StartHost
from tests.e2e.pages import Player, count_colours
from tests.e2e.processes import Host, wait_until

pytestmark = pytest.mark.e2e

SHIP_LENGTHS = 100.0
"""World units: farther than a ship drifts or is pushed."""


@pytest.fixture
def server(host: StartHost) -> Host:
    return host("--bots", "0", "--seed", "7", "--max-players", "4")


@pytest.fixture
def ada(join: Join, server: Host) -> Player:
    return join(server, "Ada")


@pytest.fixture
def bob(join: Join, server: Host, ada: Player) -> Player:  # noqa: ARG001 - Ada is there first
    return join(server, "Bob")


def fly_anywhere(pilot: Player, watcher: Player) -> None:
    """Hold one key after the other, since a wall may be in the way, until ``watcher`` sees the ship far off."""
    start = watcher.position_of(pilot.number)
    for key in ("d", "s", "a", "w"):
        pilot.page.keyboard.down(key)
        try:
            watcher.wait_until_moved(pilot.number, start, SHIP_LENGTHS, patience=1500)
        except NotInTime:
            continue
        else:
            return
        finally:
            pilot.page.keyboard.up(key)
    pytest.fail("no key moved the ship")


def test_one_moves_and_the_other_sees_it_move(server: Host, ada: Player, bob: Player) -> None:
    assert ada.number != bob.number
    wait_until(lambda: server.match()["phase"] == "playing", 10)  # until then ships are put to their places
    fly_anywhere(ada, watcher=bob)
    fly_anywhere(bob, watcher=ada)


def test_chat_crosses_and_is_never_taken_for_html(ada: Player, bob: Player) -> None:
    ada.say("<b id=bold>hello</b> Bob")
    bob.wait_until_heard("<b id=bold>hello</b> Bob")
    ada.wait_until_heard("<b id=bold>hello</b> Bob")
    bob.say("hello Ada")
    ada.wait_until_heard("hello Ada")
    assert bob.page.locator("#bold").count() == 0


def test_tab_shows_the_scoreboard_with_everybody_in_it(ada: Player, bob: Player) -> None:
    scoreboard = bob.page.locator("#scoreboard")
    expect(scoreboard).to_be_hidden()
    bob.page.keyboard.down("Tab")
    expect(scoreboard).to_be_visible()
    expect(scoreboard).to_contain_text("Ada")
    expect(scoreboard).to_contain_text("Bob")
    bob.page.keyboard.up("Tab")
    expect(scoreboard).to_be_hidden()
    assert ada.page.evaluate("window.gameServer.state") == "playing"


def test_the_match_is_drawn(chromium: Browser, bob: Player, tmp_path: Path) -> None:
    picture = tmp_path / "match.png"
    bob.position_of(bob.number)
    bob.page.screenshot(path=picture)
    assert count_colours(chromium, picture.read_bytes()) > 50


def test_a_nickname_is_remembered_and_one_taken_is_changed(join: Join, server: Host, ada: Player) -> None:
    other = join(server, "Ada")
    assert other.get("nickname") == "Ada 2"
    ada.page.reload()
    expect(ada.page.locator("#nickname")).to_have_value("Ada")
    ada.wait_until_playing()
    assert ada.get("nickname") == "Ada"


def test_a_page_that_loses_its_host_says_so(host: StartHost, join: Join) -> None:
    server = host("--bots", "0")
    player = join(server, "Ada")
    assert server.stop() == 0
    player.wait_for_state("stopped")
    player.close()
    player.errors.clear()  # its attempts to come back are in vain, and the browser says so
