"""Figures of which only a lower bound is known."""

from __future__ import annotations


class LowerBound(float):
    """Something greater than this number: it fell into the last bucket of a histogram, which has no end."""


def in_digits(value: float) -> str:
    """``value`` as a condition shows it."""
    digits = f"{value:g}"
    return f"more than {digits}" if isinstance(value, LowerBound) else digits
