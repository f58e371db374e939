"""Whole servers and whole browsers, and what has to hold of every one of them when a test is over."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.pages import Player
from tests.e2e.processes import GAME_SERVER, Host, start_host

StartHost = Callable[..., Host]
OpenPage = Callable[..., Player]
Join = Callable[[Host, str], Player]

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def _hosts(folder: Path) -> Iterator[StartHost]:
    hosts: list[Host] = []

    def start(*arguments: str, command: tuple[str, ...] = (GAME_SERVER,)) -> Host:
        hosts.append(start_host(arguments, folder, command))
        return hosts[-1]

    yield start
    codes = [host.stop() for host in hosts]
    assert codes == [0] * len(hosts)
    for host in hosts:
        assert "Traceback" not in host.stderr.read_text()


@pytest.fixture
def host(tmp_path: Path) -> Iterator[StartHost]:
    """Start hosts: ``host("--bots", "2")``. Each one left running has to stop in time, with 0 and no traceback."""
    yield from _hosts(tmp_path)


@pytest.fixture(scope="module")
def shared_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartHost]:
    """The same, for hosts that all tests of a file visit."""
    yield from _hosts(tmp_path_factory.mktemp("hosts"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A headless Chromium of the system's, with a profile of its own."""
    executable = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    assert executable, "Chromium is missing; run tools/setup"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, host: StartHost) -> Iterator[OpenPage]:  # noqa: ARG001 - hosts outlive their pages
    """Open empty pages: ``player = page()``, with options for the browser's context. None may log an error."""
    players: list[Player] = []

    def open_page(**context: Any) -> Player:
        players.append(Player(chromium, **context))
        return players[-1]

    yield open_page
    for player in players:
        player.close()
    assert [error for player in players for error in player.errors] == []


@pytest.fixture
def join(page: OpenPage) -> Join:
    """Open a page, type a nickname and play in any match: ``ada = join(server, "Ada")``."""

    def join(server: Host, nickname: str) -> Player:
        player = page()
        player.join(server.url, nickname)
        return player

    return join
