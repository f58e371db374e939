"""What a game in which nobody acts sends, and how soon a click in it is answered: ``tools/bench/run quiet``.

Two pages in Chromium play `Board` on a server of their own. Bytes are counted on their way, in a relay between pages
and server: frames with their headers, pings and pongs, in both directions. Then the players click, at all moments
between two ticks, and the page takes the time from the click to the frame that shows what it has changed; so does a
client without a page, to the snapshot.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import trio
from playwright.sync_api import Page

from game_server.client import Target, open_stream, open_websocket
from game_server.protocol import Act, Hello, Join, Snapshot, decode_server, encode
from tools.bench.feel.stage import ROOT, chromium

GAME: Final = "tools.bench.quiet.board:Board"
PAGES: Final = 2
PATIENCE: Final = 60_000
"""Milliseconds in which a page must be in the match."""
MOST_BYTES: Final = 20
"""To reach: bytes a client and second in each direction."""
SETTLES: Final = 12.0
"""Seconds from the join to when nothing is new: clocks are measured, and what fades has faded."""
CLICKS: Final = 30
UP, DOWN = "client to server", "server to client"


class CountingRelay:
    """Passes bytes on between clients and a server of this machine, and counts them.

    Attributes:
        counted: bytes so far, by direction.
    """

    def __init__(self, port: int) -> None:
        self.counted: Counter[str] = Counter()
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            client, _ = self._listener.accept()
            server = socket.create_connection(("127.0.0.1", self._to))
            for source, sink, way in ((client, server, UP), (server, client, DOWN)):
                sink.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._pass_on, args=(source, sink, way), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, way: str) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                self.counted[way] += len(data)
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def hosting(tick_rate: int) -> Iterator[int]:
    """Host the game; its port."""
    options = ("--host", "127.0.0.1", "--port", "0", "--no-qr", "--tick-rate", str(tick_rate), "--bots", "0")
    command = [sys.executable, "-m", "game_server", "host", "--game", GAME, *options]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            assert process.stdout
            for line in process.stdout:
                if found := re.search(r"http://[^/:]+:(\d+)", line):
                    threading.Thread(target=process.stdout.read, daemon=True).start()
                    yield int(found[1])
                    break
            else:
                raise RuntimeError("the server did not start")
        finally:
            process.terminate()


def silence(tick_rate: int, seconds: float) -> dict[str, float]:
    """Bytes a client and second in each direction, while two players do nothing."""
    with hosting(tick_rate) as port, chromium() as browser:
        relay = CountingRelay(port)
        pages = [_join(browser.new_context().new_page(), relay.port, f"Player {number}") for number in range(PAGES)]
        pages[0].wait_for_timeout(1000 * SETTLES)
        before, began = relay.counted.copy(), time.monotonic()
        pages[0].wait_for_timeout(1000 * seconds)
        took = time.monotonic() - began
        stats: list[dict[str, float]] = [page.evaluate("window.gameServer.stats") for page in pages]
        found = {way: round((relay.counted[way] - before[way]) / took / PAGES, 1) for way in (UP, DOWN)}
        return found | {what: sum(each[what] for each in stats) for what in ("corrections", "desyncs", "late_inputs")}


def clicks(tick_rate: int) -> dict[str, float]:
    """Milliseconds from a click to the frame that shows what it has changed, on loopback."""
    chance = random.Random(1)
    with hosting(tick_rate) as port, chromium() as browser:
        page = _join(browser.new_context().new_page(), port, "Ada")
        page.wait_for_timeout(3000)
        for _ in range(CLICKS):
            page.wait_for_timeout(300 + chance.random() * 400)
            page.mouse.click(640, 360)
        page.wait_for_timeout(1000)
        answers: list[float] = page.evaluate("window.measured.answers")
        wire = trio.run(_snapshots_after_acts, port)
    if len(answers) != CLICKS:
        raise RuntimeError(f"{len(answers)} of {CLICKS} clicks were answered")
    return {
        "click to frame p50 ms": round(statistics.median(answers), 1),
        "click to frame max ms": round(max(answers), 1),
        "act to snapshot p50 ms": round(statistics.median(wire), 1),
        "act to snapshot max ms": round(max(wire), 1),
    }


async def _snapshots_after_acts(port: int) -> list[float]:
    """Milliseconds from each of many commands to the snapshot that shows what it has changed."""
    target, chance, found = Target.from_url(f"http://127.0.0.1:{port}"), random.Random(2), []
    async with open_stream(target) as stream, trio.open_nursery() as nursery:
        websocket = await open_websocket(nursery, stream, target)
        await websocket.send_message(encode(Hello("Grace", "bench", "")))
        await websocket.send_message(encode(Join("")))
        for _ in range(CLICKS):
            with trio.move_on_after(0.3 + chance.random() * 0.4):
                while True:
                    await websocket.get_message()
            sent = trio.current_time()
            await websocket.send_message(encode(Act(0, ())))
            while True:
                data = await websocket.get_message()
                assert isinstance(data, bytes)
                message = decode_server(data)
                if isinstance(message, Snapshot) and message.tables:
                    found.append(1000 * (trio.current_time() - sent))
                    break
        nursery.cancel_scope.cancel()
    return found


def _join(page: Page, port: int, nickname: str) -> Page:
    page.set_default_timeout(PATIENCE)
    page.goto(f"http://127.0.0.1:{port}/?play")
    page.fill("#nickname", nickname)
    page.click("#join")
    page.wait_for_function("() => window.gameServer.state === 'playing' && window.gameServer.stats.rtt_ms > 0")
    return page


def main() -> None:
    """Measure, print, and say by the exit code whether that is enough."""
    parser = argparse.ArgumentParser(prog="tools/bench/run quiet", description=__doc__)
    parser.add_argument("--seconds", type=float, default=40.0, help="of silence (%(default)s)")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    arguments = parser.parse_args()
    found: dict[str, Any] = {
        "bytes a client and second, 30 ticks a second": silence(30, arguments.seconds),
        "bytes a client and second, 5 ticks a second": silence(5, arguments.seconds),
        "clicks, 5 ticks a second": clicks(5),
        "clicks, 30 ticks a second": clicks(30),
    }
    for what, figures in found.items():
        print(what)
        for name, value in figures.items():
            print(f"  {name:<26} {value:>8}")
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2) + "\n")
    most = max(figures[way] for figures in found.values() for way in (UP, DOWN) if way in figures)
    sys.exit(int(most > MOST_BYTES))


if __name__ == "__main__":
    main()
