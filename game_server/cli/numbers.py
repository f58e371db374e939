"""Numbers on the command line and in files, with ranges."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, Final

from cyclopts import Parameter, Token

_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,20}")
"""Stricter than Python, which takes 1_000 and digits of other scripts, too."""
_NUMBER: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]{1,3})?", re.IGNORECASE)


def is_whole(text: str) -> bool:
    """Return whether ``text`` is a whole number of at most 20 digits."""
    return _WHOLE.fullmatch(text) is not None


def is_number(text: str) -> bool:
    """Return whether ``text`` is a number; nan and inf are not."""
    return _NUMBER.fullmatch(text) is not None


def whole(low: int, high: int) -> Parameter:
    """Return a parameter for whole numbers from ``low`` to ``high``; cyclopts alone would cut 30.5 to 30."""

    def convert(_type: Any, tokens: Sequence[Token]) -> int:
        text = tokens[0].value
        if not is_whole(text) or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return Parameter(converter=convert)


def whole_or(word: str, low: int, high: int) -> Parameter:
    """Return a parameter for ``word``, and for whole numbers from ``low`` to ``high``."""

    def convert(_type: Any, tokens: Sequence[Token]) -> int | str:
        text = tokens[0].value
        if text == word:
            return word
        if not is_whole(text) or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}, or {word}")
        return int(text)

    return Parameter(converter=convert, show_choices=False)


def number(low: float, high: float, *, above: bool = False) -> Parameter:
    """Return a parameter for numbers from ``low`` to ``high``, without ``low`` itself if ``above`` is set."""

    def convert(_type: Any, tokens: Sequence[Token]) -> float:
        text = tokens[0].value
        value = float(text) if is_number(text) else math.nan
        if not low <= value <= high or (above and value == low):
            bounds = f"above {low:g} and at most {high:g}" if above else f"from {low:g} to {high:g}"
            raise ValueError(f"must be a number {bounds}")
        return value

    return Parameter(converter=convert)
