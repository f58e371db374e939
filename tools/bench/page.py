"""What the page costs a player: ``tools/bench/run page``.

A cold visit in bytes, requests and milliseconds, on loopback and behind the project's own relay; frames of a fight of
64 ships with the CPU slowed four times, beside those of a page that copies one picture a frame; and the memory of a
page's code after an hour, hidden for half of it, in virtual time.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, BrowserContext, Page

from tools.bench.feel.stage import chromium

ROOT: Final = Path(__file__).resolve().parents[2]
VISITS: Final = 3
"""Cold visits on each network; the median is reported."""
FRAMES: Final = 3000
"""Frames of a fight: in fewer the share of late ones is chance."""
FLOOR_FRAMES: Final = 1500
SLOWEST: Final = 30
"""Frames a second below which no more are waited for."""
LATE: Final = 17.5
"""Milliseconds beyond which a frame has missed a refresh of a display at 60 Hz."""
SETTLING_SECONDS: Final = 4.0
SLOWED: Final = 4
PLAYING: Final = "() => window.gameServer?.self"
PATIENCE: Final = 30_000
"""Milliseconds."""
SCREEN: Final = {"width": 1920, "height": 1080}
RECORD: Final = (Path(__file__).parent / "frames.js").read_text()
COPYING: Final = """({ width, height }) => {
  const [field, picture] = [0, 0].map(() => document.createElement("canvas"));
  Object.assign(field, { width, height });
  Object.assign(picture, { width: 512, height: 512 });
  Object.assign(picture.getContext("2d"), { fillStyle: "#345" }).fillRect(0, 0, 512, 512);
  document.body.append(field);
  const context = field.getContext("2d", { alpha: false });
  let count = 0;
  (function draw() {
    requestAnimationFrame(draw);
    context.drawImage(picture, (count += 1) % 500, 100);
  })();
}"""
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


def quantile(values: Sequence[float], part: float) -> float:
    """The value of ``values`` that ``part``, 0 to 1, of them are below."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def frame_figures(intervals: Sequence[float], mains: Sequence[float]) -> dict[str, float]:
    """What milliseconds from frame to frame, and of the main thread's work in each, amount to."""
    figures: dict[str, float] = {
        "frames": len(intervals),
        "late_percent": round(100 * sum(interval > LATE for interval in intervals) / len(intervals), 2),
    }
    for name, values in (("frame_ms", intervals), ("main_ms", mains)):
        for percent in (50, 95, 99):
            figures[f"{name}_p{percent}"] = round(quantile(values, percent / 100), 1)
    return figures


def recorded(context: BrowserContext, page: Page, slowed: int, frames: int) -> dict[str, float]:
    """The figures of the next ``frames`` frames of ``page``, the CPU slowed ``slowed`` times, as keys are pressed."""
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slowed})
    page.wait_for_timeout(1000 * SETTLING_SECONDS)
    page.mouse.move(1200, 400)
    page.mouse.down()
    page.evaluate("frameRecord.intervals.length = frameRecord.mains.length = 0")
    until = time.monotonic() + frames / SLOWEST
    for turn in range(frames):
        key = ("KeyD", "KeyS", "KeyA", "KeyW")[turn % 4]
        page.keyboard.down(key)
        page.wait_for_timeout(1000)
        page.keyboard.up(key)
        if page.evaluate("frameRecord.intervals.length") >= frames or time.monotonic() > until:
            break
    record = page.evaluate("frameRecord")
    return frame_figures(record["intervals"][:frames], record["mains"][:frames])


def copying(browser: Browser, slowed: int) -> dict[str, float]:
    """Frames of a page that copies one picture a frame: what this machine can do at most."""
    context = browser.new_context(viewport=SCREEN)  # type: ignore[arg-type]
    context.add_init_script(RECORD)
    page = context.new_page()
    page.goto("data:text/html,")
    page.evaluate(COPYING, SCREEN)
    figures = recorded(context, page, slowed, FLOOR_FRAMES)
    context.close()
    return figures


def fight(browser: Browser, slowed: int) -> dict[str, float]:
    """Frames of a page among 64 ships."""
    with hosting("--bots", "63", "--max-players", "64") as url:
        context = browser.new_context(viewport=SCREEN)  # type: ignore[arg-type]
        context.add_init_script(RECORD)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{url}/?play&nick=Ada")
        page.wait_for_function(PLAYING)
        figures = recorded(context, page, slowed, FRAMES)
        context.close()
    return figures


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
        measure("fight", lambda: {"page": fight(browser, SLOWED), "floor": copying(browser, SLOWED)})
        measure("hour", hour)


if __name__ == "__main__":
    main()
