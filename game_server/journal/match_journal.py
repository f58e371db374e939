"""The journal of one match: its tail, the files that follow it, and what becomes of them in the end."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import attrs

from game_server.journal.journal_writer import JournalWriter
from game_server.journal.records import ENDED, Header, is_checkpoint, pack
from game_server.journal.segments import SegmentWriter
from game_server.journal.tail import Tail
from game_server.simulation import Match

logger = logging.getLogger("game_server.journal")

DESYNC: Final = "-desync"
"""The end of the name of a journal that is set aside because a client reported a desync."""


class MatchJournal:
    """The journal of one match.

    Args:
        header: of each of its files.
        tail: takes the records.
        disk: has them later; used by the thread alone.
        people: returns what the lobby needs to go on with the match, as plain values.
        failed: where it is set aside if the rules raise; with `DESYNC` at its end, if a client reported a desync.

    Attributes:
        ended: there is nothing to recover.
        set_aside: where it is to be, for one of these reasons; None without.
        replaces: the name of the journal that the match had in an earlier server, which stays until this one is on the
            disk; empty for none.
        lost: a record did not fit, and later ones are of no use until a fresh beginning.
    """

    def __init__(
        self, header: Header, tail: Tail, disk: SegmentWriter, people: Callable[[], Any], failed: Path
    ) -> None:
        self.header = header
        self.tail = tail
        self.disk = disk
        self.ended = False
        self.set_aside: Path | None = None
        self.replaces = ""
        self.lost = False
        self.trouble = ""
        """What the disk answered last; empty when it works."""
        self._failed = failed
        self._checkpoint_at = 0
        self._writer = JournalWriter(self._append, tail.note_tick, people, zlib.crc32(header.match.encode()))

    def begin(self, match: Match) -> None:
        """Keep ``match`` from now on, which may be another world of the same people."""
        self._writer.begin(match)

    def people_changed(self, change: Any) -> None:
        """Keep a ``change`` of the people's side, as plain values."""
        self._writer.people_changed(change)

    def end(self, tick: int, *, failed: bool) -> Path | None:
        """Note that the match is over: what is kept is removed or, if it is worth a look, set aside.

        Returns:
            Where it is set aside, in a second or two.
        """
        if not self.ended:
            self._append(pack(ENDED, tick, failed or self._writer.has_desync), tick)
            self.finish(failed=failed)
        return self.set_aside

    def finish(self, *, failed: bool = False) -> None:
        """Do the same as `end` without a record: no other server will read it."""
        self.ended = True
        if failed:
            self.set_aside = self._failed
        elif self._writer.has_desync:
            self.set_aside = self._failed.with_name(self._failed.name + DESYNC)
            logger.warning("match %s: a desync was reported: journal kept in %s", self.header.match, self.set_aside)

    def load(self) -> JournalLoad:
        """Take what the thread has to write."""
        return JournalLoad(self.disk, self.tail.waiting(), self.tail.begin, self._checkpoint_at, afresh=self.lost)

    def unload(self, load: JournalLoad) -> None:
        """Note what has become of ``load``."""
        if load.trouble:
            return
        if load.afresh:
            self.tail.carried(self.tail.end)
            self.lost = False
            self._writer.checkpoint_due = True
        else:
            self.tail.carried(load.at + len(load.data))

    def _append(self, record: bytes, tick: int) -> bool:
        if self.lost or not self.tail.append(record, tick):
            self.lost = True
            return False
        if is_checkpoint(record):
            self._checkpoint_at = self.tail.end - len(record)
        return True


@attrs.define(eq=False)
class JournalLoad:
    """What the thread writes for one match: ``data`` from the offset ``at`` on, or nothing, to begin afresh."""

    disk: SegmentWriter
    data: bytes
    at: int
    checkpoint_at: int
    afresh: bool
    trouble: str = ""

    def carry(self, *, sync: bool) -> None:
        """Write it; may wait for the disk."""
        try:
            if self.afresh:
                self.disk.restart(self.at + len(self.data))
            elif self.data:
                self.disk.write(self.data, self.at, self.checkpoint_at)
            if sync:  # with nothing to write, too: what was written before may not be on the disk yet
                self.disk.sync()
        except OSError as error:
            self.trouble = error.strerror or str(error)
