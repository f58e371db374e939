"""Decoding of the inputs of many clients at once: `codec.decode_client` for all of them, in numpy.

An `input` is the one message that comes from every client in every tick. A message that is anything else, or not
written with unsigned integers of up to 4 bytes, is left to the codec, which finds out what it is or what is wrong.

A msgpack integer says in its first byte, the tag, how long it is. So the messages are read field by field, each for all
messages at once: 8 bytes from where the field begins are taken as one big-endian number, and the tag looks up how far
to shift it and which bits to keep. An example, the input ``[2, 904, 17, 512, 88]``::

    95 02 cd 03 88 11 cd 02 00 58
          |        |  |        behind: 88 (a tag up to 7f is the value)
          |        |  aim: cd, a value in 2 bytes: 512
          |        buttons: 17
          tick: the number is cd 03 88 11 cd 02 00 58; tag cd means 3 bytes, so shifted right by 40 bits it is
                cd 03 88, and & ffff leaves 0388, which is 904; the next field begins 3 bytes further on
"""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

from game_server.protocol.client_messages import Input
from game_server.protocol.limits import MAX_AIM, MAX_BEHIND, MAX_BUTTONS

Ids = npt.NDArray[np.intp]
Integers = npt.NDArray[np.int64]

BATCH_BYTES: Final = 26
"""Bytes of the longest message in a batch. The longest input that is read here has 2 + 4 * 5 = 22, and the 8 bytes that
are looked at for its last integer begin at byte 17."""
_FIELDS: Final = 4
_BEGINS: Final = 0x91 + _FIELDS << 8 | Input.type
"""The first two bytes of an input: an array of 5, and the type."""
_BEGINNING: Final = _BEGINS.to_bytes(2, "big")
_LOOK: Final = 8
"""Bytes that are looked at for an integer: the smallest machine word with room for a tag and 4 bytes of value."""


def _by_tag(fixed: int, uint8: int, uint16: int, uint32: int) -> npt.NDArray[np.uint64]:
    """Make a table from the tag of a msgpack integer to one of these; 0 for any other tag."""
    table = np.zeros(256, np.uint64)
    table[:0x80], table[0xCC:0xCF] = fixed, (uint8, uint16, uint32)
    return table


_WIDTH: Final = _by_tag(1, 2, 3, 5).astype(np.intp)
"""Bytes of the integer, its tag included."""
_SHIFT: Final = _by_tag(56, 48, 40, 24)
"""Bits of the 8 bytes that lie behind the integer."""
_VALUE: Final = _by_tag(0x7F, 0xFF, 0xFFFF, 0xFFFFFFFF)
"""Bits of the integer that are its value."""
_TAG: Final = np.uint64(56)
_HEAD: Final = np.uint64(48)
"""Shifts that leave the first byte, and the first two, of the 8."""
_MOST: Final = np.array([2**32 - 1, MAX_BUTTONS, MAX_AIM, MAX_BEHIND])


@attrs.frozen(eq=False)
class Batch:
    """One undecoded message from each of several players.

    Attributes:
        players: the senders, each once.
        data: ``(n, 26)`` bytes; of row ``i`` the first ``sizes[i]`` are the message.
    """

    players: Ids
    data: npt.NDArray[np.uint8]
    sizes: Ids

    def __len__(self) -> int:
        return len(self.players)

    def message(self, index: int) -> bytes:
        """Return the bytes of one message."""
        return self.data[index, : self.sizes[index]].tobytes()


@attrs.frozen(eq=False)
class InputRows:
    """The inputs of several players, as arrays of one length.

    Attributes:
        players: the senders.
        ticks: the ticks in which they are to be used.
        commands: ``(3, n)``: rows of buttons, aims and behinds, in the ranges of `Input`.
    """

    players: Ids
    ticks: Integers
    commands: Integers

    def __getitem__(self, rows: slice | Ids | npt.NDArray[np.bool_]) -> InputRows:
        """Select those of some of the players."""
        return InputRows(self.players[rows], self.ticks[rows], self.commands[:, rows])


@attrs.frozen(eq=False)
class Received:
    """The messages of many players for a tick.

    Attributes:
        mail: players whose inboxes have messages, ascending.
        batches: messages that came after those, in their order.
    """

    mail: list[int]
    batches: list[Batch] = attrs.Factory(list)


def is_input(message: bytes) -> bool:
    """Whether ``message`` begins like an input."""
    return message[:2] == _BEGINNING


def read_inputs(batch: Batch) -> tuple[InputRows, list[int]]:
    """Decode the inputs of ``batch``, and list the indices of the messages that are left to the codec."""
    # words[i] is the number in the bytes i to i + 7: windows that overlap, in memory that is shared with the batch. One
    # near the end of a row reaches into the next row, in bits that are shifted out.
    words = np.ndarray(max(batch.data.size - _LOOK + 1, 0), ">u8", np.ascontiguousarray(batch.data), 0, (1,))
    first = np.arange(0, batch.data.size, BATCH_BYTES)
    fine = words[first] >> _HEAD == _BEGINS
    fields = np.empty((_FIELDS, len(batch)), np.int64)
    at = first + 2
    width = np.zeros_like(at)
    for field in fields:
        number = words[at]
        tags = number >> _TAG
        # A tag that is not read here has the width 0: the fields after it stay at it, and so end with the width 0, too.
        width = _WIDTH[tags]
        field[:] = number >> _SHIFT[tags] & _VALUE[tags]
        at += width
    fine &= (width > 0) & (at - first == batch.sizes)
    fine &= (fields <= _MOST[:, None]).all(axis=0)
    if fine.all():
        return InputRows(batch.players, fields[0], fields[1:]), []
    return InputRows(batch.players[fine], fields[0, fine], fields[1:, fine]), np.flatnonzero(~fine).tolist()
