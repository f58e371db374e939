"""One message of each kind as the array that goes over the wire, and what its fields must not be."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import msgpack
import pytest

from game_server.errors import ProtocolError
from game_server.protocol.client_messages import ClientMessage
from game_server.protocol.closes import MAX_REASON_BYTES, CloseCode
from game_server.protocol.server_messages import ServerMessage

Decode = Callable[[bytes], ClientMessage | ServerMessage]
Case = tuple[str, tuple[int, ...], str, list[Any]]
"""A message's name, the path to a field in it, what the reason begins with, and values that are refused there."""

ROW = ["ABC234", "Friday", "toy", "duel", "playing", 3, 1, 4, 2, 0]

CLIENT_SAMPLES: dict[str, list[Any]] = {
    "hello": [1, "Ada", "test", "secret"],
    "input": [2, 904, 17, 512, 88],
    "chat": [3, "well played", ""],
    "ping": [4, 12.5],
    "resync": [5, 901],
    "join": [6, "ABC234", "", 0],
    "browse": [7, 1],
    "create": [8, "Friday", "toy", "", 4, 1, 3, 0, "", {"map": "park"}, 1, 2, 0, 1, 1],
    "watch": [9, "ABC234", ""],
    "resume": [10, "token"],
    "leave": [11],
    "moderate": [12, 6, 65535, "Saturday"],
    "vote": [13, 1],
    "admin": [14, "secret", 1, "ABC234", "Ada", "hello", 0],
    "follow": [15, 3],
    "act": [28, 1, [4, "there"]],
}
SERVER_SAMPLES: dict[str, list[Any]] = {
    "welcome": [
        16, 3, "Ada", ["ABC234", "Friday", "toy", 16, 0, 1], 30, 900, 15, [[], [], []], {}, [[3, "Ada", 0, 1]],
        "token", 3, ["duel", {"map": "park"}, 3, 1, 2, 0, 1, 0],
    ],
    "snapshot": [17, 901, 0, 0, 0, None, b"", [1, b"\x00\x00\x00"]],
    "events": [18, 901, [[0, 3, "Ada", 0]]],
    "pong": [19, 12.5, 901.25],
    "notice": [20, 1, "You write too fast."],
    "home": [
        21, 0, "Welcome, Ada", "Ada",
        [["arena", "Arena", 1, 16, [["duel", "Duel"]], [[2, "map", "Map", "park", 0, 0, [["park", "Park"]]]], 1]],
    ],
    "lobby": [22, 1, 7, [ROW], ["XYZ789"]],
    "said": [23, [[0, 3, "Ada", "well played"]]],
    "refused": [24, 6, 2, "every seat is taken", 0],
    "queued": [25, "ABC234", 1, 2, "Friday"],
    "answer": [26, "two matches", [ROW], ["worker-0"]],
    "elsewhere": [27, "/ws?match=K7RW2P", "ticket"],
}  # fmt: skip

NOT_TEXT: list[Any] = [None, True, 0, 1.5, b"Ada", [], {}, msgpack.ExtType(5, b"x")]
NOT_INT: list[Any] = [None, True, False, 1.0, math.nan, math.inf, "7", b"7", [], {}, msgpack.Timestamp(1, 0)]
NOT_NUMBER: list[Any] = [
    None, True, math.nan, math.inf, -math.inf, "7", b"7", [1], {}, -1, 2**53 + 1, 2**64 - 1, -1e300,
]  # fmt: skip
NOT_BYTES: list[Any] = [None, True, 0, "", [], {}]
NOT_LIST: list[Any] = [None, True, 0, "", b"", {}]
NOT_VALUES: list[Any] = [None, True, 0, "", b"", {}]
NO_VALUE: list[Any] = [[None], [1.5], [b""], [[]], [2**31], ["x" * 201]]
NOT_MAP: list[Any] = [None, True, 0, "", b"", [], {f"option {n}": 0 for n in range(17)}]


def bad_int(low: int, high: int) -> list[Any]:
    return [*NOT_INT, low - 1, high + 1, -(2**63), 2**64 - 1]


def bad_text(most: int) -> list[Any]:
    return [*NOT_TEXT, "x" * (most + 1), "\U0001f680" * (most + 1), "x" * 3_000]


def refusal(decode: Decode, data: bytes) -> ProtocolError:
    with pytest.raises(ProtocolError) as caught:
        decode(data)
    assert len(caught.value.reason.encode()) <= MAX_REASON_BYTES
    assert caught.value.reason
    return caught.value


def good_ends(bad: list[Any]) -> list[Any]:
    """The ends of the range that ``bad``, of `bad_int` or `bad_text`, lies around."""
    texts = [value for value in bad if type(value) is str]
    if len(texts) == 3:  # of `bad_text`: the first has one character too many
        return ["", texts[0][:-1]]
    numbers = [value for value in bad if type(value) is int]
    return [numbers[0] + 1, numbers[1] - 1] if -(2**63) in numbers else []


def changed(message: list[Any], path: tuple[int, ...], value: Any) -> bytes:
    """``message`` with ``value`` at ``path``."""
    copy: list[Any] = msgpack.unpackb(msgpack.packb(message))
    target = copy
    for index in path[:-1]:
        target = target[index]
    target[path[-1]] = value
    packed: bytes = msgpack.packb(copy)
    return packed


def refused_by_its_name(decode: Decode, message: list[Any], path: tuple[int, ...], name: str, value: Any) -> bool:
    """Whether ``message`` with ``value`` at ``path`` is refused with a reason that begins with ``name``."""
    error = refusal(decode, changed(message, path, value))
    return error.code == CloseCode.BAD_MESSAGE and error.reason.startswith(name)


def refused_for_its_arity(decode: Decode, message: list[Any], name: str) -> bool:
    """Whether ``message`` is read as it is, and refused with fields fewer or more."""
    decode(msgpack.packb(message))
    count = len(message) - 1
    for other in {len(other): other for other in (message[:-1] or [*message, 0], [*message, 0], message * 40)}.values():
        error = refusal(decode, msgpack.packb(other))
        said = f"{name} has {count} fields after its type, not {len(other) - 1}"
        if (error.code, error.reason) != (CloseCode.BAD_MESSAGE, said):
            return False
    return True
