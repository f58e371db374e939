"""Assembly of the tables of many snapshots at once, out of one block of bytes.

Say that table 1 has the changes ``aabbbcdd``, of the cells 0 to 3 with 2, 3, 1 and 2 bytes, so that the cells begin at
0, 2, 5 and 6, and that two viewers see the cells 0-1 and 1-3. Every message is then the same number of pieces, each of
them a start and a size within the block of headers and changes::

    block    h1h2aabbbcdd
    starts   0 4             2 6
    sizes    2 5             2 6
    messages h1aabbb         h2bbbcdd

Starts and sizes are worked out with array operations for all messages, and the bytes are picked with one index each:
per message there is no work in Python. A piece that a message lacks has the size 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from game_server.protocol import array_header, bytes_headers, table_number
from game_server.simulation.replication.table_replica import CellBytes
from game_server.simulation.world.interest import Spans

_TOGETHER: Final = 128
"""Messages whose bytes are picked together: few enough that the indices stay in the processor's cache."""
_SMALL: Final = 300
"""Bytes of tables a message, on average, up to which picking them with an index each is quicker than slicing."""


def assemble(
    messages: int,
    tables: Sequence[tuple[int, Sequence[tuple[CellBytes, Spans]]]],
    check: Callable[[int], None],
) -> list[bytes]:
    """Make what `pack_tables` makes, for ``messages`` snapshots at once.

    Args:
        tables: the number of each table, and its sources: bytes by cell, with the cells that each message has of them.
        check: called with the size of the longest message, in bytes, before anything is copied.

    Raises:
        RulesError: whatever ``check`` raises.
    """
    pieces = (2 + sum(spans.first.shape[1] for _, spans in sources) for _, sources in tables)
    block = _Block(messages, 1 + sum(pieces))
    counts = np.zeros(messages, np.intp)
    totals: list[npt.NDArray[np.intp]] = []
    cuts: list[list[tuple[bytes, npt.NDArray[np.intp], npt.NDArray[np.intp]]]] = []
    for _, sources in tables:
        cut = []
        total = np.zeros(messages, np.intp)
        for (data, bounds), spans in sources:
            begins = bounds[spans.first]
            sizes = bounds[spans.past] - begins
            cut.append((data, begins, sizes))
            total += sizes.sum(axis=1)
        cuts.append(cut)
        totals.append(total)
        counts += total > 0
    block.choose([array_header(2 * count) for count in range(len(tables) + 1)], counts)
    for (number, _), cut, total in zip(tables, cuts, totals, strict=True):
        headers, header_sizes = bytes_headers(total)
        name, there = table_number(number), total > 0
        block.place(name, 0, len(name) * there)
        block.place(headers.tobytes(), np.arange(messages) * headers.shape[1], header_sizes * there)
        for data, begins, sizes in cut:
            block.place_some(data, begins, sizes)
    check(block.longest)
    return block.join()


class _Block:
    """Messages with an equal number of pieces each, which lie in one block of bytes."""

    def __init__(self, messages: int, pieces: int) -> None:
        self._messages = messages
        self._parts: list[bytes] = []
        self._length = 0
        self._placed = 0
        self._starts = np.empty((messages, pieces), np.intp)
        self._sizes = np.empty((messages, pieces), np.intp)

    def place(self, data: bytes, starts: npt.NDArray[np.intp] | int, sizes: npt.NDArray[np.intp] | int) -> None:
        """Add a piece to each message, which lies in ``data`` from ``starts`` on and has ``sizes`` bytes."""
        self._starts[:, self._placed] = starts
        self._sizes[:, self._placed] = sizes
        self._append(data, 1)

    def place_some(self, data: bytes, starts: npt.NDArray[np.intp], sizes: npt.NDArray[np.intp]) -> None:
        """Add pieces to each message, which lie in ``data``; arrays of ``(messages, pieces)``."""
        pieces = starts.shape[1]
        self._starts[:, self._placed : self._placed + pieces] = starts
        self._sizes[:, self._placed : self._placed + pieces] = sizes
        self._append(data, pieces)

    def choose(self, pieces: Sequence[bytes], which: npt.NDArray[np.intp]) -> None:
        """Add one of ``pieces`` to each message: that with the index in ``which``."""
        sizes = np.array([len(piece) for piece in pieces])
        self.place(b"".join(pieces), (np.cumsum(sizes) - sizes)[which], sizes[which])

    @property
    def longest(self) -> int:
        """Bytes of the longest message."""
        return int(self._sizes.sum(axis=1).max(initial=0))

    def join(self) -> list[bytes]:
        """Return the messages."""
        block = b"".join(self._parts)
        if self._sizes.sum() > _SMALL * self._messages:
            return _sliced(block, self._starts, self._sizes)
        joined: list[bytes] = []
        for begin in range(0, self._messages, _TOGETHER):
            some = slice(begin, begin + _TOGETHER)
            joined += _picked(block, self._starts[some], self._sizes[some])
        return joined

    def _append(self, data: bytes, pieces: int) -> None:
        self._starts[:, self._placed : self._placed + pieces] += self._length
        self._placed += pieces
        self._parts.append(data)
        self._length += len(data)


def _picked(block: bytes, starts: npt.NDArray[np.intp], sizes: npt.NDArray[np.intp]) -> list[bytes]:
    """Join the pieces of each row with an index for each byte.

    For pieces that start at 4 and 9, with 3 and 2 bytes, the indices are ``4 5 6 9 10``: each piece's start minus the
    bytes picked before it (4 - 0, 9 - 3), repeated for each of its bytes (4 4 4 6 6), plus 0 1 2 3 4.
    """
    ends = np.cumsum(sizes)
    places = np.repeat(starts.ravel() - (ends - sizes.ravel()), sizes.ravel())
    places += np.arange(len(places))
    data = np.frombuffer(block, np.uint8)[places].tobytes()
    pieces = sizes.shape[1]
    return [data[begin:end] for begin, end in pairwise([0, *ends[pieces - 1 :: pieces].tolist()])]


def _sliced(block: bytes, starts: npt.NDArray[np.intp], sizes: npt.NDArray[np.intp]) -> list[bytes]:
    """Join the pieces of each row with a slice for each piece."""
    ends = starts + sizes
    return [
        b"".join([block[begin:end] for begin, end in zip(begins, ends_there, strict=True) if begin < end])
        for begins, ends_there in zip(starts.tolist(), ends.tolist(), strict=True)
    ]
