"""What keeping matches costs: ``tools/bench/run journal [--minutes N] [--seek] [--cpu]``.

A match of 15 bots with hard skill, and of a person, is played as fast as it can be, with its journal and its recording:
their sizes, how fast the journal is verified, and how long it takes to find a moment of the recording. With ``--seek``
a page in Chromium goes to moments of the recording, served by a host: the time until it shows each. With ``--cpu``
the CPU of servers with and without them follows, as ``tools/bench/run kept`` measures it.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any, Final

import cyclopts
import trio
from cyclopts import Parameter
from playwright.sync_api import sync_playwright

from game_server.games.arena import Arena
from game_server.journal import DataDirectory, JournalFile, Journals, RecordingReader, Recordings, verify
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.match.match_options import MatchContext, MatchOptions
from game_server.simulation import tick_alone
from tests.e2e.conftest import CHROMIUM_FLAGS, CHROMIUM_NAMES
from tests.lobby.people import FakePerson
from tools.bench.recovery import host, listening

RATE: Final = 30
SEATS: Final = 16
SEEKS: Final = 100
SEEK: Final = """second => new Promise(done => {
  const slider = document.getElementById("replay-time"), clock = document.getElementById("replay-clock");
  const text = `${Math.floor(second / 60)}:${String(second % 60).padStart(2, "0")} `;
  const began = performance.now();
  slider.value = String(Number(slider.min) + 30 * second);
  slider.dispatchEvent(new Event("input"));
  const look = () => clock.textContent.startsWith(text) ? done(performance.now() - began) : requestAnimationFrame(look);
  look();
})"""
"""The clock is written when the picture has been drawn."""


class Clock:
    """Match time, in seconds."""

    now = 0.0

    def __call__(self) -> float:
        """Return it."""
        return self.now


async def played(minutes: float, folder: Path) -> dict[str, float]:
    """Play a match, and return the figures."""
    data, clock = DataDirectory.open(folder), Clock()
    journals, recordings = Journals(data), Recordings(data.recordings)
    options = MatchOptions(name="Benchmark", game=Arena, max_players=SEATS, bots=SEATS, bot_skill="hard", seed=7)
    hosted = HostedMatch(options, MatchContext(now=clock, recordings=recordings), id="K7RW2P")
    match = hosted.match
    journal = journals.open(match, hosted.id, hosted.people_journal.whole)
    assert journal
    hosted.people_journal.keep(journal)
    hosted.watch(FakePerson("Vera", clock))
    person = FakePerson("Ada", clock)
    hosted.join(person)  # what nobody has played is not kept
    for tick in range(int(minutes * 60 * RATE)):
        clock.now = tick / RATE
        tick_alone(match)
        if tick % RATE == 0:
            hosted.attend()
            person.socket.heard()
            await journals.carry()
            await recordings.write()
    stored = JournalFile.read(journal.disk.folder)
    size = sum(path.stat().st_size for path in journal.disk.folder.iterdir())
    began = perf_counter()
    checked = verify(stored, Arena)
    took = perf_counter() - began
    await recordings.close()
    figures = {
        "journal_mb_an_hour": size / 1e6 / minutes * 60,
        "verify_times_real_time": (checked.last - checked.first) / RATE / took,
        "hashes_wrong": float(checked.difference is not None),
    }
    for path in data.recordings.iterdir():
        figures |= recorded(path)
    data.close()
    return {name: round(value, 3) for name, value in figures.items()}


def recorded(path: Path) -> dict[str, float]:
    """The size of a recording for five minutes, and how long it takes to find the chunk of a moment and unpack it."""
    times, chance = [], random.Random(1)
    with path.open("rb") as file:
        reader = RecordingReader(file)
        for _ in range(SEEKS):
            began = perf_counter()
            for _ in reader.messages(chance.choice(reader.index.chunks)):
                pass
            times.append(perf_counter() - began)
        seconds = reader.seconds
    return {"recording_mb_for_5_min": path.stat().st_size / 1e6 / seconds * 300, "seek_ms_p95": sorted(times)[95] * 1e3}


def sought(data: Path) -> dict[str, float]:
    """How long a page takes to show a moment of the recording in ``data``, from the request to the picture."""
    [path] = (data / "recordings").iterdir()
    chance = random.Random(1)
    with host(data, "--no-match") as process, sync_playwright() as playwright:
        url = trio.run(listening, process)
        executable = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        page = browser.new_page()
        page.goto(f"{url}/?replay={path.stem}")
        page.wait_for_function("() => document.getElementById('replay-clock').textContent.includes('/ ')")
        page.keyboard.press(" ")
        with path.open("rb") as file:
            seconds = int(RecordingReader(file).seconds)
        times = [page.evaluate(SEEK, chance.randrange(seconds)) for _ in range(SEEKS)]
        browser.close()
    times.sort()
    return {"page_seek_ms_median": times[SEEKS // 2], "page_seek_ms_p95": times[95], "page_seek_ms_most": times[-1]}


app = cyclopts.App(name="tools/bench/run journal", help_format="plaintext")


@app.default
def run(
    *,
    minutes: float = 5.0,
    seek: Annotated[bool, Parameter(negative="")] = False,
    cpu: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Play a match with its journal and its recording, and print what they take.

    Args:
        minutes: Of match time.
        seek: Go to moments of the recording in a page as well.
        cpu: Measure the CPU of servers as well.
    """
    with tempfile.TemporaryDirectory() as name:
        data = Path(name) / "data"
        figures: dict[str, Any] = trio.run(played, minutes, data)
        if seek:
            figures |= {name: round(value, 1) for name, value in sought(data).items()}
    print(json.dumps(figures, indent=4), flush=True)
    if cpu:
        os.execv(sys.executable, [sys.executable, "-m", "tools.bench", "kept"])


if __name__ == "__main__":
    app()
