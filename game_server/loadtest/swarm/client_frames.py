"""WebSocket frames from the client's side (RFC 6455, section 5.2), many at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

_FIN: Final = 0x80
_MASKED: Final = 0x80
_SHORT: Final = 126
_HEADER: Final = 6
"""Bytes of the header of a short masked frame: flags, length, and four of the mask."""

Payloads = npt.NDArray[np.uint8]


def masked_frame(opcode: int, payload: bytes, key: bytes = b"\x5a\xc3\x96\x0f") -> bytes:
    """Return one final frame with ``payload``, at most 65,535 bytes."""
    size = len(payload)
    length = bytes((_MASKED | size,)) if size < _SHORT else bytes((_MASKED | _SHORT,)) + size.to_bytes(2, "big")
    body = bytes(byte ^ key[at % 4] for at, byte in enumerate(payload))
    return bytes((_FIN | opcode,)) + length + key + body


def masked_frames(payloads: Payloads, chance: np.random.Generator) -> Payloads:
    """Return a final binary frame for each row of ``payloads``, each with a mask of its own.

    The mask repeats every four bytes. For payloads of 6 bytes, the keys ``[a b c d]`` are tiled to
    ``[a b c d a b c d]`` and cut to ``[a b c d a b]``, so that one XOR masks all payloads.

    Args:
        payloads: one a row, at most 125 bytes long.

    Returns:
        One frame a row, 6 bytes longer than the payload.
    """
    count, size = payloads.shape
    if size >= _SHORT:
        raise ValueError(f"payloads of {size} bytes; a short frame takes 125 at most")
    keys = chance.integers(0, 256, (count, 4), np.uint8)
    frames = np.empty((count, _HEADER + size), np.uint8)
    frames[:, 0] = _FIN | BINARY
    frames[:, 1] = _MASKED | size
    frames[:, 2:_HEADER] = keys
    frames[:, _HEADER:] = payloads ^ np.tile(keys, (1, -(-size // 4)))[:, :size]
    return frames


def split(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """Return the whole unmasked frames at the start of ``data`` as ``(opcode, payload)``, and the bytes after them."""
    frames: list[tuple[int, bytes]] = []
    at = 0
    for opcode, start, end in _whole_frames(data):
        frames.append((opcode, data[start:end]))
        at = end
    return frames, data[at:]


def _whole_frames(data: bytes) -> Iterator[tuple[int, int, int]]:
    at, end = 0, len(data)
    while at + 2 <= end:
        length, start = data[at + 1], at + 2
        if length >= _SHORT:
            size = 2 if length == _SHORT else 8
            if start + size > end:
                return
            length = int.from_bytes(data[start : start + size], "big")
            start += size
        if start + length > end:
            return
        yield data[at] & 0xF, start, start + length
        at = start + length
