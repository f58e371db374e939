"""Segments: the files of a journal on the disk.

A journal is one stream of records, cut into files that are named by the offset in the stream at which they begin::

    000000000000.journal    header record, then the bytes 0 to 4,194,309 of the stream
    000004194310.journal    header record, then the bytes from 4,194,310 on

Each file begins with a header, which does not count towards the offsets, and then a checkpoint, so that each can be
read alone and the oldest can be removed. The thread that carries the tail to a file writes at the end of each load how
far the tail was carried: what follows that in the newest file, since the thread was killed, is in the tail as well.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

import attrs

from game_server.errors import JournalError
from game_server.journal.records import (
    CARRIED,
    CHECKPOINT,
    HEADER,
    Header,
    Record,
    find_last,
    is_checkpoint,
    pack,
    pack_header,
    read,
)
from game_server.journal.tail_content import TailContent
from game_server.journal.tail_split import Pieces, joined

SEGMENT_BYTES: Final = 4 * 1024 * 1024
"""After as many, the next checkpoint begins a new file. A match of 16 fills one in a quarter of an hour."""
KEPT_BYTES: Final = 64 * 1024 * 1024
"""Of one match: the oldest files go first. A match of 16 gets there after four hours."""
SUFFIX: Final = ".journal"


class SegmentWriter:
    """Writes the files of one journal. Each call may wait for the disk: call it in a thread.

    Args:
        folder: for the files; created with the first.
        header: of each file, but for `Header.since`.

    Attributes:
        since: offset in the tail of what was not written yet.
    """

    def __init__(self, folder: Path, header: Header) -> None:
        self.folder = folder
        self.since = 0
        self._header = header
        self._file = -1
        self._begins = self._end = 0
        """Offsets in the journal, of the file and of what was written last."""
        self._place = 0
        """In the file, of the same."""
        self._untidy = False
        """The file may have something after that, of a call that has failed."""

    def write(self, pieces: Pieces, to: int) -> None:
        """Write what the tail has of the match from `since` on, up to the offset ``to``.

        Raises:
            OSError: the disk is full, or the like; the same can be written again, and more.
        """
        if pieces and self._file < 0:
            self._begin(pieces[0][0])
        elif self._end - self._begins >= SEGMENT_BYTES:
            cut = next((at for at in reversed(range(len(pieces))) if is_checkpoint(pieces[at][1])), None)
            if cut is not None:
                self._put(pieces[:cut], pieces[cut][0])
                self._begin(pieces[cut][0])
                pieces = pieces[cut:]
        self._put(pieces, to)

    def sync(self) -> None:
        """Wait until the disk has what was written.

        Raises:
            OSError: the disk has failed.
        """
        if self._file >= 0:
            os.fdatasync(self._file)

    def restart(self, to: int) -> None:
        """Remove every file, and begin the journal afresh with what the tail has from the offset ``to`` on.

        Raises:
            OSError: as for `write`.
        """
        self.close()
        for _, path in segments(self.folder):
            path.unlink(missing_ok=True)
        self._begin(to)

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

    def _begin(self, since: int) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        path, header = self.folder / f"{self._end:012}{SUFFIX}", pack_header(attrs.evolve(self._header, since=since))
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            _write_all(descriptor, header, 0)
        except BaseException:
            os.close(descriptor)
            raise
        self.close()
        self._file, self._begins, self._place, self._untidy = descriptor, self._end, len(header), False
        self.since = since
        for begins, old in segments(self.folder):
            if begins < self._end - KEPT_BYTES:
                old.unlink(missing_ok=True)

    def _put(self, pieces: Pieces, to: int) -> None:
        """Write ``pieces``, and that the tail is not needed up to the offset ``to``."""
        if pieces:
            data = joined(pieces) + pack(CARRIED, 0, to)
            if self._untidy:
                os.ftruncate(self._file, self._place)
            self._untidy = True
            _write_all(self._file, data, self._place)
            self._untidy = False
            self._place += len(data)
            self._end += len(data)
        self.since = to


@attrs.frozen
class StoredJournal:
    """What there is of a journal, from a checkpoint on.

    Attributes:
        header: of the newest part.
        records: the whole ones.
        unread: bytes after the last whole record.
    """

    header: Header
    records: list[Record]
    unread: int

    @property
    def last_tick(self) -> int:
        """The tick simulated last."""
        return self.records[-1].tick


def segments(folder: Path) -> list[tuple[int, Path]]:
    """List the segments in ``folder`` with their offsets, the oldest first."""
    return sorted((int(path.stem), path) for path in folder.glob(f"*{SUFFIX}") if path.stem.isdecimal())


def newest_header(folder: Path) -> Header | None:
    """The header of the newest segment in ``folder``; None if there is none."""
    for _, path in reversed(segments(folder)):
        with suppress(JournalError):
            return read_segment(path)[0]
    return None


def read_stored(folder: Path, tail: TailContent | None) -> StoredJournal:
    """Read what the segments in ``folder`` and the ``tail`` have from the last checkpoint on.

    Raises:
        JournalError: there is nothing that can be used.
    """
    fault = JournalError(f"{folder} has no checkpoint in it")
    for _, path in reversed(segments(folder)):
        try:
            header, content = read_segment(path)
        except JournalError as error:  # begun by a thread that was killed before it wrote
            fault = error
            continue
        if tail and tail.name == header.tail:
            carried, since = _carried(header, content)
            content = content[:carried] + tail.of(header.number, since)
        if found := _stored(header, content):
            return found
    if tail and (begun := tail.header_of(folder.name)) and (found := _stored(begun, tail.of(begun.number, 0))):
        return found
    raise fault


def add_tail(folder: Path, tail: TailContent) -> None:
    """Write what is in ``tail`` to the segment that it continues, as the thread would have done.

    Raises:
        OSError: the disk is full, or the like.
        JournalError: the newest segment is none.
    """
    if files := segments(folder):
        _, path = files[-1]
        header, content = read_segment(path)
        if tail.name == header.tail:
            carried, since = _carried(header, content)
            with path.open("r+b") as file:
                file.truncate(len(pack_header(header)) + carried)
                file.seek(0, os.SEEK_END)
                file.write(tail.of(header.number, since))
    elif begun := tail.header_of(folder.name):  # nothing had been carried yet
        writer = SegmentWriter(folder, begun)
        writer.write(tail.pieces(begun.number, 0), tail.begin + len(tail.data))
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


def _carried(header: Header, content: bytes) -> tuple[int, int]:
    """Where what the tail has as well begins: in ``content``, which follows on ``header``, and in the tail."""
    mark = find_last(content, CARRIED)
    if mark < 0:
        return 0, header.since
    record = next(read(content, mark))
    return record.end, record.value


def _stored(header: Header, stream: bytes) -> StoredJournal | None:
    start = find_last(stream, CHECKPOINT)
    if start < 0:
        return None
    records = list(read(stream, start))
    unread = len(stream) - records[-1].end
    return StoredJournal(header, [record for record in records if record.kind != CARRIED], unread)


def _write_all(descriptor: int, data: bytes, at: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, at)
        view, at = view[written:], at + written
