"""The queue for a seat in a match that is full: first come, first served."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class Queue(Generic[T]):
    """People who wait, in order. `moved` returns each change of a place, or of the length, once."""

    def __init__(self) -> None:
        self._sent: dict[T, tuple[int, int] | None] = {}
        """In order; the place and the length that were last sent to each, None for nothing."""

    def __len__(self) -> int:
        return len(self._sent)

    def __iter__(self) -> Iterator[T]:
        return iter(self._sent)

    def __contains__(self, who: object) -> bool:
        return who in self._sent

    def join(self, who: T) -> tuple[int, int]:
        """Add ``who`` at the end, unless they are in the queue already.

        Returns:
            Place, from 1, and length, to be sent now; as last sent, if they were in the queue already.
        """
        sent = self._sent.get(who)
        if who not in self._sent:
            sent = len(self) + 1, len(self) + 1
        elif sent is None:
            sent = 1 + list(self._sent).index(who), len(self)
        self._sent[who] = sent
        return sent

    def replace(self, old: T, new: T) -> None:
        """Give ``new``, who was further back or not in the queue, the place of ``old``; `join` returns it."""
        self.leave(new)
        self._sent = {new if who is old else who: None if who is old else sent for who, sent in self._sent.items()}

    def leave(self, who: T) -> bool:
        """Remove ``who``; whether they were in the queue."""
        return self._sent.pop(who, None) is not None

    def next(self) -> T:
        """Remove and return the one who has waited longest."""
        who = next(iter(self._sent))
        del self._sent[who]
        return who

    def forget(self) -> None:
        """Have `moved` return every place again."""
        self._sent = dict.fromkeys(self._sent)

    def moved(self) -> list[tuple[T, int, int]]:
        """``(who, place, length)`` for each whose place, from 1, or the length has changed since it was last sent."""
        length = len(self)
        news = [(who, place) for place, (who, sent) in enumerate(self._sent.items(), 1) if sent != (place, length)]
        self._sent.update((who, (place, length)) for who, place in news)
        return [(who, place, length) for who, place in news]
