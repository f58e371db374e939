"""The queue for a seat in a match that is full: first come, first served."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Queue(Generic[T]):
    """Who waits, in order. Every change marks those whose place has changed; `moved` tells them once."""

    def __init__(self) -> None:
        self._waiting: list[T] = []
        self._told: dict[int, tuple[int, int]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[T]:
        return iter(self._waiting)

    def __contains__(self, who: object) -> bool:
        return any(waiting is who for waiting in self._waiting)

    def join(self, who: T) -> None:
        """Stand at the end; whoever stands in the queue already stays where they are."""
        if who not in self:
            self._waiting.append(who)

    def replace(self, old: T, new: T) -> None:
        """``new``, who stood somewhere behind or nowhere, stands where ``old`` stood, and is told so."""
        self.leave(new)
        self._waiting = [new if waiting is old else waiting for waiting in self._waiting]
        self._told.pop(id(old), None)

    def leave(self, who: T) -> bool:
        """Go; whether ``who`` stood in it."""
        before = len(self._waiting)
        self._waiting = [waiting for waiting in self._waiting if waiting is not who]
        self._told.pop(id(who), None)
        return len(self._waiting) < before

    def next(self) -> T:
        """Whoever has waited longest; no longer in the queue."""
        who = self._waiting.pop(0)
        self._told.pop(id(who), None)
        return who

    def forget(self) -> None:
        """What was told is out of date: each is told again."""
        self._told.clear()

    def moved(self) -> list[tuple[T, int, int]]:
        """``(who, place, length)`` for each whose place, from 1, or whose queue's length is news."""
        news = []
        for place, who in enumerate(self._waiting, 1):
            told = place, len(self._waiting)
            if self._told.get(id(who)) != told:
                self._told[id(who)] = told
                news.append((who, *told))
        return news
