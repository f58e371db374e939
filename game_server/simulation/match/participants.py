"""Participants: the players of a match, people and bots, by seat."""

from __future__ import annotations

import math
from bisect import insort
from itertools import filterfalse

import attrs
import numpy as np

from game_server.protocol import Ids
from game_server.simulation.inputs.buffers import InputBuffers
from game_server.simulation.match.ports import DirectWire, Outlet, Wire
from game_server.simulation.world.game import Brain


@attrs.define
class Player:
    """A taken seat: played by a person (``outlet``) or a bot (``brain``), or kept for somebody who may come back."""

    number: int
    outlet: Outlet | None = None
    brain: Brain | None = None
    skipped: int = 0
    """Snapshots not sent because the connection was full."""
    resync_served: float = -math.inf
    """The tick in which a keyframe was last granted."""
    commands: tuple[int, int] = (0, 0)
    """The second of match time in which a command came last, and how many have come in it."""


class Players(dict[int, Player]):
    """The players of a match, by number.

    Args:
        inputs: their inputs.

    Attributes:
        wire: serves those with an outlet.
        first: the number that player 0 has on the wire; player *n* has ``first + n`` there.
        people: numbers of those with an outlet, ascending.
        bots: those with a brain, in the order of their arrival.
        behind: numbers of those who need a keyframe; players without an outlet may be among them.
    """

    def __init__(self, inputs: InputBuffers) -> None:
        super().__init__()
        self.wire: Wire = DirectWire()
        self.first = 0
        self.people: list[int] = []
        self.bots: list[Player] = []
        self.behind: set[int] = set()
        self._inputs = inputs
        self._seats: Ids | None = None

    @property
    def seats(self) -> Ids:
        """The numbers of `people` as an array."""
        if self._seats is None:
            self._seats = np.array(self.people, np.intp)
        return self._seats

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

    def free_seat(self, seats: int) -> int | None:
        """Return the lowest free seat of ``seats``; None when all are taken."""
        return next(filterfalse(self.__contains__, range(seats)), None)

    def give(self, number: int, outlet: Outlet | None, brain: Brain | None) -> None:
        """Let a person play the seat ``number`` through ``outlet``, or ``brain``, or nobody."""
        player = self[number]
        self._seats = None
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
