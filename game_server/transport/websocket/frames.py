"""WebSocket frames by their headers alone (RFC 6455 section 5.2), before anybody parses them: which is what.

A budget on messages would not see what never becomes one: pings, pongs and the empty fragments of a message
without end cost the server as much as inputs do. So frames are counted here, and the small ones that are whole
messages are taken out of the stream for the tick.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from game_server.batch_io import SLACK, Arrivals
from game_server.protocol import BATCH_BYTES, Ids

MAX_INPUT_BYTES: Final = 125
"""The longest payload whose length is in the second byte of its frame."""

_FINAL_BINARY: Final = 0x82
_FINAL: Final = 0x80
_RESERVED: Final = 0x70
_MASKED: Final = 0x80
_OPCODE: Final = 0x0F
_PONG: Final = 10
_FINAL_PONG: Final = _FINAL | _PONG
_MASK_BYTES: Final = 4
INPUT_HEAD: Final = 2 + _MASK_BYTES
"""Bytes before the payload of a small masked frame."""
_BATCH_FRAME: Final = INPUT_HEAD + BATCH_BYTES
assert _BATCH_FRAME <= SLACK, "a window over the last frame would reach past what arrived"
_MASK_OF: Final = 2 + np.arange(BATCH_BYTES) % _MASK_BYTES
"""Where in an input's frame the byte of the mask is that lies over each byte of the payload."""

MEDIUM: Final = 0x827E
medium_head = struct.Struct(">HH").pack
"""Makes the header of a frame as in `head_of`, of `MEDIUM` and the size: from 126 to 65,535 bytes."""


def head_of(size: int) -> bytes:
    """The header of a final, unmasked binary frame with ``size`` bytes of payload."""
    if size < 126:
        return bytes((_FINAL_BINARY, size))
    if size < 1 << 16:
        return medium_head(MEDIUM, size)
    return b"\x82\x7f" + size.to_bytes(8, "big")


def heads_of(sizes: npt.NDArray[np.intp]) -> list[bytes]:
    """`head_of` for each of many, at least one."""
    if sizes.min() < 126 or sizes.max() >= 1 << 16:
        return [head_of(size) for size in sizes.tolist()]
    heads = np.empty((len(sizes), 2), ">u2")
    heads[:, 0], heads[:, 1] = MEDIUM, sizes
    packed: list[bytes] = heads.view("V4")[:, 0].tolist()
    return packed


def unmask(mask: bytes, payload: bytes) -> bytes:
    """The payload under its 4 bytes of mask (section 5.3), or over it: the same twice changes nothing."""
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

    def but(self, left_out: npt.NDArray[np.bool_]) -> InputRound:
        """The same without some of the peers."""
        kept = ~left_out[self.which]
        return InputRound(self.which[kept], self.data[kept], self.sizes[kept])


def unmask_all(came: Arrivals, most: int) -> tuple[list[InputRound], list[int]]:
    """Take apart many reads at once: those that are nothing but whole inputs, in rounds.

    Args:
        came: from peers of whom nothing had begun before; where nothing came there is neither input nor anything else.
        most: inputs of up to `BATCH_BYTES` bytes that a read may be.

    Returns:
        The rounds, and the places of the reads that are something else, which are in no round.
    """
    # What is at each byte, as long as the longest frame of an input.
    windows = np.ndarray((len(came.data) - _BATCH_FRAME + 1, _BATCH_FRAME), np.uint8, came.data, 0, (1, 1))
    ends = came.starts + came.sizes
    other = np.zeros(len(ends), np.bool_)
    which = np.flatnonzero(came.sizes > 0)
    at = came.starts[which]
    rounds: list[InputRound] = []
    while len(which):
        table = windows[at]
        sizes = table[:, 1].astype(np.intp) - _MASKED
        fine = (table[:, 0] == _FINAL_BINARY) & (sizes > 0) & (sizes <= BATCH_BYTES)
        fine &= (at + INPUT_HEAD + sizes <= ends[which]) & (len(rounds) < most)
        if not fine.all():
            other[which[~fine]] = True
            which, at, table, sizes = which[fine], at[fine], table[fine], sizes[fine]
        rounds.append(InputRound(which, table[:, INPUT_HEAD:] ^ table.take(_MASK_OF, axis=1), sizes))
        at = at + INPUT_HEAD + sizes
        more = at < ends[which]
        which, at = which[more], at[more]
    if not other.any():
        return rounds, []
    rounds = [each.but(other) for each in rounds]
    return [each for each in rounds if len(each.which)], np.flatnonzero(other).tolist()


