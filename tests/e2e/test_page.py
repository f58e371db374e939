"""What one person finds on the page: thumbs, figures, settings, and what it says when the server is gone or newer."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, WebSocketRoute, expect

from tests.e2e.conftest import Join, OpenPage, StartHost
from tests.e2e.pages import Player
from tests.e2e.processes import Host

pytestmark = pytest.mark.e2e

PHONE: ViewportSize = {"width": 390, "height": 844}
NEWER = 4000
"""The close code of a server that speaks another version."""


@pytest.fixture
def server(host: StartHost) -> Host:
    return host("--bots", "0", "--seed", "7", "--max-players", "4")


@pytest.fixture
def ada(join: Join, server: Host) -> Player:
    return join(server, "Ada")


def stat(page: Page, name: str) -> float:
    value = page.evaluate(f"window.gameServer.{name}")
    assert isinstance(value, (int, float))
    return value


def test_f3_shows_the_figures_of_the_connection_and_hides_them(ada: Player) -> None:
    figures = ada.page.locator("#netgraph")
    expect(figures).to_be_hidden()
    ada.page.keyboard.press("F3")
    expect(figures).to_be_visible()
    expect(figures).to_contain_text("round trip")
    expect(figures).to_contain_text(re.compile(r"prediction errors\s*0 /min"))
    ada.page.keyboard.press("F3")
    expect(figures).to_be_hidden()


def test_a_shot_and_a_key_show_in_the_next_frame(ada: Player) -> None:
    ada.page.evaluate("window.gameServer.record(true)")
    ada.page.mouse.move(600, 300)
    ada.page.mouse.down()
    ada.page.wait_for_function("() => window.gameServer.shots > 2")
    ada.page.mouse.up()
    ada.page.wait_for_timeout(500)  # the ship comes to rest
    for key in "wasd":
        ada.page.keyboard.press(key, delay=200)
        ada.page.wait_for_timeout(700)
    frames = ada.page.evaluate("window.gameServer.presses.map(press => press.frames)")
    assert frames
    assert min(frames) <= 2  # one that went against a wall may have waited for the next key


def test_a_rebound_key_works_now_and_after_a_reload(ada: Player) -> None:
    page = ada.page
    page.keyboard.press("Escape")
    page.get_by_label("Fire: Left button").click()
    page.keyboard.press("f")
    page.click("#settings-back")
    page.keyboard.press("f", delay=150)
    page.wait_for_function("() => window.gameServer.shots > 0")
    page.reload()
    ada.wait_until_playing()
    page.keyboard.press("f", delay=150)
    page.wait_for_function("() => window.gameServer.shots > 0")


def test_escape_opens_the_settings_in_which_keys_do_nothing_and_one_can_leave(ada: Player) -> None:
    page = ada.page
    page.keyboard.press("Escape")
    expect(page.locator("#settings")).to_be_visible()
    start = ada.position_of(ada.number)
    page.keyboard.press("d", delay=200)
    page.keyboard.press("s", delay=200)
    assert ada.position_of(ada.number) == start
    page.keyboard.press("Escape")
    expect(page.locator("#settings")).to_be_hidden()
    page.keyboard.press("Escape")
    page.click("#settings-leave")
    ada.wait_for_state("lobby")


def test_thumbs_move_aim_and_fire(chromium: Browser, server: Host) -> None:
    context = chromium.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    try:
        page = context.new_page()
        page.goto(f"{server.url}/?nick=Ada")
        page.wait_for_function("() => window.gameServer.tick > 0")
        page.wait_for_selector("#touch", state="visible")
        thumbs = context.new_cdp_session(page)

        def touch(kind: str, *points: tuple[int, int]) -> None:
            named = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
            thumbs.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": named})

        moves = 0
        for dx, dy in ((40, 0), (0, 40), (-40, 0), (0, -40)):  # a wall may be in the way of some
            before = page.evaluate("window.gameServer.self")
            touch("touchStart", (100, 600))
            touch("touchMove", (100 + dx, 600 + dy))
            page.wait_for_timeout(300)
            touch("touchEnd")
            after = page.evaluate("window.gameServer.self")
            moves += abs(after["x"] - before["x"]) + abs(after["y"] - before["y"]) > 20
        assert moves >= 2
        assert stat(page, "shots") == 0
        touch("touchStart", (300, 600))
        touch("touchMove", (300, 560))
        page.wait_for_function("() => window.gameServer.shots > 1")
        touch("touchEnd")
        assert page.evaluate("window.gameServer.errors") == []
    finally:
        context.close()


def test_a_page_older_than_the_server_says_so(page: OpenPage, server: Host) -> None:
    player = page()

    def refuse(socket: WebSocketRoute) -> None:
        socket.close(code=NEWER, reason="this server speaks game-server.v2")

    player.page.route_web_socket(re.compile("/ws$"), refuse)
    player.enter(server.url, "Ada")
    player.wait_for_state("version")
    expect(player.page.locator("#status")).to_contain_text("A new version is out")
    expect(player.page.get_by_role("button", name="Reload")).to_be_visible()


def test_a_page_is_back_in_the_lobby_once_the_server_runs_again(host: StartHost, join: Join) -> None:
    first = host("--bots", "0")
    player = join(first, "Ada")
    port = first.url.rpartition(":")[2]
    assert first.stop() == 0
    player.wait_for_state("stopped")
    host("--bots", "0", "--port", port)
    player.wait_for_state("lobby")
    expect(player.page.locator("#lobby-notice")).to_be_visible()
    player.page.click("#play-now")
    player.wait_until_playing()
    assert player.get("nickname") == "Ada"
    player.close()
    player.errors.clear()  # the attempts that were in vain


def test_a_worker_keeps_the_time_of_a_page_that_nobody_looks_at(ada: Player) -> None:
    assert ada.page.workers == [], "none is needed before"
    with ada.page.expect_worker() as made:
        ada.page.evaluate(
            """Object.defineProperty(document, "hidden", { get: () => true, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"))"""
        )
    assert made.value.url.endswith("/src/app/background_worker.js")
    made.value.evaluate("() => new Promise((done) => setTimeout(done, 1))")  # it runs
    assert ada.get("errors") == []
