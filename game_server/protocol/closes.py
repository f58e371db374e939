"""Close codes, and reasons that fit into a close frame."""

from __future__ import annotations

import enum
from typing import Final

from game_server.protocol.limits import MAX_CLIENT_MESSAGE_BYTES

MAX_REASON_BYTES: Final = 123
"""RFC 6455: a control frame has at most 125 bytes of payload, of which 2 are the code."""


class CloseCode(enum.IntEnum):
    """The reason for a close; docs/PROTOCOL.md section 8 says what a client does about each."""

    NORMAL = 1000
    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    UNSUPPORTED_DATA = 1003
    ABNORMAL = 1006
    INVALID_DATA = 1007
    MESSAGE_TOO_BIG = 1009
    INTERNAL_ERROR = 1011
    TRY_AGAIN = 1013
    VERSION_MISMATCH = 4000
    BAD_MESSAGE = 4001
    HELLO_TIMEOUT = 4002
    REPLACED = 4003
    FLOODING = 4005
    TIMED_OUT = 4006
    TOO_SLOW = 4007
    REMOVED = 4009


FRAME_FAULTS: Final = {
    CloseCode.PROTOCOL_ERROR: "the WebSocket framing was broken",
    CloseCode.INVALID_DATA: "a text that is not UTF-8",
    CloseCode.MESSAGE_TOO_BIG: f"a message of more than {MAX_CLIENT_MESSAGE_BYTES} bytes",
}
"""Reasons for closing after frames that the WebSocket library refuses; its own words are for programmers in Python."""


def close_reason(text: str) -> str:
    """Cut ``text`` to the 123 bytes of UTF-8 that a close frame can carry, never inside a character."""
    return text.encode("utf-8", "replace")[:MAX_REASON_BYTES].decode("utf-8", "ignore")
