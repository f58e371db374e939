"""Routing of events: to those who see where one happened, those whom it concerns, everybody, or some players alone."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from game_server.errors import RulesError
from game_server.protocol import MAX_SERVER_MESSAGE_BYTES, pack_event, pack_events, pack_events_head
from game_server.simulation.world.events import Event
from game_server.simulation.world.interest import ALL_CELLS, Grid
from game_server.simulation.world.world import World


class Announcements:
    """Events of the match itself (arrivals, votes, ...) between two ticks: packed, in order, for those present.

    A listener who comes later does not get them: the welcome says what came of them, and the `left` of the former
    owner of a seat would seem to be about the newcomer.
    """

    def __init__(self) -> None:
        self._packed: list[bytes] = []
        self._left_out: dict[Hashable, set[int]] = {}
        """By listener, the indices of events that are for others alone."""
        self._came_at: dict[Hashable, int] = {}
        """By listener who came after the first event, the index of the first event to get."""

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
        """Note that ``listener``, a player's number or a spectator, is present from now on."""
        if self._packed:
            self._came_at[listener] = len(self._packed)

    def everything(self) -> list[bytes]:
        """Return the events for all listeners but the `exceptions`."""
        return self._packed

    def exceptions(self) -> set[Hashable]:
        """Return the listeners who do not get every event."""
        return {*self._left_out, *self._came_at}

    def events_for(self, listener: Hashable) -> list[bytes]:
        """Return the events for ``listener``."""
        first = self._came_at.get(listener, 0)
        left_out = self._left_out.get(listener, ())
        return [event for place, event in enumerate(self._packed[first:], first) if place not in left_out]


_Numbered = dict[int, bytes]
"""Packed events by their place in the order of the tick, ascending."""


class EventRouter:
    """Routes the events of one tick to those who may know of them.

    Args:
        grid: the cells of the world.
        world: after the step in which the events happened.
        announced: what goes out before them.
    """

    def __init__(self, grid: Grid, world: World, announced: Announcements | None = None) -> None:
        self._grid = grid
        self._tick = world.tick
        self._head = pack_events_head(world.tick)
        self._announced = announced or Announcements()
        self._all: _Numbered = {}
        self._everybody: _Numbered = {}
        """What is for everybody; all that is heard around a centre at which nothing has happened."""
        self._by_centre: defaultdict[int, _Numbered] = defaultdict(lambda: dict(self._everybody))
        self._by_player: defaultdict[Hashable, _Numbered] = defaultdict(dict)
        self._messages: dict[int, bytes] = {}
        if world.events:
            happened = zip(world.events, self._cells(world.places), world.addressees, strict=True)
            for number, (event, cell, addressees) in enumerate(happened):
                if addressees is None:
                    self._sort(number, event, cell)
                else:
                    packed = pack_event(event.to_wire())
                    for player in addressees:
                        self._by_player[player][number] = packed
        self._single = self._by_player.keys() | self._announced.exceptions()

    def messages(self, players: list[int], centres: Sequence[int] | Mapping[int, int]) -> list[bytes]:
        """Make the `events` message for each of ``players``, which ascend; ``b""`` where nothing happened.

        Args:
            centres: by player, the cell in the middle of the view; `ALL_CELLS` for one who gets everything.

        Raises:
            RulesError: as for `message`.
        """
        if not (self._all or self._by_player or self._announced.everything()):
            return [b""] * len(players)
        wanted = [centres[player] for player in players]
        # Most see nothing happen: they all get the same message.
        near = {centre: self._around(centre) for centre in {ALL_CELLS, *self._by_centre}.intersection(wanted)}
        nobody = self._single.issuperset(players) or near.keys() >= set(wanted)
        far = b"" if nobody else self._encode(self._announced.everything(), self._everybody)
        heard = [near.get(centre, far) for centre in wanted]
        for listener in self._single:
            at = bisect_left(players, listener) if isinstance(listener, int) else len(players)
            if at < len(players) and players[at] == listener:
                heard[at] = self.message(listener, wanted[at])
        return heard

    def message(self, listener: Hashable, centre: int) -> bytes:
        """Make the `events` message for a player or spectator who sees around the cell ``centre``; ``b""`` for none.

        Raises:
            RulesError: the events of this tick are more than a message may hold.
        """
        if listener in self._single:
            packed = self._seen(centre) | self._by_player.get(listener, {})
            return self._encode(self._announced.events_for(listener), dict(sorted(packed.items())))
        return self._around(centre)

    def _around(self, centre: int) -> bytes:
        """Make the message for all who see around ``centre`` and are not concerned themselves."""
        message = self._messages.get(centre)
        if message is None:
            message = self._messages[centre] = self._encode(self._announced.everything(), self._seen(centre))
        return message

    def _seen(self, centre: int) -> _Numbered:
        return self._all if centre == ALL_CELLS else self._by_centre.get(centre, self._everybody)

    def _cells(self, places: Sequence[tuple[float, float] | None]) -> list[int]:
        """Return the cell of each place; `ALL_CELLS` for None, and for all when the grid has one cell."""
        if self._grid.cells == 1:
            return [ALL_CELLS] * len(places)
        x, y = np.array([place or (0.0, 0.0) for place in places]).T
        cells = self._grid.cells_at(x, y).tolist()
        return [ALL_CELLS if place is None else cell for place, cell in zip(places, cells, strict=True)]

    def _sort(self, number: int, event: Event, cell: int) -> None:
        packed = self._all[number] = pack_event(event.to_wire())
        if cell == ALL_CELLS:
            for heard in (self._everybody, *self._by_centre.values()):
                heard[number] = packed
            return
        for centre in self._grid.seen_from(cell):
            self._by_centre[centre][number] = packed
        for name in event.concerns:
            self._by_player[getattr(event, name)][number] = packed

    def _encode(self, announced: list[bytes], happened: _Numbered) -> bytes:
        packed = [*announced, *happened.values()]
        message = pack_events(self._head, packed) if packed else b""
        if len(message) > MAX_SERVER_MESSAGE_BYTES:
            raise RulesError(
                f"{len(packed)} events of tick {self._tick} are {len(message)} bytes for one player; a message holds "
                f"{MAX_SERVER_MESSAGE_BYTES}: emit fewer or shorter ones"
            )
        return message
