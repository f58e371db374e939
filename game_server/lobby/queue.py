"""The queue for a seat in a match that is full: first come, first served."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Final, Generic, TypeVar

T = TypeVar("T", bound=Hashable)

_NOT_TOLD: Final = 0, 0


class Queue(Generic[T]):
    """Who waits, in order. Every change marks those whose place has changed; `moved` tells them once."""

    def __init__(self) -> None:
        self._told: dict[T, tuple[int, int]] = {}
        """In order; place and length that each was last told."""

    def __len__(self) -> int:
        return len(self._told)

    def __iter__(self) -> Iterator[T]:
        return iter(self._told)

    def __contains__(self, who: object) -> bool:
        return who in self._told

    def join(self, who: T) -> tuple[int, int]:
        """Stand at the end; whoever stands in the queue already stays where they are.

        Returns:
            Place, from 1, and length, to be told now; of whoever stood in it already, as they were last told.
        """
        if who not in self._told:
            self._told[who] = len(self) + 1, len(self) + 1
        elif self._told[who] == _NOT_TOLD:
            self._told[who] = 1 + list(self._told).index(who), len(self)
        return self._told[who]

    def replace(self, old: T, new: T) -> None:
        """``new``, who stood somewhere behind or nowhere, stands where ``old`` stood, and is told so."""
        self.leave(new)
        self._told = {new if who is old else who: _NOT_TOLD if who is old else told for who, told in self._told.items()}

    def leave(self, who: T) -> bool:
        """Go; whether ``who`` stood in it."""
        return self._told.pop(who, None) is not None

    def next(self) -> T:
        """Whoever has waited longest; no longer in the queue."""
        who = next(iter(self._told))
        del self._told[who]
        return who

    def forget(self) -> None:
        """What was told is out of date: each is told again."""
        self._told = dict.fromkeys(self._told, _NOT_TOLD)

    def moved(self) -> list[tuple[T, int, int]]:
        """``(who, place, length)`` for each whose place, from 1, or whose queue's length is news."""
        length = len(self)
        news = [(who, place) for place, (who, told) in enumerate(self._told.items(), 1) if told != (place, length)]
        self._told.update((who, (place, length)) for who, place in news)
        return [(who, place, length) for who, place in news]
