"""How often prediction is wrong on a network: ``tools/bench/run corrections [--game tag] [--network home]``.

A page in Chromium and people of ``game-server bots`` fill a match behind a simulated network. A key is held, and then
another one, all the time; after some seconds in which clocks settle, the corrections, desyncs and late inputs of the
page are counted.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from tests.e2e.processes import start_host
from tools.bench.feel.stage import PATIENCE, chromium

SETTLES: Final = 4.0
KEYS: Final = ("KeyW", "KeyA", "KeyS", "KeyD")
HELD_MS: Final = (100, 700)
COUNTED: Final = ("inputs", "late_inputs", "corrections", "jumps", "changes", "desyncs")
STATS: Final = "() => ({...window.gameServer.stats})"


def measure(game: str, network: str, players: int, seconds: float) -> dict[str, int]:
    """What the page has counted in ``seconds``."""
    seats, chance = str(players), random.Random(5)
    options = ("--game", game, "--max-players", seats, "--bots", "0", "--no-data", "--network", network)
    with TemporaryDirectory() as folder:
        host = start_host(options, Path(folder))
        bots = subprocess.Popen(
            [sys.executable, "-m", "game_server", "bots", host.url, "--count", str(players - 1),
             "--duration", str(round(SETTLES + seconds + 20))],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            with chromium() as browser:
                page = browser.new_page()
                page.goto(f"{host.url}/?play")
                page.fill("#nickname", "Ada")
                page.click("#join")
                page.wait_for_function("() => window.gameServer?.state === 'playing'", timeout=PATIENCE)
                page.wait_for_timeout(1000 * SETTLES)
                before: dict[str, Any] = page.evaluate(STATS)
                until = time.monotonic() + seconds
                while time.monotonic() < until:
                    key = chance.choice(KEYS)
                    page.keyboard.down(key)
                    page.wait_for_timeout(chance.randrange(*HELD_MS))
                    page.keyboard.up(key)
                after: dict[str, Any] = page.evaluate(STATS)
        finally:
            bots.terminate()
            bots.wait()
            host.stop()
    return {name: after[name] - before[name] for name in COUNTED}


def main() -> None:
    """Measure, and print or write the figures."""
    parser = argparse.ArgumentParser(prog="tools/bench/run corrections", description=__doc__)
    parser.add_argument("--game", default="tag")
    parser.add_argument("--network", default="home")
    parser.add_argument("--players", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args()
    counted = measure(options.game, options.network, options.players, options.seconds)
    for name, number in counted.items():
        print(f"{name:12} {number:6}")
    if options.json:
        options.json.write_text(json.dumps(counted, indent=2) + "\n")


if __name__ == "__main__":
    main()
