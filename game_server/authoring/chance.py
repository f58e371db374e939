"""Chance for rules: the world's random stream, by which equal matches stay equal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from game_server.errors import RulesError
from game_server.simulation import SplitMix64

Item = TypeVar("Item")


class Chance:
    """What rules draw by lot. No version of Python changes the stream.

    Args:
        stream: where the numbers come from.
        size: of the field, world units; None for a game without places.
    """

    def __init__(self, stream: SplitMix64, size: tuple[float, float] | None) -> None:
        self._stream = stream
        self._size = size

    def number(self, low: float = 0.0, high: float = 1.0) -> float:
        """Draw a number from ``low`` up to ``high``."""
        return low + self._stream.random() * (high - low)

    def whole(self, low: int, high: int) -> int:
        """Draw a whole number from ``low`` to ``high``, both included.

        Raises:
            RulesError: ``high`` is below ``low``.
        """
        if high < low:
            raise RulesError(f"chance.whole({low}, {high}): there is no number from {low} to {high}")
        return low + self._stream.below(high - low + 1)

    def spot(self, margin: float = 0.0) -> tuple[float, float]:
        """Draw a place in the field, at least ``margin`` world units from its rim.

        Raises:
            RulesError: the game has no ``size``, or its field no such place.
        """
        if self._size is None:
            raise RulesError("chance.spot(): the game has no field; say size = (1280, 720) in its class")
        width, height = self._size
        if 2 * margin > min(width, height):
            raise RulesError(
                f"chance.spot({margin}): a field of {width:g} by {height:g} has no place so far from its rim"
            )
        return self.number(margin, width - margin), self.number(margin, height - margin)

    def pick(self, items: Iterable[Item]) -> Item | None:
        """Draw one of ``items``, each as likely; None if there is none. A set has no order: sort it."""
        known = _listed(items, "pick")
        return known[self._stream.below(len(known))] if known else None

    def shuffle(self, items: Iterable[Item]) -> list[Item]:
        """Return ``items`` in an order drawn by lot. A set has no order: sort it."""
        known = _listed(items, "shuffle")
        # Fisher and Yates: from the end, each is exchanged with one that is not placed yet.
        for at in range(len(known) - 1, 0, -1):
            other = self._stream.below(at + 1)
            known[at], known[other] = known[other], known[at]
        return known


def _listed(items: Iterable[Any], what: str) -> list[Any]:
    if isinstance(items, set | frozenset):
        raise RulesError(
            f"chance.{what}() got a set, whose order differs from process to process; sort it: sorted(...)"
        )
    return list(items)
