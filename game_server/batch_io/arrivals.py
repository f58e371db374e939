"""What many sockets had to read."""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.intp]
"""Whatever numpy counts with: places, sizes, descriptors."""

SLACK: Final = 64
"""Bytes that are there, and mean nothing, behind the last that came: so that a window may reach past it."""


@attrs.frozen(eq=False)
class Arrivals:
    """What came from each of several sockets, in their order.

    Attributes:
        data: all bytes, and `SLACK` more; good until the next read.
        starts: where in ``data`` those of each socket begin.
        sizes: how many came; 0 when the peer has gone, and the error's number below 0 when there was one:
            ``-errno.EAGAIN`` when nothing had come.
    """

    data: npt.NDArray[np.uint8]
    starts: Ids
    sizes: Ids

    def bytes_of(self, index: int) -> bytes:
        """What came from the socket with this index; nothing where there was an error."""
        start = int(self.starts[index])
        return self.data[start : start + max(int(self.sizes[index]), 0)].tobytes()
