"""The tail of a journal: what is not known to be on the disk yet, in memory that outlives the process.

A file of a memory file system, mapped by the process: what is written into the mapping is there when the process is
killed in the next instruction, without a system call for each record and without ever waiting for a disk. A thread
carries it to the disk once a second, so that only a machine that goes down loses anything.

::

    bytes 0-7      b"GSTAIL01"
    bytes 8-15     capacity of the ring, in bytes
    bytes 16-23    begin: offset in the journal of the first byte that is not known to be on the disk
    bytes 24-31    end: offset past the last byte that was written
    bytes 32-39    the tick simulated last
    bytes 64-      the header record of the journal
    bytes 1024-    the ring: the byte of offset n is at 1024 + n % capacity

All numbers are little-endian. `append` writes the bytes before it moves ``end``: a process that is killed in between
has written nothing.
"""

from __future__ import annotations

import mmap
import os
import struct
from pathlib import Path
from typing import Final

import attrs

from game_server.errors import JournalError
from game_server.journal.records import HEADER, Header, pack_header, read

MAGIC: Final = b"GSTAIL01"
_HEAD: Final = struct.Struct("<8sQQQQ")
_NUMBER: Final = struct.Struct("<Q")
_NUMBERS: Final = struct.Struct("<QQ")
_BEGIN, _END, _TICK = 16, 24, 32
_HEADER, _RING = 64, 1024


@attrs.frozen
class TailContent:
    """What was in a tail that another process has left.

    Attributes:
        header: of the journal.
        begin: offset in the journal of the first byte of ``data``.
        tick: the tick simulated last.
    """

    header: Header
    begin: int
    data: bytes
    tick: int


class Tail:
    """A tail that this process writes.

    Args:
        path: of the file, which must not exist.
        capacity: bytes of the ring.
        header: of the journal.

    Attributes:
        begin, end: as in the file.

    Raises:
        OSError: the file system has no room, or the file is there.
    """

    def __init__(self, path: Path, capacity: int, header: Header) -> None:
        self.path = path
        self.begin = self.end = 0
        self._capacity = capacity
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            # A hole that cannot be filled later would be a SIGBUS.
            os.posix_fallocate(descriptor, 0, _RING + capacity)
            self._map = mmap.mmap(descriptor, _RING + capacity)
        except BaseException:
            path.unlink()
            raise
        finally:
            os.close(descriptor)
        _HEAD.pack_into(self._map, 0, MAGIC, capacity, 0, 0, 0)
        packed = pack_header(header)
        self._map[_HEADER : _HEADER + len(packed)] = packed

    def append(self, data: bytes, tick: int) -> bool:
        """Append ``data``, and note that ``tick`` was simulated; False, with nothing changed, if there is no room."""
        end = self.end + len(data)
        if end - self.begin > self._capacity:
            return False
        at = self.end % self._capacity
        first = min(len(data), self._capacity - at)
        self._map[_RING + at : _RING + at + first] = data[:first]
        if first < len(data):
            self._map[_RING : _RING + len(data) - first] = data[first:]
        _NUMBERS.pack_into(self._map, _END, end, tick)
        self.end = end
        return True

    def note_tick(self, tick: int) -> None:
        """Note that ``tick`` was simulated, and nothing was appended."""
        _NUMBER.pack_into(self._map, _TICK, tick)

    def waiting(self) -> bytes:
        """Copy what is between `begin` and `end`."""
        return _ring_part(self._map, self._capacity, self.begin, self.end)

    def carried(self, to: int) -> None:
        """Note that all before the offset ``to`` is on the disk: its room can be used again."""
        self.begin = to
        _NUMBER.pack_into(self._map, _BEGIN, to)

    def close(self, *, remove: bool) -> None:
        """Unmap the file, and remove it unless another process will read it."""
        self._map.close()
        if remove:
            self.path.unlink(missing_ok=True)


def read_tail(path: Path) -> TailContent | None:
    """Read the tail that a process has left at ``path``; None if there is none.

    Raises:
        JournalError: it is not a tail.
    """
    try:
        # Others can write where it lies: what is a link, or somebody else's, was not left by a server of this user.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            if os.fstat(descriptor).st_uid != os.geteuid():
                raise JournalError(f"{path} belongs to another user")
            data = file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise JournalError(f"{path} cannot be read: {error.strerror}") from error
    if len(data) < _RING:
        raise JournalError(f"{path} is not the tail of a journal: it has {len(data)} bytes")
    magic, capacity, begin, end, tick = _HEAD.unpack_from(data)
    first = next(read(data[_HEADER:_RING]), None)
    fits = len(data) == _RING + capacity and begin <= end <= begin + capacity and tick < 2**32
    if magic != MAGIC or not fits or not first or first.kind != HEADER:
        raise JournalError(f"{path} is not the tail of a journal of this version")
    return TailContent(first.value, begin, _ring_part(data, capacity, begin, end), tick)


def _ring_part(ring: bytes | mmap.mmap, capacity: int, begin: int, end: int) -> bytes:
    at = begin % capacity if capacity else 0
    first = min(end - begin, capacity - at)
    return bytes(ring[_RING + at : _RING + at + first]) + bytes(ring[_RING : _RING + (end - begin) - first])
