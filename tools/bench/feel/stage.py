"""A server behind a relay, and pages that play on it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import attrs
from playwright.sync_api import Browser, Page, sync_playwright

ROOT: Final = Path(__file__).resolve().parents[3]
VIEWPORT: Final = {"width": 1280, "height": 720}
PATIENCE: Final = 20_000
"""Milliseconds in which a page must be in the match."""

_CHROMIUM_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
_CHROMIUM_FLAGS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_FINGERS: Final = (Path(__file__).parent / "fingers.js").read_text()


@attrs.frozen
class Host:
    """A running `tools.bench.feel.host`."""

    process: subprocess.Popen[str]
    url: str

    def network(self, preset: str) -> None:
        """Change the weather of every connection."""
        self._order(f"network {preset}")

    def stall(self, seconds: float) -> float:
        """Hold all bytes from now on; until when, in seconds since the epoch."""
        self._order(f"stall {seconds}")
        assert self.process.stdout
        return float(self.process.stdout.readline())

    def _order(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()


@contextmanager
def hosting(game: str, bots: int, seed: int, preset: str) -> Iterator[Host]:
    """Start a host; it ends with the context."""
    command = [sys.executable, "-m", "tools.bench.feel.host", game, str(bots), str(seed), preset]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            if not line.startswith("Listening on "):
                raise RuntimeError(f"the server did not start: {line!r}")
            yield Host(process, line.removeprefix("Listening on ").strip())
        finally:
            process.terminate()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium of the system's, with a profile of its own."""
    executable = next(filter(None, map(shutil.which, _CHROMIUM_NAMES)), None)
    if not executable:
        raise RuntimeError("Chromium is missing; run tools/setup")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=_CHROMIUM_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Player:
    """A page in the match, and hands for it (fingers.js)."""

    def __init__(self, page: Page, url: str, nickname: str) -> None:
        self.page = page
        page.set_default_timeout(PATIENCE)
        page.goto(f"{url}/?play")
        page.fill("#nickname", nickname)
        page.click("#join")
        page.wait_for_function("() => window.gameServer.state === 'playing' && window.gameServer.self !== null")
        page.wait_for_function("() => window.gameServer.stats.rtt_ms > 0")
        page.evaluate(f"window.fingers = {_FINGERS}")

    def do(self, deed: str, **how: Any) -> Any:
        """Have the hands do something, to its end."""
        return self.page.evaluate(f"how => window.fingers.{deed}(how)", how)

    def begin(self, deed: str, **how: Any) -> None:
        """Have the hands do something meanwhile."""
        self.page.evaluate(f"how => {{ window.fingers.{deed}(how); }}", how)

    def wait(self, seconds: float) -> None:
        """Let time pass for the page."""
        self.page.wait_for_timeout(1000 * seconds)

    def record(self) -> None:
        """Begin to keep every frame."""
        self.page.evaluate("window.gameServer.record(true)")

    @property
    def frames(self) -> list[dict[str, Any]]:
        """Those that are kept."""
        frames: list[dict[str, Any]] = self.page.evaluate("window.gameServer.frames")
        return frames

    def get(self, name: str) -> Any:
        """What `window.gameServer` has under ``name``."""
        return self.page.evaluate(f"window.gameServer.{name}")

    @property
    def stats(self) -> dict[str, float]:
        """The figures of `window.gameServer.stats`."""
        stats: dict[str, float] = self.get("stats")
        return stats

    def local(self, epoch: float) -> float:
        """Local milliseconds of the page at ``epoch`` seconds."""
        return 1000 * epoch - float(self.page.evaluate("performance.timeOrigin"))


@contextmanager
def playing(browser: Browser, host: Host, nickname: str = "Ada") -> Iterator[Player]:
    """A page that has joined."""
    context = browser.new_context(viewport=VIEWPORT)  # type: ignore[arg-type]
    try:
        player = Player(context.new_page(), host.url, nickname)
        yield player
        if errors := player.get("errors"):
            raise RuntimeError(f"the page has errors: {errors}")
    finally:
        context.close()
