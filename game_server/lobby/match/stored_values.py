"""Values that an earlier process has left on a disk, checked before they are used."""

from __future__ import annotations

from typing import Any

from game_server.protocol import MAX_SERVER_TEXT


def whole_number(value: Any, most: int, least: int = 0) -> int:
    """Return ``value``, a whole number from ``least`` to ``most``.

    Raises:
        ValueError: it is something else.
    """
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"{value!r} is no whole number from {least} to {most}")
    return value


def text(value: Any, most: int = MAX_SERVER_TEXT) -> str:
    """Return ``value``, a text of at most ``most`` characters.

    Raises:
        ValueError: it is something else.
    """
    if type(value) is not str or len(value) > most:
        raise ValueError(f"{value!r} is no text of at most {most} characters")
    return value


def switch(value: Any) -> bool:
    """Return ``value``, which is true or false.

    Raises:
        ValueError: it is something else.
    """
    if type(value) is not bool:
        raise ValueError(f"{value!r} is neither true nor false")
    return value
