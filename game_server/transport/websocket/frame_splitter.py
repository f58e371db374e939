"""The stream of frames from a peer, split before anything parses it: inputs aside, all else to the library.

A budget on messages would not see what never becomes one: pings, pongs and the empty fragments of a message
without end cost the server as much as inputs do. So frames are counted here, by their headers alone (RFC 6455 section
5.2), and the small ones that are whole messages are taken out of the stream for the tick.
"""

from __future__ import annotations

from typing import Final

from game_server.transport.websocket.frames import (
    FINAL,
    FINAL_BINARY,
    INPUT_HEAD,
    MASK_BYTES,
    MASKED,
    MAX_SMALL_PAYLOAD,
    unmask,
)

_RESERVED: Final = 0x70
"""Of the first byte: bits that are set by extensions alone, and none was agreed on."""
_OPCODE: Final = 0x0F
_CONTINUATION: Final = 0
_BINARY: Final = 2
"""Opcodes up to here are of messages: a continuation, text, binary."""
_PING: Final = 9
_PONG: Final = 10
_FINAL_PONG: Final = FINAL | _PONG


class FrameSplitter:
    """Splits a byte stream that may be cut anywhere: small whole messages aside, all else to the library.

    The pongs that answer the empty pings of the tick are dropped: nobody waits for them, since whatever comes is a sign
    of life. (The library's own pings are not empty.)

    The order of messages is kept. While one is on its way through the library, later ones go the same way: the reader
    of the library reports each with `delivered`. After a close frame, and after anything that breaks the protocol,
    everything goes to the library.

    Attributes:
        owed: messages that the library has got, in part at least, and not delivered.
        plain: nothing has begun and nothing is owed, so that an input can be set aside as it comes.
        pongs: pongs that have come.
    """

    __slots__ = ("_head", "_held", "_left", "_open", "_sealed", "owed", "plain", "pongs")

    def __init__(self) -> None:
        self._held = b""  # the beginning of a frame that may be set aside: the library has none of it yet
        self._head = b""  # the beginning of a frame's header that the library has already
        self._left = 0  # bytes of payload that go to the library and have not come yet
        self.owed = 0
        self.pongs = 0
        self._open = False  # a fragmented message has begun
        self._sealed = False  # everything that follows goes to the library
        self.plain = True

    def count(self, data: bytes) -> int:
        """Count the frame headers that ``data`` completes; all of it goes to the library."""
        return self._split(data, None)[1]

    def split(self, data: bytes, inputs: list[bytes]) -> tuple[bytes, int]:
        """Append the messages that are set aside to ``inputs``, unmasked.

        Returns:
            The bytes for the library, and how many frames were set aside or had their header completed.
        """
        size = len(data)
        # What comes nearly always: one whole frame. Its second byte is 0x80 + (size - 6), and below 0x80 + 126.
        if self.plain and size >= INPUT_HEAD and data[0] == FINAL_BINARY and data[1] == size + 0x7A < 0xFE:
            inputs.append(unmask(data[2:INPUT_HEAD], data[INPUT_HEAD:]))
            return b"", 1
        return self._split(data, inputs)

    def take_held(self) -> bytes:
        """The beginning of a frame that was held back, for the library."""
        held, self._held = self._held, b""
        self._split(held, None)
        return held

    @property
    def waits(self) -> bool:
        """Whether all messages that the library owes are whole, so that it needs no more bytes to deliver them."""
        return self.owed > 0 and not (self._head or self._left or self._open or self._sealed)

    def delivered(self) -> None:
        """Note that a message has come out of the library."""
        self.owed -= 1
        self._update_plain()

    def _split(self, data: bytes, inputs: list[bytes] | None) -> tuple[bytes, int]:
        # `at` is where the next header begins, and `kept` how far everything has been set aside or put into `passing`.
        # Of a stream with frames I (an input), T (a text message) and J (an input behind it, which must not overtake
        # it): I is set aside and moves both; T moves `at` alone and is owed; so J goes with it to the library.
        known = len(self._head)
        data = self._head + self._held + data  # at most one of the two
        self._head = self._held = b""
        end = len(data)
        at, kept, frames = self._left, known, 0
        passing: list[bytes] = []
        aside = self._may_set_aside(inputs) and not known
        while at + 2 <= end:
            first, second = data[at], data[at + 1]
            length = second & 0x7F
            if aside and first == FINAL_BINARY and second & MASKED and length <= MAX_SMALL_PAYLOAD:
                payload = at + INPUT_HEAD
                if payload + length > end:
                    break
                assert inputs is not None
                inputs.append(unmask(data[at + 2 : payload], data[payload : payload + length]))
                passing.append(data[kept:at])
                at = kept = payload + length
                frames += 1
                continue
            if aside and first == _FINAL_PONG and second == MASKED:
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
            self._pass_header(first, second, length)
            if extended:
                length = int.from_bytes(data[at + 2 : at + 2 + extended], "big")
            at += 2 + extended + (MASK_BYTES if second & MASKED else 0) + length
            frames += 1
            aside = self._may_set_aside(inputs)
        self._left = max(0, at - end)
        if at < end:
            if aside and _may_become_aside(data[at : at + 2]):
                self._held = data[at:]
                end = at
            else:
                self._head = data[at:]
        passing.append(data[kept:end])
        self._update_plain()
        return b"".join(passing), frames

    def _may_set_aside(self, inputs: list[bytes] | None) -> bool:
        return inputs is not None and not (self.owed or self._open or self._sealed)

    def _update_plain(self) -> None:
        self.plain = not (self._held or self._head or self._left or self.owed or self._open or self._sealed)

    def _pass_header(self, first: int, second: int, length: int) -> None:
        """Keep account of a frame with this header, which goes to the library."""
        opcode, final = first & _OPCODE, bool(first & FINAL)
        if first & _RESERVED or not second & MASKED:
            self._sealed = True
        elif opcode <= _BINARY:
            if (opcode == _CONTINUATION) != self._open:
                self._sealed = True
            self._open = not final
            self.owed += final
        elif opcode not in (_PING, _PONG) or not final or length > MAX_SMALL_PAYLOAD:
            self._sealed = True
        else:
            self.pongs += opcode == _PONG


def _may_become_aside(head: bytes) -> bool:
    if head[0] == FINAL_BINARY:
        return len(head) < 2 or MASKED <= head[1] <= MASKED + MAX_SMALL_PAYLOAD
    return head[0] == _FINAL_PONG and (len(head) < 2 or head[1] == MASKED)
