"""Plays a match whose journal and recording are on a disk that is full for a while, in a process of its own.

Usage: ``unshare --user --map-root-user --mount python -m tests.journal.full_disk FOLDER``. The disk is a file system in
memory of half a megabyte, mounted at FOLDER where this process alone sees it. What the log says goes to standard error.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import trio

from game_server.journal import DataDirectory, Journals, Recordings, Replay
from game_server.journal.journals import PASSES_WELL
from game_server.journal.recording.format import SEATED
from game_server.journal.recording.recorder import MatchRecorder
from game_server.simulation import Match, tick_alone
from tests.journal.recording.recorded import INTRODUCTION, header_of, toys
from tests.simulation.toy_game import Toy


async def main(folder: Path) -> None:
    """Play, and print what became of it."""
    data = DataDirectory.open(folder / "data")
    journals, recordings = Journals(data), Recordings(data.recordings)
    match: Match = toys()
    journal = journals.open(match, "K7RW2P", lambda: None)
    assert journal
    recorder = match.recorder = MatchRecorder(30, [16], lambda: INTRODUCTION)
    recordings.begin(header_of(match), recorder)
    recorder.mark(SEATED, 3, "Ada", 0)

    async def play(seconds: int) -> None:
        for _ in range(seconds):
            for _ in range(30):
                tick_alone(match)
            await journals.carry()
            await recordings.write()

    await play(3)
    filler = folder / "filler"
    try:
        with filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
    except OSError as error:
        print("full:", error.strerror)
    await play(60)
    print("tick:", match.world.tick)
    filler.unlink()
    await play(PASSES_WELL + 1)
    for _ in range(7):
        tick_alone(match)
    data.close()
    again = Journals(DataDirectory.open(folder / "data"))
    [name] = again.unfinished()
    replay = Replay(Toy)
    for _ in replay.play(again.read(name).records, match.world.tick):
        pass
    print("same:", replay.world.hash() == match.world.hash())
    print("failures:", journals.failures, recordings.failed)


if __name__ == "__main__":
    logging.basicConfig(level="INFO", format="%(message)s")
    folder = Path(sys.argv[1])
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", folder], check=True)
    trio.run(main, folder)
