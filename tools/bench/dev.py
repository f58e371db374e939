"""How long an author waits from saving a file to seeing it in the page: ``tools/bench/run dev``.

A game as ``game-server new`` writes it, under ``game-server dev``, and a page in Chromium that plays it. What is saved
is in turn a rule of the tick, which sets the player's coins to a number that the standings show; the predicted rule,
for which the page loads itself again; and the script, which does as much. In each case the match has to have its code
still, and the player the same seat.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from playwright.sync_api import Page

from tools.bench.feel.stage import PATIENCE, chromium

SETTLES: Final = 3.0
"""Seconds between two saves, as nobody is quicker: the process for the next version is started meanwhile."""
PLAYS: Final = "window.gameServer?.state === 'playing' && window.gameServer.self !== null"
TICK: Final = "    def tick(self):\n"


class Author:
    """Saves files of the game in ``folder``, and looks at ``page``."""

    def __init__(self, folder: Path, page: Page) -> None:
        self._page = page
        self._script = folder / "hunt" / "web" / "game.js"
        self._rules = folder / "hunt" / "__init__.py"
        self._written = {path: path.read_text() for path in (self._script, self._rules)}
        self._coins, self._speed = 0, 260

    def rule(self) -> tuple[Path, str]:
        """Change the tick; returns what to look for."""
        self._coins += 1001
        return self._rules, f"{PLAYS} && document.querySelector('#leaders').textContent.includes('{self._coins}')"

    def predicted(self) -> tuple[Path, str]:
        """Change the predicted rule."""
        self._speed += 1
        return self._rules, f"!window.before && {PLAYS}"

    def script(self) -> tuple[Path, str]:
        """Change the script."""
        self._written[self._script] += "//\n"
        return self._script, f"!window.before && {PLAYS}"

    def save(self, change: Callable[[], tuple[Path, str]]) -> float:
        """Make ``change`` and return the seconds until it is seen."""
        page = self._page
        page.evaluate("window.before = true")
        before = self._stay()
        path, seen = change()
        text = self._written[path]
        if path == self._rules:
            given = f"{TICK}        for player in self.players.where():\n            player.coins = {self._coins}\n"
            text = text.replace("16, 260", f"16, {self._speed}").replace(TICK, given if self._coins else TICK)
        began = time.perf_counter()
        path.write_text(text)
        page.wait_for_function(f"() => {seen}", polling="raf", timeout=PATIENCE)
        took = time.perf_counter() - began
        if self._stay() != before:
            raise RuntimeError(f"the match was not kept: {before} before, {self._stay()} after")
        return took

    def _stay(self) -> object:
        return self._page.evaluate("[window.gameServer.match, window.gameServer.player]")


def measure(runs: int) -> dict[str, list[float]]:
    """Save each kind of file ``runs`` times, in turns; returns the seconds of each."""
    command = [sys.executable, "-m", "game_server"]
    with TemporaryDirectory() as place, chromium() as browser:
        subprocess.run([*command, "new", "hunt"], cwd=place, check=True, capture_output=True)
        folder = Path(place) / "hunt"
        with subprocess.Popen(
            [*command, "dev", "--port", "0"], cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            try:
                assert process.stdout
                url = process.stdout.readline().removeprefix("Listening on ").strip()
                page = browser.new_page()
                page.goto(f"{url}/?play")
                page.fill("#nickname", "Ada")
                page.click("#join")
                page.wait_for_function(f"() => {PLAYS}", timeout=PATIENCE)
                author = Author(folder, page)
                took: dict[str, list[float]] = {"rule": [], "predicted": [], "script": []}
                for _ in range(runs):
                    for name, seconds in took.items():
                        time.sleep(SETTLES)
                        seconds.append(author.save(getattr(author, name)))
            finally:
                process.terminate()
    return took


def main() -> None:
    """Measure, and print or write the figures."""
    parser = argparse.ArgumentParser(prog="tools/bench/run dev", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="saves of each kind")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args()
    took = measure(options.runs)
    for name, seconds in took.items():
        print(f"{name:10} median {statistics.median(seconds):.2f} s, longest {max(seconds):.2f} s")
    if options.json:
        options.json.write_text(json.dumps(took, indent=2) + "\n")


if __name__ == "__main__":
    main()
