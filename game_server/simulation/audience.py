"""Who is told of which event: those who see where it happened, those whom it concerns, or everybody."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from game_server.protocol.codec import encode
from game_server.protocol.messages import Events
from game_server.simulation.events import Event
from game_server.simulation.interest import Grid
from game_server.simulation.world import World

_Numbered = dict[int, tuple[Any, ...]]
"""Events in wire form by their place in the order of the tick."""


class Audience:
    """The events of one tick, sorted by who may know of them.

    Args:
        grid: the cells of the world.
        world: after the step in which the events happened.
    """

    def __init__(self, grid: Grid, world: World) -> None:
        self._grid = grid
        self._tick = world.tick
        self._everybody: _Numbered = {}
        self._by_centre: defaultdict[int, _Numbered] = defaultdict(dict)
        self._by_player: defaultdict[int, _Numbered] = defaultdict(dict)
        self._messages: dict[int, bytes | None] = {}
        for number, (event, place) in enumerate(zip(world.events, world.places, strict=True)):
            self._sort(number, event, place)

    def message(self, player: int, centre: int) -> bytes | None:
        """The `events` message for ``player`` whose view is around the cell ``centre``; None when there is nothing."""
        concern = self._by_player.get(player)
        if concern is not None:
            return self._encode(self._everybody | self._by_centre.get(centre, {}) | concern)
        if centre not in self._messages:
            self._messages[centre] = self._encode(self._everybody | self._by_centre.get(centre, {}))
        return self._messages[centre]

    def _sort(self, number: int, event: Event, place: tuple[float, float] | None) -> None:
        wire = tuple(event.to_wire())
        if place is None or self._grid.cells == 1:
            self._everybody[number] = wire
            return
        # A view is as wide to the left as to the right: those who see a cell are those whose cell is seen from it.
        for first, past in self._grid.runs(self._grid.around(self._grid.cell_at(*place))):
            for centre in range(first, past):
                self._by_centre[centre][number] = wire
        for name in event.concerns:
            self._by_player[getattr(event, name)][number] = wire

    def _encode(self, events: _Numbered) -> bytes | None:
        return encode(Events(self._tick, tuple(events[number] for number in sorted(events)))) if events else None
