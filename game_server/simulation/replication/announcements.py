"""What is told of who comes, goes and decides: collected between two ticks, so that everybody is written to once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from game_server.protocol import pack_event


class Announcements:
    """Packed events in order, for those who were there when they were announced.

    Whoever comes later knows from the welcome what came of them: the `left` of whoever had the seat before would be
    about the newcomer's own.
    """

    def __init__(self) -> None:
        self._packed: list[bytes] = []
        self._left_out: dict[Hashable, set[int]] = {}
        """By listener, places in the order that are for others alone."""
        self._came_at: dict[Hashable, int] = {}
        """By listener, the place in the order at which this one came, if not before all."""

    def add(self, events: Iterable[tuple[Any, ...]], but: Hashable = None) -> None:
        """Announce ``events``, ``(code, field, ...)`` each, to all who are there but the listener ``but``."""
        for event in events:
            if but is not None:
                self._left_out.setdefault(but, set()).add(len(self._packed))
            self._packed.append(pack_event(event))

    @property
    def any(self) -> bool:
        """Whether anything is announced."""
        return bool(self._packed)

    def came(self, listener: Hashable) -> None:
        """``listener``, a player's number or a spectator, is here from now on."""
        if self._packed:
            self._came_at[listener] = len(self._packed)

    def everything(self) -> list[bytes]:
        """For all but the `exceptions`."""
        return self._packed

    def exceptions(self) -> set[Hashable]:
        """Those who do not hear everything."""
        return {*self._left_out, *self._came_at}

    def heard_by(self, listener: Hashable) -> list[bytes]:
        """What is for ``listener``."""
        first = self._came_at.get(listener, 0)
        left_out = self._left_out.get(listener, ())
        return [packed for place, packed in enumerate(self._packed[first:], first) if place not in left_out]
