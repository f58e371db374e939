"""Text from outside, as it may stand on a terminal and in a log."""

from __future__ import annotations

from typing import Final

_STANDS_IN: Final = "\N{REPLACEMENT CHARACTER}"


def printable(text: str) -> str:
    """``text`` on one line, with a replacement character for each that is no letter, mark, sign or plain space.

    Those steer a terminal (control characters, C1 ones among them), end a line and begin one that nobody wrote, turn
    the order of what follows (bidirectional formatting), cannot be seen, or cannot be encoded (surrogates).
    """
    if text.isprintable():
        return text
    return "".join([letter if letter.isprintable() else _STANDS_IN for letter in text])
