"""What a first visit costs, and what can be done on the page before its scripts have come."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.e2e.conftest import OpenPage, StartHost
from tests.e2e.processes import Host

pytestmark = pytest.mark.e2e

MOST_BYTES = 120_000
MOST_REQUESTS = 40


@pytest.fixture(scope="module")
def server(shared_host: StartHost) -> Host:
    return shared_host("--bots", "2")


def test_a_name_and_enter_before_the_scripts_have_come_are_not_lost(server: Host, page: OpenPage) -> None:
    player = page()
    form = player.page
    held: list[Route] = []
    form.route("**/src/app/main.js", lambda route: held.append(route))  # noqa: PLW0108 - it must take attributes
    form.goto(server.url, wait_until="commit")
    expect(form.locator("#join")).to_have_text("Loading")
    expect(form.locator("#join")).to_be_disabled()
    form.fill("#nickname", "Ada")
    for _ in range(3):
        form.keyboard.press("Enter")
    form.wait_for_timeout(100)
    for route in held:
        route.continue_()
    expect(form.locator("#join")).to_have_text("Enter")
    expect(form.locator("#nickname")).to_have_value("Ada")
    form.keyboard.press("Enter")
    player.wait_for_state("lobby")
    expect(form.locator("#lobby-name")).to_have_text("Ada")


def test_no_button_that_is_seen_before_the_scripts_can_be_pressed(server: Host, chromium: Browser) -> None:
    page = chromium.new_page()
    page.route("**/src/app/main.js", lambda route: route.abort())
    page.goto(server.url)
    assert page.locator("button:visible:enabled").count() == 0
    page.locator("#nickname").press("Enter")
    page.wait_for_timeout(100)
    assert page.url.rstrip("/") == server.url
    page.close()


def test_a_first_visit_is_light(server: Host, chromium: Browser) -> None:
    page = chromium.new_context().new_page()
    traffic = page.context.new_cdp_session(page)
    traffic.send("Network.enable")
    lengths: list[float] = []
    asked: list[str] = []

    def finished(event: dict[str, Any]) -> None:
        lengths.append(event["encodedDataLength"])

    traffic.on("Network.loadingFinished", finished)
    traffic.on("Network.requestWillBeSent", lambda event: asked.append(event["request"]["url"]))
    page.goto(f"{server.url}/?play&nick=Ada")
    page.wait_for_function("() => window.gameServer?.self")
    assert len(asked) <= MOST_REQUESTS, asked
    assert sum(lengths) <= MOST_BYTES
    page.context.close()


def test_a_second_visit_asks_for_the_page_alone(server: Host, chromium: Browser) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(server.url)
    page.wait_for_function("() => window.gameServer")
    page.wait_for_load_state("networkidle")  # it fetches what a match needs, too, when the page is shown
    fetched: list[str] = []
    traffic = context.new_cdp_session(page)
    traffic.send("Network.enable")
    from_memory: set[str] = set()
    traffic.on("Network.requestServedFromCache", lambda event: from_memory.add(event["requestId"]))

    def received(event: dict[str, Any]) -> None:
        if not event["response"].get("fromDiskCache") and event["requestId"] not in from_memory:
            fetched.append(event["response"]["url"])

    traffic.on("Network.responseReceived", received)
    page.goto(server.url)
    page.wait_for_function("() => window.gameServer")
    assert fetched == [f"{server.url}/"]
    context.close()
