"""What keeping matches costs: ``tools/bench/run journal [--minutes N] [--cpu]``.

A match of 15 bots with hard skill, and of a person, is played as fast as it can be, with its journal and its recording:
their sizes, how fast the journal is verified, and how long it takes to find a moment of the recording. With ``--cpu``
the CPU of servers with and without them follows, as ``tools/bench/run kept`` measures it.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any, Final

import cyclopts
import trio
from cyclopts import Parameter

from game_server.games.arena import Arena
from game_server.journal import DataDirectory, JournalFile, Journals, RecordingReader, Recordings, verify
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.match.match_options import MatchContext, MatchOptions
from game_server.simulation import tick_alone
from tests.lobby.people import FakePerson

RATE: Final = 30
SEATS: Final = 16
SEEKS: Final = 100


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


app = cyclopts.App(name="tools/bench/run journal", help_format="plaintext")


@app.default
def run(*, minutes: float = 5.0, cpu: Annotated[bool, Parameter(negative="")] = False) -> None:
    """Play a match with its journal and its recording, and print what they take.

    Args:
        minutes: Of match time.
        cpu: Measure the CPU of servers as well.
    """
    with tempfile.TemporaryDirectory() as name:
        figures: dict[str, Any] = trio.run(played, minutes, Path(name))
    print(json.dumps(figures, indent=4), flush=True)
    if cpu:
        os.execv(sys.executable, [sys.executable, "-m", "tools.bench", "kept"])


if __name__ == "__main__":
    app()
