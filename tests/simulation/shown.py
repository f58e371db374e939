"""What a replication has for one player."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from game_server.simulation.replication.replication import Replication
from game_server.simulation.world.interest import NOTHING


def shown(replication: Replication, player: int, *, keyframe: bool, ack: int = 0, depth: int = 0) -> bytes:
    """The snapshot message of the tick last captured for ``player``."""
    return snapshots(replication, [player], {player} if keyframe else set(), ack=ack, depth=depth)[0]


def snapshots(
    replication: Replication, players: list[int], keyframes: Collection[int] = (), *, ack: int = 0, depth: int = 0
) -> list[bytes]:
    """The snapshot messages of the tick last captured for some players of one world."""
    encoder, numbers = replication.encoder, replication.first + np.array(players, np.intp)
    encoder.shown[[replication.first + player for player in keyframes]] = NOTHING
    made = encoder.encode(numbers, np.full(len(numbers), ack), np.full(len(numbers), depth))
    return [made.message(at) for at in range(len(numbers))]
