"""The tail: what all matches of a server have written and is not known to be on the disk yet.

It is in memory that outlives the process, in files of a memory file system which the process maps: what is written into
the mapping is there when the process is killed in the next instruction, without a system call for each record and
without ever waiting for a disk. A thread carries it to the disk once a second, so that only a machine that goes down
loses anything.

The tail is one stream of records. A file, called a block, has a part of it::

    bytes 0-7      b"GSTAIL02"
    bytes 8-15     base: offset in the stream of the first byte in the block
    bytes 16-23    begin: offset of the first byte in it that is not known to be on the disk
    bytes 24-31    end: offset past the last byte that was written
    bytes 64-      the byte of offset n is at 64 + n - base

All numbers are little-endian. `append` writes the bytes before it moves ``end``: a process that is killed in between
has written nothing. A block whose magic number is missing has nothing in it: it is being made, or was carried.
"""

from __future__ import annotations

import mmap
import os
import struct
from pathlib import Path
from typing import Final

MAGIC: Final = b"GSTAIL02"
SUFFIX: Final = ".tail"
BLOCK_BYTES: Final = 256 * 1024
"""Of a block, unless one record has more: what 60 matches of 16 write in a second."""
HEAD: Final = struct.Struct("<8sQQQ")
_NUMBER: Final = struct.Struct("<Q")
_BEGIN, _END = 16, 24
STREAM: Final = 64


class Tail:
    """A tail that this process writes.

    Args:
        folder: for its blocks.
        name: of the tail, by which segments know it.

    Attributes:
        begin: offset of the first byte that is not known to be on the disk.
        end: offset past the last byte written.
        limit: bytes that may wait.
        trouble: why the last block could not be made; empty when it could.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.begin = self.end = 0
        self.limit = 0
        self.trouble = ""
        self._folder = folder
        self._made = 0
        self._blocks: list[_Block] = []
        self._spare: _Block | None = None

    def append(self, data: bytes) -> bool:
        """Append ``data``; False, with nothing changed, if there is no room."""
        if self.end + len(data) - self.begin > self.limit:
            self.trouble = "too much waits for the disk"
            return False
        if not self._blocks or not self._blocks[-1].fits(len(data)):
            try:
                self._blocks.append(self._block(len(data)))
            except OSError as error:
                self.trouble = error.strerror or str(error)
                return False
        self._blocks[-1].append(data)
        self.end += len(data)
        return True

    def waiting(self) -> bytes:
        """Copy what is between `begin` and `end`."""
        return b"".join(block.waiting() for block in self._blocks)

    def carried(self, to: int) -> None:
        """Note that all before the offset ``to`` is on the disk: its room can be used again."""
        self.begin = to
        for block in self._blocks[:-1]:
            if block.end <= to:
                self._blocks.remove(block)
                self._free(block)
        for block in self._blocks:
            block.carried(to)

    def close(self) -> None:
        """Unmap the blocks, and remove those that no other process has to read."""
        for block in self._blocks:
            block.close(remove=self.begin == self.end)
        if self._spare:
            self._spare.close(remove=True)

    def _block(self, size: int) -> _Block:
        """Take the spare block, or make one in which ``size`` bytes fit.

        Raises:
            OSError: the file system has no room.
        """
        if self._spare and size <= BLOCK_BYTES:
            block, self._spare = self._spare, None
            block.begin_at(self.end)
            return block
        self._made += 1
        return _Block(self._folder / f"{self.name}-{self._made:06}{SUFFIX}", max(size, BLOCK_BYTES), self.end)

    def _free(self, block: _Block) -> None:
        if self._spare or block.capacity > BLOCK_BYTES:
            block.close(remove=True)
        else:
            block.clear()
            self._spare = block


class _Block:
    """A file of a tail.

    Raises:
        OSError: the file system has no room, or the file is there.
    """

    def __init__(self, path: Path, capacity: int, base: int) -> None:
        self.capacity = capacity
        self._path = path
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            # A hole that cannot be filled later would be a SIGBUS.
            os.posix_fallocate(descriptor, 0, STREAM + capacity)
            self._map = mmap.mmap(descriptor, STREAM + capacity)
        except BaseException:
            path.unlink()
            raise
        finally:
            os.close(descriptor)
        self.begin_at(base)

    def begin_at(self, base: int) -> None:
        """Have bytes from the offset ``base`` on; there are none in it yet."""
        self._base = self._begin = self.end = base
        HEAD.pack_into(self._map, 0, bytes(8), base, base, base)
        self._map[:8] = MAGIC  # last: until then a reader does not look at the rest

    def clear(self) -> None:
        """Have nothing any more."""
        self._map[:8] = bytes(8)

    def fits(self, size: int) -> bool:
        """Whether there is room for ``size`` bytes."""
        return self.end - self._base + size <= self.capacity

    def append(self, data: bytes) -> None:
        """Append ``data``, which fits."""
        at = STREAM + self.end - self._base
        self._map[at : at + len(data)] = data
        self.end += len(data)
        _NUMBER.pack_into(self._map, _END, self.end)

    def waiting(self) -> bytes:
        """Copy what was not carried."""
        return self._map[STREAM + self._begin - self._base : STREAM + self.end - self._base]

    def carried(self, to: int) -> None:
        """Note that all before the offset ``to`` is on the disk."""
        if self._base <= to <= self.end:
            self._begin = to
            _NUMBER.pack_into(self._map, _BEGIN, to)

    def close(self, *, remove: bool) -> None:
        """Unmap the file, and remove it unless another process will read it."""
        self._map.close()
        if remove:
            self._path.unlink(missing_ok=True)
