"""Servers that say nothing any more: no client of the swarm waits for them for good."""

from __future__ import annotations

from typing import Final

import numpy as np

from game_server.loadtest.swarm.client_columns import ClientColumns

_LOOK_EVERY: Final = 0.5
_STALLED: Final = 2.0
"""Seconds between two looks, after which there may be much that this process has not read."""


class SilenceDetector:
    """Looks twice a second for clients that get no snapshots."""

    def __init__(self, seats: ClientColumns) -> None:
        self._seats = seats
        self._looked = 0.0

    def fallen(self, now: float) -> list[int]:
        """The slots of those who have heard nothing for longer than they have patience."""
        since = now - self._looked
        if since < _LOOK_EVERY:
            return []
        self._looked = now
        if since > _STALLED:
            return []
        seats = self._seats
        return np.flatnonzero(now - np.fmax(seats.arrived, seats.joined) > seats.patience).tolist()
