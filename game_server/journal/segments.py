"""Segments: the files of a journal on the disk.

A journal is one stream of records, cut into files that are named by the offset in the stream at which they begin::

    000000000000.journal    header record, then the bytes 0 to 4,194,309 of the stream
    000004194310.journal    header record, then the bytes from 4,194,310 on

Each file begins with a header, which does not count towards the offsets, and then a checkpoint, so that each can be
read alone and the oldest can be removed.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

import attrs

from game_server.errors import JournalError
from game_server.journal.records import HEADER, Header, Record, find_last_checkpoint, pack_header, read
from game_server.journal.tail import TailContent

SEGMENT_BYTES: Final = 4 * 1024 * 1024
"""After as many, the next checkpoint begins a new file. A match of 16 fills one in a quarter of an hour."""
KEPT_BYTES: Final = 64 * 1024 * 1024
"""Of one match: the oldest files go first. A match of 16 gets there after four hours."""
SUFFIX: Final = ".journal"


class SegmentWriter:
    """Writes the files of one journal. Each call may wait for the disk: call it in a thread.

    Args:
        folder: for the files; created with the first.
    """

    def __init__(self, folder: Path, header: Header) -> None:
        self.folder = folder
        self._header = pack_header(header)
        self._file = -1
        self._begins = 0

    def write(self, data: bytes, at: int, cut: int) -> None:
        """Write ``data``, which begins at the offset ``at`` of the stream.

        Args:
            cut: an offset in ``data`` at which a checkpoint begins, or one that is not in it.

        Raises:
            OSError: the disk is full, or the like; the same bytes can be written again.
        """
        if self._file < 0:
            self._begin(at)
        elif at <= cut < at + len(data) and cut - self._begins >= SEGMENT_BYTES:
            self._write(data[: cut - at], at)
            self._begin(cut)
            data, at = data[cut - at :], cut
        self._write(data, at)

    def sync(self) -> None:
        """Wait until the disk has what was written.

        Raises:
            OSError: the disk has failed.
        """
        if self._file >= 0:
            os.fdatasync(self._file)

    def restart(self, at: int) -> None:
        """Remove every file, and begin the journal afresh at the offset ``at``.

        Raises:
            OSError: as for `write`.
        """
        self.close()
        for _, path in segments(self.folder):
            path.unlink(missing_ok=True)
        self._begin(at)

    def close(self) -> None:
        """Close the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def remove(self) -> None:
        """Remove the journal.

        Raises:
            OSError: something cannot be removed.
        """
        self.close()
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def _begin(self, at: int) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        path = self.folder / f"{at:012}{SUFFIX}"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            _write_all(descriptor, self._header, 0)
        except BaseException:
            os.close(descriptor)
            raise
        self.close()
        self._file, self._begins = descriptor, at
        for begins, old in segments(self.folder):
            if begins < at - KEPT_BYTES:
                old.unlink(missing_ok=True)

    def _write(self, data: bytes, at: int) -> None:
        _write_all(self._file, data, len(self._header) + at - self._begins)


@attrs.frozen
class StoredJournal:
    """What there is of a journal, from a checkpoint on.

    Attributes:
        header: of the newest part.
        records: the whole ones.
        last_tick: the tick simulated last, as far as is known.
        unread: bytes after the last whole record.
    """

    header: Header
    records: list[Record]
    last_tick: int
    unread: int


def segments(folder: Path) -> list[tuple[int, Path]]:
    """List the segments in ``folder`` with their offsets, the oldest first."""
    return sorted((int(path.stem), path) for path in folder.glob(f"*{SUFFIX}") if path.stem.isdecimal())


def read_stored(folder: Path, tail: TailContent | None) -> StoredJournal:
    """Read what the segments in ``folder`` and the ``tail`` have from the last checkpoint on.

    Raises:
        JournalError: there is nothing that can be used.
    """
    begins, stream = (tail.begin, tail.data) if tail else (-1, b"")
    header = tail.header if tail else None
    for at, path in [(-1, None), *reversed(segments(folder))]:
        if path is not None:
            found, content = read_segment(path)
            header = header or found
            if begins < 0:
                begins, stream = at, content
            elif at <= begins <= at + len(content):
                begins, stream = at, content[: begins - at] + stream
            else:  # begun by a thread that was killed before it said so, or there is a gap
                continue
        start = find_last_checkpoint(stream)
        if start >= 0 and header:
            return _stored(header, stream[start:], tail.tick if tail else 0)
    raise JournalError(f"{folder} has no checkpoint in it")


def add_tail(folder: Path, tail: TailContent) -> None:
    """Write what is in ``tail`` to the segment that it continues, as the thread would have done.

    Raises:
        OSError: the disk is full, or the like.
        JournalError: a segment is none.
    """
    for at, path in reversed(segments(folder)):
        header, content = read_segment(path)
        if at <= tail.begin <= at + len(content):
            with path.open("r+b") as file:
                file.seek(len(pack_header(header)) + tail.begin - at)
                file.write(tail.data)
            return
    if not tail.begin:  # nothing had been carried yet
        writer = SegmentWriter(folder, tail.header)
        writer.write(tail.data, 0, -1)
        writer.close()


def read_segment(path: Path) -> tuple[Header, bytes]:
    """Read the header of a segment, and what follows it.

    Raises:
        JournalError: it cannot be read, or is none.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise JournalError(f"{path} cannot be read: {error.strerror}") from error
    first = next(read(data), None)
    if first is None or first.kind != HEADER:
        raise JournalError(f"{path} is no journal: it does not begin with a header")
    return first.value, data[first.end :]


def _stored(header: Header, stream: bytes, tick: int) -> StoredJournal:
    records = list(read(stream))
    # Each second has a record: a tick noted long after the last one is not to be played to.
    last = max(records[-1].tick, min(tick, records[-1].tick + records[0].value.tick_rate))
    return StoredJournal(header, records, last, len(stream) - records[-1].end)


def _write_all(descriptor: int, data: bytes, at: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, at)
        view, at = view[written:], at + written
