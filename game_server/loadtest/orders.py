"""What a process of a load test is told: lines on its standard input, which ends when the process is to stop."""

from __future__ import annotations

import os
import select
from typing import Final

_READ: Final = 65536


class PipeLines:
    """Lines from a pipe, wherever they are cut.

    Attributes:
        fd: of the pipe; readable when there is something new, or its end.
        ended: whether there will be no more.
    """

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.ended = False
        self._rest = b""

    def first(self) -> bytes:
        """The first line, which is waited for.

        Raises:
            EOFError: there is none.
        """
        while b"\n" not in self._rest:
            self._read()
            if self.ended:
                raise EOFError("standard input ended before the first line did")
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def newest(self) -> bytes | None:
        """The last of the lines that have come since the last time, without waiting; None without any."""
        while not self.ended and select.select([self.fd], [], [], 0)[0]:
            self._read()
        *lines, self._rest = self._rest.split(b"\n")
        return lines[-1] if lines else None

    def _read(self) -> None:
        data = os.read(self.fd, _READ)
        self.ended = not data
        self._rest += data
