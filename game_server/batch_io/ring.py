"""One system call for many sockets: Linux's io_uring, by its own interface (io_uring(7), io_uring_setup(2)).

The program writes a row for each operation into memory that it shares with the kernel, and submits how many there are;
the kernel does them and leaves a row for each result. The rows are arrays, so that numpy writes and reads those of a
thousand sockets at once. No operation ever waits (``MSG_DONTWAIT``), so all of a batch are done when the call returns,
and the kernel keeps no address of ours past it.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import socket
import struct
import sys
import weakref
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from game_server.batch_io.arrivals import SLACK, Arrivals, Descriptors, Ids

ENTRIES: Final = 4096
"""Operations submitted at once; more take several calls. 4,096 need 256 KB of shared memory."""

_SETUP: Final = 425
_ENTER: Final = 426
"""Numbers of the system calls, the same on all of Linux's architectures but alpha."""
_GETEVENTS: Final = 1
_SINGLE_MMAP: Final = 1
"""A feature bit: both queues are in one mapping (since Linux 5.4)."""
_SQES_OFFSET: Final = 0x10000000
"""The offset at which the rows of operations are mapped."""
_SEND: Final = 26
_RECV: Final = 27
_PARAMS_BYTES: Final = 120
_OPERATION: Final = np.dtype(
    {
        "names": ["opcode", "fd", "address", "size", "message_flags", "number"],
        "formats": ["u1", "<i4", "<u8", "<u4", "<u4", "<u8"],
        "offsets": [0, 4, 16, 24, 28, 32],
        "itemsize": 64,
    }
)
"""The fields of ``struct io_uring_sqe`` used here."""
_COUNTED: Final = np.arange(ENTRIES)
_TRANSIENT: Final = frozenset({errno.EAGAIN, errno.EBUSY, errno.ENOMEM})
"""Errors of the kernel that pass: no memory at the moment, or too many results not taken yet."""
_RESULT: Final = np.dtype([("number", "<u8"), ("result", "<i4"), ("flags", "<u4")])
"""``struct io_uring_cqe``."""


