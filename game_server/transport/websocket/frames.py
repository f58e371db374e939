"""WebSocket frames of small messages (RFC 6455 section 5.2): their headers, their masks, and many inputs at once.

A frame as a client sends it, with the payload "hi" under the mask 01 02 03 04:

    82             FIN, opcode 2: a whole binary message
    82             masked; 2 bytes of payload. 126 and 127 say that the size follows in 2 or 8 bytes
    01 02 03 04    the mask
    69 6b          the payload, each byte XOR the byte of the mask at the same place modulo 4

The server's frames have no mask: 82 02 68 69.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from game_server.batch_io import SLACK, Arrivals
from game_server.protocol import BATCH_BYTES, Ids

MAX_SMALL_PAYLOAD: Final = 125
"""The longest payload whose size is in the second byte of its frame."""
FINAL: Final = 0x80
"""Of the first byte: the message ends with this frame."""
FINAL_BINARY: Final = FINAL | 2
MASKED: Final = 0x80
"""Of the second byte: the payload is masked, as every client's must be."""
MASK_BYTES: Final = 4
INPUT_HEAD: Final = 2 + MASK_BYTES
"""Bytes before the payload of a small masked frame."""
_INPUT_FRAME: Final = INPUT_HEAD + BATCH_BYTES
"""Bytes of the longest frame that goes into a batch."""
assert _INPUT_FRAME <= SLACK, "a window over the last frame would reach past what arrived"
_MASK_COLUMNS: Final = 2 + np.arange(BATCH_BYTES) % MASK_BYTES
"""For each byte of the payload, where in the frame its byte of the mask is: 2 3 4 5 2 3 4 5 2 ..."""

_MEDIUM: Final = FINAL_BINARY << 8 | 126
"""The first two bytes of the header of a payload of 126 to 65,535 bytes, whose size follows in two more."""
_pack_medium = struct.Struct(">HH").pack


def head_of(size: int) -> bytes:
    """The header of a final, unmasked binary frame with ``size`` bytes of payload."""
    if size < 126:
        return bytes((FINAL_BINARY, size))
    if size < 1 << 16:
        return _pack_medium(_MEDIUM, size)
    return b"\x82\x7f" + size.to_bytes(8, "big")


_HEADS: Final = tuple(map(head_of, range(4096)))
"""Of the sizes that snapshots nearly always have."""


def heads_of(sizes: npt.NDArray[np.intp]) -> list[bytes]:
    """`head_of` for each of many."""
    return [_HEADS[size] if size < len(_HEADS) else head_of(size) for size in sizes.tolist()]


def unmask(mask: bytes, payload: bytes) -> bytes:
    """XOR ``payload`` with its 4 bytes of mask (section 5.3): this masks, too, and twice changes nothing.

    Both are read as one large integer each, since Python then does the XOR in one operation.
    """
    size = len(payload)
    key = (mask * (size + 3 >> 2))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(key, "little")).to_bytes(size, "little")


class InputRound(NamedTuple):
    """At most one input of each of several peers.

    Attributes:
        which: whose, by their place among the reads; ascending.
        data: ``(n, BATCH_BYTES)`` bytes of payload, of which ``sizes`` count.
    """

    which: Ids
    data: npt.NDArray[np.uint8]
    sizes: Ids

    def without(self, left_out: npt.NDArray[np.bool_]) -> InputRound:
        """The same without the peers for which ``left_out``, an array over all reads, is true."""
        kept = ~left_out[self.which]
        return InputRound(self.which[kept], self.data[kept], self.sizes[kept])


def unmask_all(came: Arrivals, most: int) -> tuple[list[InputRound], list[int]]:
    """Take apart many reads at once: those that are nothing but whole inputs of up to `BATCH_BYTES` bytes.

    The first round has the first frame of every read, the second round the next frame of those that have more, and so
    on. With ``|`` between the reads, ``most`` = 3, and frames A, B, C, D of inputs:

        A B | C | (nothing) | D ping      round 1: A, C, D; round 2: B, and the ping is no input
        rounds [which 0 1: A C], [which 0: B]; others [3]: its D is taken out of the first round again

    Args:
        came: from peers that had begun no frame before; a read of nothing is neither input nor anything else.
        most: inputs that one read may be.

    Returns:
        The rounds, and the places of the reads that are something else, which are in no round.
    """
    # Row i is the bytes from i on, as long as the longest frame of an input. The rows overlap and share the memory of
    # `came.data`: its strides are one byte in both directions. So `windows[at]` copies one frame for each offset.
    windows = np.ndarray((len(came.data) - _INPUT_FRAME + 1, _INPUT_FRAME), np.uint8, came.data, 0, (1, 1))
    ends = came.starts + came.sizes
    other = np.zeros(len(ends), np.bool_)
    which = np.flatnonzero(came.sizes > 0)
    at = came.starts[which]
    rounds: list[InputRound] = []
    while len(which):
        table = windows[at]
        sizes = table[:, 1].astype(np.intp) - MASKED  # below 0 without a mask, above 125 where the size follows
        fine = (table[:, 0] == FINAL_BINARY) & (sizes > 0) & (sizes <= BATCH_BYTES)
        fine &= (at + INPUT_HEAD + sizes <= ends[which]) & (len(rounds) < most)
        if not fine.all():
            other[which[~fine]] = True
            which, at, table, sizes = which[fine], at[fine], table[fine], sizes[fine]
        # Bytes behind a short payload are XORed, too: of each row only the first `sizes` count.
        rounds.append(InputRound(which, table[:, INPUT_HEAD:] ^ table.take(_MASK_COLUMNS, axis=1), sizes))
        at = at + INPUT_HEAD + sizes
        more = at < ends[which]
        which, at = which[more], at[more]
    if not other.any():
        return rounds, []
    rounds = [each.without(other) for each in rounds]
    return [each for each in rounds if len(each.which)], np.flatnonzero(other).tolist()