class FrameSplitter:
    """Parts a byte stream that may be cut anywhere: small whole messages aside, all else to the library.

    All but the pongs that answer the empty pings of the tick: nobody waits for them, since whatever comes is a sign of
    life, and they are dropped. (The library's own pings are not empty.)

    The order of messages is kept. While one is on its way through the library, later ones go the same way:
    whoever takes messages out of the library says so with `delivered`. After a close frame, and after anything that
    breaks the protocol, everything goes to the library for good.

    Attributes:
        owed: messages that the library has got, in part at least, and not delivered.
        plain: nothing has begun and nothing is owed, so that an input can be set aside as it comes.
        pongs: pongs that have come.
    """

    __slots__ = ("_head", "_held", "_left", "_open", "_sealed", "owed", "plain", "pongs")

    def __init__(self) -> None:
        self._held = b""  # the beginning of a frame that may be set aside: nobody has it yet
        self._head = b""  # the beginning of a frame's header that the library has already
        self._left = 0  # payload that goes to the library and has not come yet
        self.owed = 0
        self.pongs = 0
        self._open = False  # a fragmented message has begun
        self._sealed = False
        self.plain = True

    def count(self, data: bytes) -> int:
        """``data`` goes to the library whole: how many frame headers it completes."""
        return self._part(data, None)[1]

    def split(self, data: bytes, inputs: list[bytes]) -> tuple[bytes, int]:
        """Append the messages set aside to ``inputs``, unmasked.

        Returns:
            What the library shall get, and how many frames were set aside or had their header completed.
        """
        size = len(data)
        # What comes nearly always: one whole frame.
        if self.plain and size >= INPUT_HEAD and data[0] == _FINAL_BINARY and data[1] == size + 0x7A < 0xFE:
            inputs.append(unmask(data[2:INPUT_HEAD], data[INPUT_HEAD:]))
            return b"", 1
        return self._part(data, inputs)

    def take_held(self) -> bytes:
        """The beginning of a frame that was kept, for the library."""
        held, self._held = self._held, b""
        self._part(held, None)
        return held

    @property
    def waits(self) -> bool:
        """Whether all that the library owes is whole, so that it needs no more bytes to deliver it."""
        return self.owed > 0 and not (self._head or self._left or self._open or self._sealed)

    def delivered(self) -> None:
        """A message has come out of the library."""
        self.owed -= 1
        self._look()

    def _part(self, data: bytes, inputs: list[bytes] | None) -> tuple[bytes, int]:
        known = len(self._head)
        data = self._head + self._held + data  # at most one of the two
        self._head = self._held = b""
        end = len(data)
        at, kept, frames = self._left, known, 0
        passing: list[bytes] = []
        aside = self._aside(inputs) and not known
        while at + 2 <= end:
            first, second = data[at], data[at + 1]
            length = second & 0x7F
            if aside and first == _FINAL_BINARY and second & _MASKED and length <= MAX_INPUT_BYTES:
                payload = at + INPUT_HEAD
                if payload + length > end:
                    break
                assert inputs is not None
                inputs.append(unmask(data[at + 2 : payload], data[payload : payload + length]))
                passing.append(data[kept:at])
                at = kept = payload + length
                frames += 1
                continue
            if aside and first == _FINAL_PONG and second == _MASKED:
                if at + INPUT_HEAD > end:
                    break
                passing.append(data[kept:at])
                at = kept = at + INPUT_HEAD
                frames += 1
                self.pongs += 1
                continue
            extended = 0 if length < 126 else 2 if length == 126 else 8
            if at + 2 + extended > end:
                break
            self._note(first, second, length)
            if extended:
                length = int.from_bytes(data[at + 2 : at + 2 + extended], "big")
            at += 2 + extended + (_MASK_BYTES if second & _MASKED else 0) + length
            frames += 1
            aside = self._aside(inputs)
        self._left = max(0, at - end)
        if at < end:
            if aside and _may_be_aside(data[at : at + 2]):
                self._held = data[at:]
                end = at
            else:
                self._head = data[at:]
        passing.append(data[kept:end])
        self._look()
        return b"".join(passing), frames

    def _aside(self, inputs: list[bytes] | None) -> bool:
        return inputs is not None and not (self.owed or self._open or self._sealed)

    def _look(self) -> None:
        self.plain = not (self._held or self._head or self._left or self.owed or self._open or self._sealed)

    def _note(self, first: int, second: int, length: int) -> None:
        """A frame with this header goes to the library."""
        opcode, final = first & _OPCODE, bool(first & _FINAL)
        if first & _RESERVED or not second & _MASKED:
            self._sealed = True
        elif opcode <= 2:
            if (opcode == 0) != self._open:
                self._sealed = True
            self._open = not final
            self.owed += final
        elif opcode not in (9, _PONG) or not final or length > MAX_INPUT_BYTES:
            self._sealed = True
        else:
            self.pongs += opcode == _PONG


def _may_be_aside(head: bytes) -> bool:
    if head[0] == _FINAL_BINARY:
        return len(head) < 2 or 0x80 <= head[1] <= 0x80 + MAX_INPUT_BYTES
    return head[0] == _FINAL_PONG and (len(head) < 2 or head[1] == _MASKED)
