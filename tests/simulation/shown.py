"""What a replication has for one player."""

from __future__ import annotations

import numpy as np

from game_server.simulation.replication.replication import Replication


def shown(replication: Replication, player: int, *, keyframe: bool, ack: int = 0, depth: int = 0) -> bytes:
    """The snapshot message of the tick last captured for ``player``."""
    [message] = replication.snapshots([player], np.array([ack]), np.array([depth]), [player] if keyframe else [])
    return message
