"""Counting WebSocket frames by their headers alone (RFC 6455 section 5.2), before anybody parses them.

A budget on messages would not see what never becomes one: pings, pongs and the empty fragments of a message
without end cost the server as much as inputs do.
"""

from __future__ import annotations


class FrameCounter:
    """Walks over a byte stream that may be cut anywhere."""

    __slots__ = ("_header", "_payload_left")

    def __init__(self) -> None:
        self._header = b""
        self._payload_left = 0

    def feed(self, data: bytes) -> int:
        """How many frame headers were completed by ``data``."""
        if self._header:
            data = self._header + data
        at, end, frames = self._payload_left, len(data), 0
        while at + 2 <= end:
            length = data[at + 1] & 0x7F
            extended = 0 if length < 126 else 2 if length == 126 else 8
            if at + 2 + extended > end:
                break
            if extended:
                length = int.from_bytes(data[at + 2 : at + 2 + extended], "big")
            mask = 4 if data[at + 1] & 0x80 else 0
            frames += 1
            at += 2 + extended + mask + length
        self._header = data[at:]
        self._payload_left = max(0, at - end)
        return frames
