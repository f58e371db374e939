"""The result of reading many sockets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.intp]
"""Indices, sizes and descriptors."""

Descriptors = Sequence[int] | Ids
"""Of sockets; an array is quicker where many are read or written at every tick."""
SLACK: Final = 64
"""Bytes without meaning after the last one received, so that array code may look past it without a check."""


@attrs.frozen(eq=False)
class Arrivals:
    """The bytes received from several sockets, in the order of the sockets.

    Attributes:
        data: all bytes, and `SLACK` more; valid until the next read.
        starts: where in ``data`` the bytes of each socket begin.
        sizes: bytes received; 0 when the peer has closed, and minus the error number after an error:
            ``-errno.EAGAIN`` when nothing had come.
    """

    data: npt.NDArray[np.uint8]
    starts: Ids
    sizes: Ids

    def bytes_of(self, index: int) -> bytes:
        """Return what came from the socket with this index; nothing after an error."""
        start = int(self.starts[index])
        return self.data[start : start + max(int(self.sizes[index]), 0)].tobytes()
