"""Journals as files that people look at: read whole, verified, and cut to a part."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import attrs

from game_server.errors import JournalError
from game_server.journal.records import CARRIED, CHECKPOINT, INPUTS, Header, Record, pack_again, pack_header, read
from game_server.journal.replay import Difference, Replay
from game_server.journal.segments import read_segment, segments
from game_server.journal.world_difference import WorldDifference, first_difference
from game_server.simulation import Game, World


@attrs.frozen(eq=False)
class JournalFile:
    """A journal that was read.

    Attributes:
        header: of its newest part.
        records: the whole ones, the first of them a checkpoint.
        ends: how many bytes after the last whole record were no record.
    """

    header: Header
    records: list[Record]
    ends: int

    @classmethod
    def read(cls, path: Path) -> JournalFile:
        """Read a segment, or all of those in a folder that follow one another.

        Raises:
            JournalError: there is no journal, or no checkpoint in it.
        """
        files = segments(path) if os.path.isdir(path) else [(0, path)]  # Path.is_dir raises if it may not look
        if not files:
            raise JournalError(f"{path} has no journal in it")
        follows, oldest = files[0]
        header, stream = read_segment(oldest)
        follows += len(stream)
        for begins, file in files[1:]:
            header, content = read_segment(file)
            stream = stream + content if begins == follows else content
            follows = begins + len(content)
        records = list(read(stream))
        if not records or records[0].kind != CHECKPOINT:
            raise JournalError(f"{path} does not begin with a checkpoint")
        ends = len(stream) - records[-1].end
        return cls(header, [record for record in records if record.kind != CARRIED], ends)

    @property
    def ticks(self) -> tuple[int, int]:
        """The first and the last tick that it has."""
        return self.records[0].tick, self.records[-1].tick

    def up_to(self, tick: int) -> list[Record]:
        """The records that count for the step of ``tick``."""
        return [record for record in self.records if record.tick < tick + (record.kind == INPUTS)]

    def part(self, first: int, last: int) -> bytes:
        """A journal of the ticks from ``first`` to ``last``, with the checkpoint before them.

        Raises:
            JournalError: it has no such ticks.
        """
        begin, part = 0, [record for record in self.records if record.tick <= last]
        for at, record in enumerate(part):
            if record.kind == CHECKPOINT and record.tick <= first:
                begin = at
        if not part or first > self.ticks[1]:
            raise JournalError(f"it has the ticks from {self.ticks[0]} to {self.ticks[1]}, not {first} to {last}")
        return pack_header(self.header) + b"".join(map(pack_again, part[begin:]))


@attrs.define
class Verification:
    """What was found when a journal was played again.

    Attributes:
        first, last: the ticks that were played.
        hashes: how many were compared.
        difference: the first hash that is not the world's.
        field: the first value that differs, at the next checkpoint; or in the journal that it was compared with.
        raised: what the rules raised.
    """

    first: int = 0
    last: int = 0
    hashes: int = 0
    difference: Difference | None = None
    field: WorldDifference | None = None
    raised: Exception | None = None

    @property
    def good(self) -> bool:
        """Whether everything is the same."""
        return self.difference is None and self.field is None and self.raised is None


def verify(journal: JournalFile, game: type[Game]) -> Verification:
    """Play ``journal`` again by the rules of ``game``, and compare every hash and every checkpoint.

    Raises:
        JournalError: the records do not fit the game or one another.
    """
    replay, found = Replay(game), Verification(*journal.ticks)
    last = max((record.tick for record in journal.records if record.kind == INPUTS), default=0)
    try:
        for _ in replay.play(journal.records, last):  # with the tick in which the rules may have raised
            pass
    except JournalError:
        raise
    except Exception as error:
        found.raised = error
    if replay.checkpoint:
        found.last = replay.world.tick
    found.hashes = replay.checked
    found.difference = next(iter(replay.differences), None)
    found.field = next(iter(replay.fields), None)
    return found


def compare(ours: JournalFile, theirs: JournalFile, game: type[Game]) -> Verification:
    """Play two journals of one match again, and find the first tick in which their worlds differ.

    Only ticks that both have are compared.

    Raises:
        JournalError: they have no tick in common, or the records do not fit the game or one another.
        Exception: whatever the rules raise.
    """
    first, last = max(ours.ticks[0], theirs.ticks[0]) + 1, min(ours.ticks[1], theirs.ticks[1])
    if first > last:
        raise JournalError(f"the journals have no tick in common: {ours.ticks} and {theirs.ticks}")
    found = Verification(first, last)
    for mine, other in zip(_worlds(ours, game, first, last), _worlds(theirs, game, first, last), strict=True):
        found.hashes += 1
        if mine.hash() != other.hash():
            found.field = first_difference(mine, other)
            found.last = mine.tick
            break
    return found


def _worlds(journal: JournalFile, game: type[Game], first: int, last: int) -> Iterator[World]:
    """The world of ``journal`` after each tick from ``first`` to ``last``."""
    for world in Replay(game).play(journal.records, last):
        if world.tick > last:
            return
        if world.tick >= first:
            yield world