class Ring:
    """A `BatchIO` by a ring of operations. Use it from one thread.

    Args:
        room: bytes read from a socket at once.

    Attributes:
        failure: why the kernel refuses further operations; None while it does not. Operations that were not done, for
            this reason or for lack of memory, are reported as ``-errno.EAGAIN``.

    Raises:
        OSError: the kernel has no io_uring, or this process may not use it.
    """

    def __init__(self, room: int) -> None:
        if sys.platform != "linux":
            raise OSError(errno.ENOSYS, "io_uring is Linux's")
        self._call: Any = ctypes.CDLL(None, use_errno=True).syscall
        self._call.argtypes, self._call.restype = [ctypes.c_long] * 7, ctypes.c_long
        self._room = room
        self.failure: OSError | None = None
        self._arriving = np.zeros(SLACK, np.uint8)
        self._map()
        self._try()

    def read(self, fds: Descriptors) -> Arrivals:
        """As `BatchIO.read`."""
        room, starts = self._room, np.arange(len(fds)) * self._room
        if len(self._arriving) < len(fds) * room + SLACK:
            self._arriving = np.zeros(2 * len(fds) * room + SLACK, np.uint8)
        sizes = self._run(_RECV, fds, self._arriving.ctypes.data + starts, np.broadcast_to(room, len(fds)))
        return Arrivals(self._arriving, starts, sizes)

    def write(self, fds: Descriptors, data: bytes, sizes: Ids) -> Ids:
        """As `BatchIO.write`."""
        first = np.frombuffer(data, np.uint8).ctypes.data
        return self._run(_SEND, fds, first + np.cumsum(sizes) - sizes, sizes)

    def _run(self, opcode: int, fds: Descriptors, addresses: Ids, sizes: Ids) -> Ids:
        """Do one operation on each socket."""
        if len(fds) <= ENTRIES:
            return self._do(opcode, fds, addresses, sizes).astype(np.intp)
        results = np.empty(len(fds), np.intp)
        for begin in range(0, len(fds), ENTRIES):
            some = slice(begin, begin + ENTRIES)
            results[some] = self._do(opcode, fds[some], addresses[some], sizes[some])
        return results

    def _do(self, opcode: int, fds: Descriptors, addresses: Ids, sizes: Ids) -> npt.NDArray[np.int32]:
        count = len(fds)
        self._opcodes[:count], self._fds[:count] = opcode, fds
        self._addresses[:count], self._sizes[:count] = addresses, sizes
        places = _COUNTED[:count]
        # After an error or an exception, operations may be left that the kernel did not take, or results not reaped.
        self._submitted[0], self._reaped[0] = self._consumed[0], self._completed[0]
        # A batch always begins at the first row, so that it lies in one piece.
        self._order[self._submitted[0] + places & ENTRIES - 1] = places
        self._submitted += count
        left = count
        while left:
            taken = self._call(_ENTER, self._fd, left, left, _GETEVENTS, 0, 0)
            if taken < 0 and (error := ctypes.get_errno()) != errno.EINTR:
                if error not in _TRANSIENT:
                    self.failure = OSError(error, os.strerror(error))
                break
            left -= max(taken, 0)
        finished = (self._completed - self._reaped)[0]  # both wrap around
        done = self._reaped[0] + _COUNTED[:finished] & len(self._results) - 1
        self._reaped += finished
        results = np.full(count, -errno.EAGAIN, np.int32)
        results[self._numbers[done]] = self._results[done]
        return results

    def _map(self) -> None:
        """Have the kernel make the queues, and map them as arrays."""
        params = ctypes.create_string_buffer(_PARAMS_BYTES)
        fd = self._call(_SETUP, ENTRIES, ctypes.addressof(params), 0, 0, 0, 0)
        if fd < 0:
            raise OSError(ctypes.get_errno(), f"io_uring is not to be had: {os.strerror(ctypes.get_errno())}")
        weakref.finalize(self, os.close, fd)
        self._fd = fd
        submissions, completions, *_, features = struct.unpack_from("=6I", params)
        if not features & _SINGLE_MMAP:
            raise OSError(errno.ENOSYS, "io_uring is too old here")
        consumed, tail, *_, order, _ = struct.unpack_from("=8I", params, 40)
        head, finished, *_, results, _, _ = struct.unpack_from("=8I", params, 80)
        queues = _mapped(fd, 0, max(order + 4 * submissions, results + _RESULT.itemsize * completions))
        rows = _mapped(fd, _SQES_OFFSET, _OPERATION.itemsize * submissions)
        self._consumed = np.frombuffer(queues, np.uint32, 1, consumed)
        self._submitted = np.frombuffer(queues, np.uint32, 1, tail)
        self._reaped = np.frombuffer(queues, np.uint32, 1, head)
        self._completed = np.frombuffer(queues, np.uint32, 1, finished)
        self._order = np.frombuffer(queues, np.uint32, submissions, order)
        done = np.frombuffer(queues, _RESULT, completions, results)
        self._numbers, self._results = done["number"], done["result"]
        operations = np.frombuffer(rows, _OPERATION)
        operations["message_flags"] = socket.MSG_DONTWAIT
        operations["number"] = np.arange(submissions)
        self._opcodes, self._fds = operations["opcode"], operations["fd"]
        self._addresses, self._sizes = operations["address"], operations["size"]

    def _try(self) -> None:
        """Check that the kernel knows the operations: the oldest with io_uring do not."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            for done in (self.write([ours.fileno()], b"?", np.ones(1, np.intp)), self.read([theirs.fileno()]).sizes):
                if self.failure:
                    raise self.failure
                if done[0] != 1:
                    raise OSError(errno.ENOSYS, "io_uring does not know how to send and receive here")


def _mapped(fd: int, offset: int, size: int) -> mmap.mmap:
    return mmap.mmap(fd, size, mmap.MAP_SHARED | mmap.MAP_POPULATE, offset=offset)
