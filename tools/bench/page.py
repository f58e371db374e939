"""What the page costs a player: ``tools/bench/run page``.

A cold visit in bytes, requests and milliseconds, on loopback and behind the project's own relay; frames of a fight of
64 ships with the CPU slowed four times; and the memory of a page's code after an hour, hidden for half of it, in
virtual time.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, CDPSession

from tools.bench.feel.stage import chromium

ROOT: Final = Path(__file__).resolve().parents[2]
VISITS: Final = 3
"""Cold visits on each network; the median is reported."""
FIGHT_SECONDS: Final = 20.0
SETTLING_SECONDS: Final = 4.0
SLOWED: Final = 4
PLAYING: Final = "() => window.gameServer?.self"
PATIENCE: Final = 30_000
"""Milliseconds."""
MOVE: Final = """() => new Promise((done) => {
  const start = window.gameServer.self;
  window.dispatchEvent(new KeyboardEvent("keydown", { code: "KeyD" }));
  window.dispatchEvent(new KeyboardEvent("keydown", { code: "KeyS" }));
  const look = () => {
    const now = window.gameServer.self;
    if (now && Math.hypot(now.x - start.x, now.y - start.y) > 1) done(performance.now());
    else requestAnimationFrame(look);
  };
  look();
})"""


@contextmanager
def hosting(*options: str) -> Iterator[str]:
    """The address of a host of its own process, with ``options`` of the command."""
    command = [sys.executable, "-m", "game_server", "host", "--port", "0", "--seed", "7", *options]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            if not line.startswith("Listening on "):
                raise RuntimeError(f"the server did not start: {line!r}")
            yield line.removeprefix("Listening on ").strip()
        finally:
            process.terminate()


def visit(browser: Browser, url: str) -> dict[str, float]:
    """A cold visit by a link that asks for no name, until the own ship moves."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    traffic = context.new_cdp_session(page)
    traffic.send("Network.enable")
    lengths: list[float] = []
    asked: list[str] = []
    traffic.on("Network.loadingFinished", lambda event: lengths.append(event["encodedDataLength"]))
    traffic.on("Network.requestWillBeSent", lambda event: asked.append(event["request"]["url"]))
    traffic.on("Network.webSocketCreated", lambda event: asked.append(event["url"]))
    page.goto(f"{url}/?play&nick=Ada", wait_until="commit")
    page.wait_for_function(PLAYING)
    figures = {"requests": len(asked), "bytes": sum(lengths), "moving_ms": page.evaluate(MOVE)}
    context.close()
    return figures


def visits(browser: Browser, network: str | None) -> dict[str, float]:
    """The medians of some cold visits."""
    options = ("--bots", "4", *(("--network", network) if network else ()))
    with hosting(*options) as url:
        seen = [visit(browser, url) for _ in range(VISITS)]
    return {name: sorted(one[name] for one in seen)[VISITS // 2] for name in seen[0]}


def fight(browser: Browser, slowed: int) -> dict[str, float]:
    """Frames of a page among 64 ships at 1920 x 1080."""
    with hosting("--bots", "63", "--max-players", "64") as url:
        context = browser.new_context(viewport={"width": 1920, "height": 1080})
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{url}/?play&nick=Ada")
        page.wait_for_function(PLAYING)
        cpu: CDPSession = context.new_cdp_session(page)
        cpu.send("Emulation.setCPUThrottlingRate", {"rate": slowed})
        page.wait_for_timeout(1000 * SETTLING_SECONDS)
        keys = ("KeyD", "KeyS", "KeyA", "KeyW")
        page.mouse.move(1200, 400)
        page.mouse.down()
        for turn in range(round(FIGHT_SECONDS)):
            page.keyboard.down(keys[turn % 4])
            page.wait_for_timeout(1000)
            page.keyboard.up(keys[turn % 4])
        stats: dict[str, float] = page.evaluate("window.gameServer.stats")
        context.close()
    return {name: stats[name] for name in ("frame_ms_p50", "frame_ms_p99", "work_ms_p50", "work_ms_p99", "fps")}


def hour() -> dict[str, Any]:
    """What came of an hour among 64 ships in virtual time, and what more memory a page's own code takes after it."""
    script = ROOT / "tests" / "web_client" / "fakes" / "hour.js"
    command = [str(Path(sys.executable).with_name("node")), "--expose-gc", str(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=900)
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def main() -> None:
    """Measure, and print the figures as JSON; with names on the command line, those alone."""
    wanted = set(sys.argv[1:])
    found: dict[str, Any] = {}

    def measure(name: str, by: Any) -> None:
        if not wanted or name in wanted:
            found[name] = by()
            print(name, json.dumps(found[name]), flush=True)

    with chromium() as browser:
        measure("loopback", lambda: visits(browser, None))
        measure("mobile", lambda: visits(browser, "mobile"))
        measure("fight", lambda: fight(browser, SLOWED))
        measure("hour", hour)


if __name__ == "__main__":
    main()
