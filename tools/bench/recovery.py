"""What a killed server loses, and for how long: ``tools/bench/run recovery [--kills N] [--seconds N] [--pages N]``.

A host with three matches of 16 seats, bots and people in them, is killed at random moments and started at once on the
same data. Everything that a client had seen has to be there again: matches, seats, kills, chat. Then a host with twenty
matches, and the time from its start to a tick in each; and a page, killed and started after half a second, with the
time until it plays again.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import inf
from pathlib import Path
from statistics import median
from time import monotonic
from typing import IO, Annotated, Any, Final

import attrs
import cyclopts
import trio
from cyclopts import Parameter
from playwright.sync_api import sync_playwright

from game_server.client import ENDS, Client, Target, open_stream, open_websocket
from game_server.protocol import Chat, Command, Said, Snapshot, View, Welcome, decode_server, encode
from tests.e2e.conftest import CHROMIUM_FLAGS, CHROMIUM_NAMES
from tools.bench import report
from tools.bench.installing import ROOT

PORT: Final = 18437
CODES: Final = 3
PEOPLE: Final = 3
"""In each match; bots have the other seats."""
PATIENCE: Final = 20.0
"""Seconds for anything: a start, a seat, a picture."""
PLAYED: Final = (0.2, 2.5)
"""Seconds between the moment at which everybody plays and the next kill."""
MANY: Final = 20
"""Matches of the second measurement."""
RESTART_AFTER: Final = 0.5
"""Seconds from the kill to the start of the next server, for the page."""
PLAYING_AFTER: Final = "tick => window.gameServer?.state === 'playing' && window.gameServer.tick > tick"
LOST: Final = "() => window.gameServer.state !== 'playing'"


@attrs.define
class Seen:
    """What a client has seen last."""

    tick: int = 0
    round: int = -1
    playing: bool = False
    kills: dict[int, int] = attrs.Factory(dict)


class Shooter:
    """Flies about and shoots, and remembers what it sees."""

    def __init__(self, seed: int, seen: Seen) -> None:
        self._random = random.Random(seed)
        self._buttons = 0
        self.seen = seen

    def decide(self, view: View) -> Command:
        """Press something else twice a second."""
        seen, table = self.seen, view.tables
        seen.tick = view.tick
        [state] = table["round"].values()
        seen.round, seen.playing = int(state["number"]), state["phase"] == 2
        seen.kills = {player: int(row["kills"]) for player, row in table["score"].items()}
        if view.tick % 15 == 0:
            self._buttons = self._random.getrandbits(4) | 16
        return Command(self._buttons, view.tick * 53 % 4096, 0)


class Person:
    """A client that keeps its seat over every kill, says something now and then, and notes what was lost."""

    def __init__(self, number: int, match: str) -> None:
        self.seen = Seen()
        self.client = Client(f"P{number}", match, lambda _welcome: Shooter(number, self.seen))
        self.lines: list[str] = []
        self.heard_again: set[str] = set()
        self.welcome: Welcome | None = None
        self.playing = trio.Event()
        self._number = number
        self._said = 0

    async def connect(self, url: str) -> None:
        """Play until the connection ends."""
        target = Target.from_url(url)
        self.heard_again = set()
        try:
            async with open_stream(target) as stream, trio.open_nursery() as nursery:
                socket = await open_websocket(nursery, stream, target)
                for message in self.client.greeting():
                    await socket.send_message(message)
                while self.client.ended is None and self.client.elsewhere is None:
                    data = await socket.get_message()
                    assert isinstance(data, bytes)
                    for answer in self.client.receive(data, trio.current_time()):
                        await socket.send_message(answer)
                    self._look(decode_server(data))
                    if self._said * 40 < self.seen.tick:  # more than a second apart
                        self._said = self.seen.tick // 40 + 1
                        await socket.send_message(encode(Chat(f"{self._number}: {self.seen.tick}")))
        except ENDS:
            pass
        except BaseExceptionGroup as group:
            if group.split(ENDS)[1]:
                raise
        self.client.lost(trio.current_time())

    def _look(self, message: object) -> None:
        if isinstance(message, Said):
            for line in message.lines:
                if line.nickname:
                    self.heard_again.add(line.text)
                    self.lines.append(line.text)
        elif isinstance(message, Snapshot):
            self.playing.set()
        elif isinstance(message, Welcome):
            self.welcome = message


@attrs.define
class Losses:
    """What was not there again, in words."""

    found: list[str] = attrs.Factory(list)
    kills: int = 0
    again: list[float] = attrs.Factory(list)
    """Seconds from the start of a server to a snapshot for everybody."""


@contextmanager
def host(data: Path, *options: str, stderr: IO[str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """A host that keeps its matches in ``data``; it is killed in the end."""
    command = [
        sys.executable, "-m", "game_server", "host", "--data", str(data), "--no-qr",
        *(() if "--port" in options else ("--port", str(PORT))),
        *(() if "--log-level" in options else ("--log-level", "warning")), *options,
    ]  # fmt: skip
    memory = data.with_name("memory")
    memory.mkdir(exist_ok=True)
    with subprocess.Popen(
        command,
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env={**os.environ, "RUNTIME_DIRECTORY": str(memory)},
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)


async def listening(process: subprocess.Popen[str]) -> str:
    """Wait until the host listens, and return its address."""
    assert process.stdout
    line = await trio.to_thread.run_sync(process.stdout.readline)
    if not line.startswith("Listening on "):
        raise RuntimeError(f"the server did not start: {line!r}")
    return line.removeprefix("Listening on ").strip()


def matches_file(folder: Path, count: int) -> Path:
    """A file of matches with 16 seats, most of them for bots."""
    path = folder / "matches.toml"
    path.write_text(
        "".join(
            f'[[match]]\nname = "Match {number}"\nmax-players = 16\nbots = {16 - PEOPLE}\nseed = {number}\n'
            for number in range(count)
        )
    )
    return path


async def codes(url: str) -> list[str]:
    """The codes of the matches there."""

    def ask() -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{url}/api/matches", timeout=PATIENCE) as response:
            found: list[dict[str, Any]] = json.load(response)
            return found

    return sorted(match["id"] for match in await trio.to_thread.run_sync(ask))


async def everybody_plays(people: Sequence[Person], url: str, nursery: trio.Nursery) -> None:
    """Connect ``people`` in ``nursery``, and wait until each has a snapshot.

    Raises:
        trio.TooSlowError: somebody has none after `PATIENCE`.
    """
    for person in people:
        person.playing = trio.Event()
        nursery.start_soon(person.connect, url)
    with trio.fail_after(PATIENCE):
        for person in people:
            await person.playing.wait()


async def kill_again_and_again(kills: int, seconds: float, folder: Path, seed: int) -> Losses:
    """Kill a host ``kills`` times, or for ``seconds``, and look each time at what came back."""
    until = monotonic() + seconds
    losses, chance = Losses(), random.Random(seed)
    options = ("--matches", str(matches_file(folder, CODES)))
    people: list[Person] = []
    expected: list[str] = []
    before: dict[Person, tuple[Seen, list[str], Welcome | None]] = {}
    for _ in range(kills + 1):
        if (began := monotonic()) > until:
            break
        with host(folder / "data", *options) as process:
            url = await listening(process)
            here = await codes(url)
            if expected and here != expected:
                losses.found.append(f"matches {expected} came back as {here}")
            if not people:
                people = [Person(number, here[number % CODES]) for number in range(CODES * PEOPLE)]
            expected = here
            async with trio.open_nursery() as nursery:
                await everybody_plays(people, url, nursery)
                if before:
                    losses.again.append(monotonic() - began)
                await trio.sleep(0.2)
                for person, past in before.items():
                    losses.found += lost(person, *past)
                await trio.sleep(chance.uniform(*PLAYED))
                before = {
                    person: (
                        attrs.evolve(person.seen, kills=dict(person.seen.kills)),
                        person.lines[-30:],
                        person.welcome,
                    )
                    for person in people
                }
                process.send_signal(signal.SIGKILL)
                losses.kills += 1
    return losses


def lost(person: Person, seen: Seen, lines: list[str], welcome: Welcome | None) -> Iterator[str]:
    """What ``person`` had seen and does not see any more."""
    name, now = person.client.hello.nickname, person.seen
    assert welcome
    assert person.welcome
    if (person.welcome.match.id, person.welcome.player) != (welcome.match.id, welcome.player):
        yield f"{name}: another seat"
    if now.tick < seen.tick:
        yield f"{name}: tick {now.tick}, after {seen.tick}"
    if seen.playing and now.round == seen.round:
        for player, kills in seen.kills.items():
            if now.kills.get(player, 0) < kills:
                yield f"{name}: player {player} has {now.kills.get(player, 0)} kills, after {kills}"
    for line in lines:
        if line not in person.heard_again:
            yield f"{name}: the line {line!r}"


async def start_with_many(folder: Path) -> float:
    """Seconds from the start of a process to a tick in each of twenty matches."""
    options = ("--matches", str(matches_file(folder, MANY)))
    people: list[Person] = []
    took = 0.0
    for _ in range(2):
        began = monotonic()
        with host(folder / "data", *options) as process:
            url = await listening(process)
            people = people or [Person(number, code) for number, code in enumerate(await codes(url))]
            async with trio.open_nursery() as nursery:
                await everybody_plays(people, url, nursery)
                took = monotonic() - began
                await trio.sleep(12)  # so that there is a lot to be played again
                process.send_signal(signal.SIGKILL)
    return took


def pages(count: int, folder: Path) -> list[float]:
    """Seconds from a kill to a page that plays again, the server started half a second after the kill."""
    times: list[float] = []
    with sync_playwright() as playwright:
        executable = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        page = browser.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        tick, killed = 0, monotonic()
        for turn in range(count + 1):
            with host(folder / "data", "--bots", "6") as process:
                url = trio.run(listening, process)
                if turn == 0:
                    page.goto(f"{url}/?play&nick=Ada")
                page.wait_for_function(PLAYING_AFTER, arg=tick)
                if turn:
                    times.append(monotonic() - killed)
                page.wait_for_timeout(1500)
                tick = page.evaluate("window.gameServer.tick")
                process.send_signal(signal.SIGKILL)
                killed = monotonic()
                process.wait()
                page.wait_for_function(LOST)
            page.wait_for_timeout(1000 * max(0.0, RESTART_AFTER - (monotonic() - killed)))
        browser.close()
    return times


app = cyclopts.App(name="tools/bench/run recovery", help_format="plaintext")


@app.default
def run(
    *, kills: int = 200, seconds: float = inf, pages_: Annotated[int, Parameter(name="--pages")] = 20, seed: int = 1,
    json_file: Annotated[Path | None, Parameter(name="--json")] = None,
) -> None:  # fmt: skip
    """Kill servers, and report what was lost and how long it took.

    Args:
        kills: How often the host with three matches is killed.
        seconds: After which it is killed no more.
        pages_: How often a page is watched.
        seed: Of the moments at which the server is killed.
        json_file: Where to write the figures.
    """
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        losses = trio.run(kill_again_and_again, kills, seconds, Path(name), seed)
        figures |= {"kills": losses.kills, "lost": len(losses.found), "again_s": round(median(losses.again or [0]), 2)}
        for loss in losses.found[:20]:
            print(f"lost: {loss}")
        print(f"{losses.kills} kills, {len(losses.found)} things lost", flush=True)
    with tempfile.TemporaryDirectory() as name:
        figures["start_20_matches_s"] = round(trio.run(start_with_many, Path(name)), 2)
    if pages_:
        with tempfile.TemporaryDirectory() as name:
            times = sorted(pages(pages_, Path(name)))
        figures |= {"page_median_s": round(median(times), 2), "page_p95_s": round(times[int(len(times) * 0.95)], 2)}
    report.write_figures(figures, json_file)
    sys.exit(bool(losses.found))


if __name__ == "__main__":
    app()
