"""Sockets to read and write in one go, and whether there is a ring to do it."""

from __future__ import annotations

import socket
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from game_server.batch_io import Ring

ROOM = 100

Pairs = Callable[[int], list[tuple[socket.socket, socket.socket]]]


def has_ring() -> bool:
    try:
        Ring(ROOM)
    except OSError:
        return False
    return True


needs_ring = pytest.mark.skipif(not has_ring(), reason="this kernel has no io_uring, or forbids it")


def sizes(*numbers: int) -> npt.NDArray[np.intp]:
    return np.array(numbers, np.intp)
