"""The checks that a field off the wire goes through, each of which names the field in its reason."""

from __future__ import annotations

from typing import Any, Final

from game_server.errors import ProtocolError
from game_server.protocol.closes import CloseCode, close_reason


def bad(reason: str) -> ProtocolError:
    """What to raise for a message that docs/PROTOCOL.md does not allow."""
    return ProtocolError(CloseCode.BAD_MESSAGE, close_reason(reason))


def arity(fields: list[Any], name: str, count: int) -> None:
    """Whether a message, with its type in front, has ``count`` fields."""
    if len(fields) != count + 1:
        raise bad(f"{name} has {count} fields after its type, not {len(fields) - 1}")


def integer(value: Any, name: str, low: int, high: int) -> int:
    """An integer from ``low`` to ``high``, both included."""
    if type(value) is not int:
        raise bad(f"{name} is an integer, not {kind(value)}")
    if not low <= value <= high:
        raise bad(f"{name} is from {low} to {high}, not {value}")
    return value


def number(value: Any, name: str, low: float, high: float) -> float:
    """An integer or a float from ``low`` to ``high``, both finite and included."""
    if type(value) is not int and type(value) is not float:
        raise bad(f"{name} is a number, not {kind(value)}")
    # NaN is in no range, and no range here has an infinite end.
    if not low <= value <= high:
        raise bad(f"{name} is a finite number from {low:g} to {high:g}, not {value}")
    return value


def text(value: Any, name: str, most: int) -> str:
    """A string of at most ``most`` characters."""
    if type(value) is not str:
        raise bad(f"{name} is a string, not {kind(value)}")
    if len(value) > most:
        raise bad(f"{name} has at most {most} characters, not {len(value)}")
    return value


def binary(value: Any, name: str) -> bytes:
    """A byte string of any length."""
    if type(value) is not bytes:
        raise bad(f"{name} is bytes, not {kind(value)}")
    return value


def array(value: Any, name: str) -> list[Any]:
    """An array of any length."""
    if type(value) is not list:
        raise bad(f"{name} is an array, not {kind(value)}")
    return value


def row(value: Any, name: str, count: int) -> list[Any]:
    """An array of ``count`` elements."""
    cells = array(value, name)
    if len(cells) != count:
        raise bad(f"{name} has {count} elements, not {len(cells)}")
    return cells


def kind(value: Any) -> str:
    """What ``value`` is, in the words of a reason."""
    return _KINDS.get(type(value), "an extension type")


_KINDS: Final = {
    list: "an array",
    dict: "a map",
    bytes: "bytes",
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    float: "a float",
    type(None): "nil",
}
"""All that msgpack makes of bytes but for its extension types, of which it has classes of its own."""
