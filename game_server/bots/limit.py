"""How many clients a server carries: more and more until a condition no longer holds, then closer and closer."""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

CLOSE_ENOUGH: Final = 0.05
"""Share of the number that is told, within which the search ends."""


def search(first: int, most: int) -> Generator[int, bool, tuple[int, int | None]]:
    """Yields numbers of clients to try; send whether the condition held.

    Doubles from ``first`` on while it holds, never beyond ``most``; then halves what is left.

    Returns:
        The largest number that held, 0 if none did, and the smallest that did not, None if all did.
    """
    held, failed = 0, None
    number = min(first, most)
    while True:
        if (yield number):
            held = number
        else:
            failed = number
        if failed is None:
            if held >= most:
                return held, None
            number = min(2 * held, most)
        else:
            if failed - held <= max(1, CLOSE_ENOUGH * failed):
                return held, failed
            number = (held + failed) // 2
