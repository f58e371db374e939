"""Who is told of which event: those who see where it happened, those whom it concerns, or everybody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from game_server.protocol.codec import encode
from game_server.protocol.messages import Events
from game_server.simulation.events import Event
from game_server.simulation.interest import Grid

_Numbered = dict[int, tuple[Any, ...]]
"""Events in wire form by their place in the order of the tick."""


class Audience:
    """The events of one tick, sorted by who may know of them.

    Args:
        grid: the cells of the world.
        tick: in which the events happened.
        events: in the order in which they happened.
    """

    def __init__(self, grid: Grid, tick: int, events: Sequence[Event]) -> None:
        self._grid = grid
        self._tick = tick
        self._everybody: _Numbered = {}
        self._by_cell: defaultdict[int, _Numbered] = defaultdict(dict)
        self._by_player: defaultdict[int, _Numbered] = defaultdict(dict)
        self._seen: dict[int, _Numbered] = {}
        self._messages: dict[int, bytes] = {}
        for number, event in enumerate(events):
            self._sort(number, event)

    def message(self, player: int, centre: int) -> bytes | None:
        """The `events` message for ``player`` whose view is around the cell ``centre``; None when there is nothing."""
        if player in self._by_player:
            return self._encode(self._seen_around(centre) | self._by_player[player])
        if centre not in self._messages:
            self._messages[centre] = self._encode(self._seen_around(centre)) or b""
        return self._messages[centre] or None

    def _sort(self, number: int, event: Event) -> None:
        wire = tuple(event.to_wire())
        if event.place is None or self._grid.cells == 1:
            self._everybody[number] = wire
            return
        x, y = (np.array([float(getattr(event, name))]) for name in event.place)
        self._by_cell[int(self._grid.cells_at(x, y)[0])][number] = wire
        for name in event.concerns:
            self._by_player[getattr(event, name)][number] = wire

    def _seen_around(self, centre: int) -> _Numbered:
        if centre not in self._seen:
            seen = dict(self._everybody)
            if self._by_cell:
                for first, past in self._grid.runs(self._grid.around(centre)):
                    for cell in range(first, past):
                        seen |= self._by_cell.get(cell, {})
            self._seen[centre] = seen
        return self._seen[centre]

    def _encode(self, events: _Numbered) -> bytes | None:
        return encode(Events(self._tick, tuple(events[number] for number in sorted(events)))) if events else None
