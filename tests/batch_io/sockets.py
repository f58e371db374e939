"""Sockets to read and write in one go, and whether there is a ring to do it."""

from __future__ import annotations

import ctypes
import os
import socket
import sys
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

ROOM = 100
_SETUP = 425  # io_uring_setup(2) has this number on every architecture

Pairs = Callable[[int], list[tuple[socket.socket, socket.socket]]]


def has_ring() -> bool:
    """Whether the kernel makes a ring, asked without `Ring`: a fault of that must fail the tests, not skip them."""
    if sys.platform != "linux":
        return False
    size_of_params = 120  # struct io_uring_params
    descriptor = ctypes.CDLL(None).syscall(_SETUP, 1, ctypes.create_string_buffer(size_of_params))
    if descriptor >= 0:
        os.close(descriptor)
    return bool(descriptor >= 0)


needs_ring = pytest.mark.skipif(not has_ring(), reason="this kernel has no io_uring, or forbids it")


def sizes(*numbers: int) -> npt.NDArray[np.intp]:
    return np.array(numbers, np.intp)
