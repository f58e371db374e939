"""Reading the inputs of many clients in one go: what `codec.decode_client` does for one, in numpy for all.

An `input` is the one message that comes from every client in every tick. Whatever is not exactly one, written with
unsigned integers of up to 4 bytes, is left to the codec: which then finds out what it is, or what is wrong with it.
"""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

from game_server.protocol.client_messages import Input
from game_server.protocol.limits import AIM_STEPS, MAX_BEHIND, MAX_BUTTONS

Ids = npt.NDArray[np.intp]
Integers = npt.NDArray[np.int64]

BATCH_BYTES: Final = 26
"""The longest message in a batch: the longest form of an input that is read here has 22 bytes, and 8 bytes are looked
at from where an integer begins, at the 17th at most."""
_FIELDS: Final = 4
_BEGINS: Final = 0x91 + _FIELDS << 8 | Input.type
_BEGINNING: Final = _BEGINS.to_bytes(2, "big")
_LOOK: Final = 8


def _by_tag(fixed: int, uint8: int, uint16: int, uint32: int) -> npt.NDArray[np.uint64]:
    """What goes with the first byte of a msgpack integer; 0 where that is none, or none of these."""
    table = np.zeros(256, np.uint64)
    table[:0x80], table[0xCC:0xCF] = fixed, (uint8, uint16, uint32)
    return table


_WIDTH: Final = _by_tag(1, 2, 3, 5).astype(np.intp)
_SHIFT: Final = _by_tag(56, 48, 40, 24)
"""By how much the 8 bytes from the first on, taken as one number, are too long."""
_VALUE: Final = _by_tag(0x7F, 0xFF, 0xFFFF, 0xFFFFFFFF)
"""Which bits of that are the value."""
_TAG: Final = np.uint64(56)
_HEAD: Final = np.uint64(48)
_MOST: Final = np.array([2**32 - 1, MAX_BUTTONS, AIM_STEPS - 1, MAX_BEHIND])


@attrs.frozen(eq=False)
class Batch:
    """One message each from several players, unread.

    Attributes:
        players: whose; no player has two.
        data: ``(n, 26)`` bytes, of which ``sizes`` count.
    """

    players: Ids
    data: npt.NDArray[np.uint8]
    sizes: Ids

    def __len__(self) -> int:
        return len(self.players)

    def message(self, index: int) -> bytes:
        """The bytes of one message."""
        return self.data[index, : self.sizes[index]].tobytes()


@attrs.frozen(eq=False)
class InputRows:
    """What several players ask for; arrays of one length.

    Attributes:
        players: whose.
        ticks: meant for which.
        commands: buttons, aims and behinds, one after the other; in the ranges of `Input`.
    """

    players: Ids
    ticks: Integers
    commands: Integers

    def __getitem__(self, rows: slice | Ids | npt.NDArray[np.bool_]) -> InputRows:
        """Those of some of the players."""
        return InputRows(self.players[rows], self.ticks[rows], self.commands[:, rows])


@attrs.frozen(eq=False)
class Received:
    """What has come from many players for a tick.

    Attributes:
        mail: players whose inboxes have messages, ascending.
        batches: messages that came after those, in their order.
    """

    mail: list[int]
    batches: list[Batch] = attrs.Factory(list)


def is_input(message: bytes) -> bool:
    """Whether ``message`` begins as an input does."""
    return message[:2] == _BEGINNING


def read_inputs(batch: Batch) -> tuple[InputRows, list[int]]:
    """The inputs of ``batch``, and where in it the messages are that are left to the codec."""
    # What is at each byte and the 7 after it, as one number.
    words = np.ndarray(max(batch.data.size - _LOOK + 1, 0), ">u8", np.ascontiguousarray(batch.data), 0, (1,))
    first = np.arange(0, batch.data.size, BATCH_BYTES)
    fine = words[first] >> _HEAD == _BEGINS
    fields = np.empty((_FIELDS, len(batch)), np.int64)
    at = first + 2
    width = np.zeros_like(at)
    for field in fields:
        number = words[at]
        tags = number >> _TAG
        # An integer that is not read here has the width 0, and then the last one is the same.
        width = _WIDTH[tags]
        field[:] = number >> _SHIFT[tags] & _VALUE[tags]
        at += width
    fine &= (width > 0) & (at - first == batch.sizes)
    fine &= (fields <= _MOST[:, None]).all(axis=0)
    if fine.all():
        return InputRows(batch.players, fields[0], fields[1:]), []
    return InputRows(batch.players[fine], fields[0, fine], fields[1:, fine]), np.flatnonzero(~fine).tolist()
