"""A part of a file, read in pieces by a thread: however large it is, little of it is in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import attrs
import trio

PIECE: Final = 64 * 1024
"""Bytes."""


@attrs.frozen
class FilePart:
    """``length`` bytes of the file ``path`` from ``offset`` on."""

    path: Path
    offset: int
    length: int

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the bytes, `PIECE` at a time.

        Raises:
            OSError: the file cannot be read, or has become shorter.
        """
        async with await trio.open_file(self.path, "rb") as file:
            await file.seek(self.offset)
            left = self.length
            while left:
                piece = await file.read(min(PIECE, left))
                if not piece:
                    raise OSError(f"{self.path} ends {left} bytes early")
                left -= len(piece)
                yield piece
