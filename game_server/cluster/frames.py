"""Frames on a stream socket between processes of one machine: a length in four bytes, and a msgpack array."""

from __future__ import annotations

import struct
from collections.abc import AsyncGenerator
from typing import Any, Final

import msgpack
import trio

from game_server.cluster.directory import MAX_BLOB

MAX_FRAME: Final = MAX_BLOB + 4096
"""Bytes: the largest blob, and what is around it."""
READ_SIZE: Final = 65536
_LENGTH: Final = struct.Struct("<I")


def pack_frame(values: tuple[Any, ...]) -> bytes:
    """The frame of ``values``: tuples, numbers, strings, bytes, None."""
    body: bytes = msgpack.packb(values)
    return _LENGTH.pack(len(body)) + body


async def read_frames(stream: trio.abc.ReceiveStream) -> AsyncGenerator[tuple[Any, ...], None]:
    """The frames that come over ``stream``, until the other side is gone or sends what is no frame."""
    waiting = bytearray()
    while True:
        while len(waiting) >= _LENGTH.size:
            length = _LENGTH.size + _LENGTH.unpack_from(waiting)[0]
            if length > MAX_FRAME:
                return
            if len(waiting) < length:
                break
            try:
                values = msgpack.unpackb(memoryview(waiting)[_LENGTH.size : length], use_list=False)
            except (ValueError, msgpack.UnpackException):
                return
            del waiting[:length]
            if not isinstance(values, tuple):
                return
            yield values
        try:
            data = await stream.receive_some(READ_SIZE)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return
        if not data:
            return
        waiting += data
