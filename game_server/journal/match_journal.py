"""The journal of one match: its tail, the files that follow it, and what becomes of them in the end."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import attrs

from game_server.journal.journal_writer import JournalWriter, TickWriter
from game_server.journal.records import ENDED, Header
from game_server.journal.segments import SegmentWriter
from game_server.journal.tail import Tail
from game_server.journal.tail_split import Pieces
from game_server.simulation import Match

logger = logging.getLogger("game_server.journal")

DESYNC: Final = "-desync"
"""The end of the name of a journal that is set aside because a client reported a desync."""


class MatchJournal:
    """The journal of one match.

    Args:
        header: of each of its files.
        tail: has the records first, and those of other matches.
        ticks: takes the records.
        disk: has them later; used by the thread alone.
        people: returns what the lobby needs to go on with the match, as plain values.
        failed: where it is set aside if the rules raise; with `DESYNC` at its end, if a client reported a desync.
        waits_at_most: bytes of the tail that are for this match.

    Attributes:
        ended: there is nothing to recover.
        set_aside: where it is to be, for one of these reasons; None without.
        replaces: the name of the journal that the match had in an earlier server, which stays until this one is on the
            disk; empty for none.
        trouble: what the disk answered last; empty when it works.
        is_reported: the log says that the match is not kept any more.
        passes_well: passes since then without trouble.
    """

    def __init__(
        self,
        header: Header,
        tail: Tail,
        ticks: TickWriter,
        disk: SegmentWriter,
        people: Callable[[], Any],
        failed: Path,
        waits_at_most: int,
    ) -> None:
        self.header = header
        self.disk = disk
        self.ended = False
        self.set_aside: Path | None = None
        self.replaces = ""
        self.trouble = ""
        self.is_reported = False
        self.passes_well = 0
        self.waits_at_most = waits_at_most
        self._failed = failed
        self._tail = tail
        self._carried = self._ended_at = 0
        self._writer = JournalWriter(ticks, header.number, people, zlib.crc32(header.match.encode()))

    @property
    def lost(self) -> bool:
        """Whether a record did not fit, and later ones are of no use until a fresh beginning."""
        return self._writer.lost

    @property
    def over(self) -> bool:
        """Whether the match is over, and the disk has everything, or does not take it."""
        return self.ended and (self._carried >= self._ended_at or bool(self.trouble))

    def begin(self, match: Match) -> None:
        """Keep ``match`` from now on, which may be another world of the same people."""
        self._writer.begin(match)

    def people_changed(self, change: Any) -> None:
        """Keep a ``change`` of the people's side, as plain values."""
        self._writer.people_changed(change)

    def end(self, *, failed: bool) -> Path | None:
        """Note that the match is over: what is kept is removed or, if it is worth a look, set aside.

        Returns:
            Where it is set aside, in a second or two.
        """
        if not self.ended:
            self._writer.write(ENDED, failed or self._writer.has_desync)
            self.finish(failed=failed)
        return self.set_aside

    def finish(self, *, failed: bool = False) -> None:
        """Do the same as `end` without a record: no other server will read it."""
        self.ended = True
        self._ended_at = self._tail.end
        if failed:
            self.set_aside = self._failed
        elif self._writer.has_desync:
            self.set_aside = self._failed.with_name(self._failed.name + DESYNC)
            logger.warning("match %s: a desync was reported: journal kept in %s", self.header.match, self.set_aside)

    def load(self) -> JournalLoad:
        """What the thread is to do."""
        return JournalLoad(self.disk, self.header.number, afresh=self.lost and not self._writer.afresh)

    def unload(self, load: JournalLoad, to: int) -> None:
        """Note what has become of ``load``, which was for what the tail has up to the offset ``to``."""
        if not load.trouble:
            self._carried = to
            if load.afresh:
                self._writer.begin_afresh()


@attrs.define(eq=False)
class JournalLoad:
    """What the thread writes for the match ``number``: what the tail has of it, or nothing, to begin afresh."""

    disk: SegmentWriter
    number: int
    afresh: bool
    trouble: str = ""

    def carry(self, pieces: Pieces, to: int, *, sync: bool) -> None:
        """Write ``pieces``, what the tail has up to the offset ``to``; may wait for the disk."""
        try:
            if self.afresh:
                self.disk.restart(to)
            else:
                self.disk.write(pieces, to)
            if sync:  # with nothing to write, too: what was written before may not be on the disk yet
                self.disk.sync()
        except OSError as error:
            self.trouble = error.strerror or str(error)
