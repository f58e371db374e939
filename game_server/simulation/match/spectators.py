"""Spectators: viewers of a match who have no seat."""

from __future__ import annotations

from collections.abc import Container

import attrs

from game_server.protocol import NO_PLAYER
from game_server.simulation.match.ports import Outlet
from game_server.simulation.replication.event_routing import EventRouter
from game_server.simulation.replication.replication import Replication
from game_server.simulation.world.interest import ALL_CELLS, NOTHING


@attrs.define(eq=False)
class Spectator:
    """A viewer who sees what the player ``follow`` sees, or everything (`NO_PLAYER`)."""

    outlet: Outlet
    follow: int = NO_PLAYER
    shown: int = NOTHING
    """The cell in the middle of the view shown last."""
    skipped: int = 0
    resync_served: int = -(2**31)
    """The tick in which a keyframe was last granted."""


class Spectators(list[Spectator]):
    """The spectators of a match, in the order of their arrival."""

    def require_keyframes(self) -> None:
        """Send everybody a keyframe next."""
        for spectator in self:
            spectator.shown = NOTHING

    def show(self, replication: Replication, audience: EventRouter, players: Container[int]) -> None:
        """Send each spectator the events and the snapshot of the tick last captured.

        Args:
            players: numbers of those who can be followed.
        """
        for spectator in self:
            centre = replication.centre(spectator.follow) if spectator.follow in players else ALL_CELLS
            if events := audience.message(spectator, centre):
                spectator.outlet.send(events)
            taken = spectator.outlet.offer(replication.watched(spectator.shown, centre))
            spectator.shown = centre if taken else NOTHING
            spectator.skipped += not taken
