"""A match in a frame of somebody else's page, where the host allows it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import StartHost
from tests.e2e.pages import Player

pytestmark = pytest.mark.e2e


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site(tmp_path: Path) -> Iterator[ThreadingHTTPServer]:
    """A server of files of another origin."""
    (tmp_path / "site").mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "site")))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def page_with(site: ThreadingHTTPServer, folder: Path, link: str) -> str:
    """Put a page with a frame of ``link`` on the ``site``, and return its address."""
    (folder / "site" / "index.html").write_text(f'<iframe src="{link}" width="800" height="600"></iframe>')
    return f"http://127.0.0.1:{site.server_port}/"


def test_a_match_is_played_in_a_frame_of_a_page_that_the_host_allows(
    host: StartHost, site: ThreadingHTTPServer, tmp_path: Path, chromium: Browser
) -> None:
    server = host("--game", "tag", "--frame-ancestor", f"http://127.0.0.1:{site.server_port}")
    ada = Player(chromium)
    ada.page.goto(page_with(site, tmp_path, f"{server.url}/?play"))
    frame = ada.page.frame_locator("iframe")
    frame.locator("#nickname").fill("Ada")
    frame.locator("#join").click()
    expect(frame.locator("#leaders")).to_contain_text("Ada")
    expect(frame.locator("#status")).to_be_hidden()
    ada.page.context.close()


def test_a_page_that_the_host_does_not_name_shows_nothing_of_it(
    host: StartHost, site: ThreadingHTTPServer, tmp_path: Path, chromium: Browser
) -> None:
    server = host("--game", "tag")
    ada = Player(chromium)  # whose error is expected
    with ada.page.expect_console_message(lambda message: "frame-ancestors" in message.text):
        ada.page.goto(page_with(site, tmp_path, f"{server.url}/?play"))
    assert ada.page.frame_locator("iframe").locator("#nickname").count() == 0
    ada.page.context.close()
