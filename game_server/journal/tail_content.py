"""What another process has left in its tail."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import attrs

from game_server.errors import JournalError
from game_server.journal.records import OPENED, Header, read
from game_server.journal.tail import HEAD, MAGIC, STREAM, SUFFIX
from game_server.journal.tail_split import Pieces, joined, split


@attrs.frozen(slots=False)
class TailContent:
    """What was in a tail.

    Attributes:
        name: of the tail.
        begin: offset in the tail of the first byte of ``data``.
        data: records; not more than whole ones of this format.
    """

    name: str
    begin: int
    data: bytes

    @cached_property
    def _opened(self) -> dict[str, Header]:
        return {record.value.name: record.value for record in read(self.data) if record.kind == OPENED}

    @property
    def begun(self) -> list[str]:
        """The names of the journals that begin in it."""
        return [name for name, header in self._opened.items() if self.pieces(header.number, 0)]

    def header_of(self, name: str) -> Header | None:
        """The header of the journal ``name``, which begins in it; None if it does not."""
        return self._opened.get(name)

    def pieces(self, number: int, since: int) -> Pieces:
        """The records of the match ``number`` from the offset ``since`` on."""
        return split(self.data, self.begin, {number: since}).get(number, [])

    def of(self, number: int, since: int) -> bytes:
        """Return the same as bytes."""
        return joined(self.pieces(number, since))


def tail_files(folder: Path) -> dict[str, list[Path]]:
    """List the blocks in ``folder`` by the name of their tail."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        found.setdefault(path.stem.rpartition("-")[0], []).append(path)
    return found


def read_tail(name: str, blocks: list[Path]) -> tuple[TailContent, list[str]]:
    """Read the ``blocks`` that a process has left of one tail.

    Returns:
        What is in them up to a block that is damaged, and what is wrong with such blocks.
    """
    parts, faults = [], []
    for path in blocks:
        try:
            parts += list(_read_block(path))
        except JournalError as error:
            faults.append(str(error))
    parts.sort()
    begin, data = parts[0] if parts else (0, b"")
    for at, part in parts[1:]:
        if at != begin + len(data):
            break
        data += part
    try:
        for _ in read(data):
            pass
    except JournalError as error:
        faults.append(f"tail {name}: {error}")
        data = b""
    return TailContent(name, begin, data), faults


def _read_block(path: Path) -> Iterator[tuple[int, bytes]]:
    """Read the offset and the bytes of a block; nothing of one that is not in use.

    Raises:
        JournalError: it is none.
    """
    try:
        # Others can write where it lies: what is a link, or somebody else's, was not left by a server of this user.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            if os.fstat(descriptor).st_uid != os.geteuid():
                raise JournalError(f"{path} belongs to another user")
            data = file.read()
    except OSError as error:
        raise JournalError(f"{path} cannot be read: {error.strerror}") from error
    if not any(data[:8]):
        return
    if len(data) < STREAM:
        raise JournalError(f"{path} is not the tail of a journal: it has {len(data)} bytes")
    magic, base, begin, end = HEAD.unpack_from(data)
    if magic != MAGIC or not base <= begin <= end <= base + len(data) - STREAM:
        raise JournalError(f"{path} is not the tail of a journal of this version")
    yield begin, data[STREAM + begin - base : STREAM + end - base]
