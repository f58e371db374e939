"""Spectators: viewers of a match who have no seat."""

from __future__ import annotations

import math
from collections.abc import Container

import attrs

from game_server.protocol import NO_PLAYER
from game_server.simulation.match.ports import Outlet
from game_server.simulation.replication.event_routing import EventRouter
from game_server.simulation.replication.replication import Replication
from game_server.simulation.world.interest import ALL_CELLS, NOTHING


@attrs.define(eq=False)
class Spectator:
    """A viewer who sees what the player ``follow`` sees, or everything (`NO_PLAYER`).

    Attributes:
        counts: whether the outlet counts ticks, so that it is offered ``b""`` where others are offered nothing.
    """

    outlet: Outlet
    follow: int = NO_PLAYER
    counts: bool = False
    shown: int = NOTHING
    """The cell in the middle of the view shown last."""
    calm: bool = False
    """Whether the snapshot before had nothing new."""
    skipped: int = 0
    resync_served: float = -math.inf
    """The tick in which a keyframe was last granted."""


class Spectators(list[Spectator]):
    """The spectators of a match, in the order of their arrival."""

    def require_keyframes(self) -> None:
        """Send everybody a keyframe next."""
        for spectator in self:
            spectator.shown = NOTHING

    def show(self, replication: Replication, audience: EventRouter, players: Container[int]) -> None:
        """Send each spectator the events and the snapshot of the tick last captured; none that has nothing new.

        Args:
            players: numbers of those who can be followed.
        """
        for spectator in self:
            centre = replication.centre(spectator.follow) if spectator.follow in players else ALL_CELLS
            if events := audience.message(spectator, centre):
                spectator.outlet.send(events)
            calm = spectator.shown != NOTHING and not replication.has_changed(spectator.shown, centre)
            due = not (calm and spectator.calm) or events or replication.keeps_alive
            snapshot = replication.watched(spectator.shown, centre) if due else b""
            spectator.calm = calm
            if not (snapshot or spectator.counts):
                continue
            taken = spectator.outlet.offer(snapshot)
            spectator.shown = centre if taken else NOTHING
            spectator.skipped += not taken
