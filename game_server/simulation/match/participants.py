"""Who has a seat in a match, and who or what plays there."""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence

import attrs

from game_server.simulation.inputs.buffers import InputBuffers
from game_server.simulation.match.ports import DirectWire, Outlet, Wire
from game_server.simulation.world.game import Brain


@attrs.define
class Player:
    """A seat that is taken: by a person (``outlet``), by a bot (``brain``), or for somebody who may come back."""

    number: int
    outlet: Outlet | None = None
    brain: Brain | None = None
    skipped: int = 0
    """Snapshots not sent because the connection was full."""
    desyncs: int = 0
    resync_served: int = -(2**31)
    """The tick in which a keyframe was last asked for and granted."""


class Players(dict[int, Player]):
    """Those who have a seat, by number.

    Args:
        inputs: in which it is said whose are waited for.

    Attributes:
        wire: how those with an outlet are reached.
        first: the number that player 0 has on the wire; player *n* has ``first + n`` there.
        people: who has an outlet, ascending.
        bots: who has a brain, in the order in which they came.
        behind: who needs a keyframe; whoever has no outlet may be among them.
    """

    def __init__(self, inputs: InputBuffers) -> None:
        super().__init__()
        self.wire: Wire = DirectWire()
        self.first = 0
        self.people: list[int] = []
        self.bots: list[Player] = []
        self.behind: set[int] = set()
        self._inputs = inputs

    def connect(self, wire: Wire, first: int) -> None:
        """Reach everybody through ``wire`` from now on, where player 0 has the number ``first``."""
        for number in self.people:
            self.wire.dismiss(self.first + number)
        self.wire, self.first = wire, first
        for number in self.people:
            self.admit(number)

    def admit(self, number: int) -> None:
        """Have the wire serve the player ``number``, who has an outlet; again, if that has changed."""
        outlet = self[number].outlet
        assert outlet
        self.wire.admit(self.first + number, outlet)

    def write(self, events: Sequence[bytes], snapshots: Sequence[bytes]) -> None:
        """Write to each of `people` a message of events, unless it is ``b""``, and a snapshot."""
        first = self.first
        numbers = [first + number for number in self.people] if first else self.people
        self.wire.write(numbers, events, snapshots)

    def free_seat(self, seats: int) -> int | None:
        """The lowest of so many seats that nobody has; None when all are taken."""
        return next((number for number in range(seats) if number not in self), None)

    def give(self, number: int, outlet: Outlet | None, brain: Brain | None) -> None:
        """Let the seat ``number`` be played by way of ``outlet``, by ``brain``, or by nobody."""
        player = self[number]
        if player.outlet:
            self.wire.dismiss(self.first + number)
            self.people.remove(number)
        if player.brain:
            self.bots.remove(player)
        player.outlet, player.brain = outlet, brain
        self._inputs.forget(number)
        self._inputs.wait_for(number, person=outlet is not None)
        if brain:
            self.bots.append(player)
        if outlet:
            insort(self.people, number)
            self.behind.add(number)
            self.admit(number)
