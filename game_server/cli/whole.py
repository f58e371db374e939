"""Whole numbers on the command line and in config files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cyclopts import Parameter, Token
from cyclopts.validators import Number


def whole(low: int, high: int) -> Parameter:
    """A whole number from ``low`` to ``high``; cyclopts by itself cuts 30.5 to 30 without a word."""
    return Parameter(converter=_convert, validator=Number(gte=low, lte=high))


def _convert(_type: Any, tokens: Sequence[Token]) -> int:
    try:
        return int(tokens[0].value)
    except ValueError:
        raise ValueError(f"{tokens[0].value} is no whole number.") from None
