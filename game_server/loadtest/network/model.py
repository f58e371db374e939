"""A model of bad networks: times of arrival as a pure function of times of departure and a seed.

The load test applies it by a relay or, in the swarm, by `swarm.delayed_io`; ``game-server host --network`` puts the
same relay in front of a server. The client knows nothing of it: other programs get a client without a simulation.
"""

from __future__ import annotations

import math
import random
from typing import Final

import attrs

from game_server.errors import ConfigError


@attrs.frozen
class Network:
    """The properties of a network. All times are in seconds.

    Attributes:
        round_trip: there and back, without a stall; half of it each way.
        jitter: by how much a round trip is longer or shorter at most; half of it each way, uniformly distributed.
        stall: how long nothing gets through either way when the link stalls; then all that waited arrives at once.
            Packet loss looks like this over TCP.
        stall_every: mean time from one stall to the next; each is between half and one and a half of it.
        bytes_per_second: throughput each way.
        cut_after: mean lifetime of a connection; each is between half and one and a half of it.
    """

    round_trip: float = 0.0
    jitter: float = 0.0
    stall: float = 0.0
    stall_every: float = math.inf
    bytes_per_second: float = math.inf
    cut_after: float = math.inf

    def __attrs_post_init__(self) -> None:
        if min(attrs.astuple(self)) < 0 or self.bytes_per_second == 0:
            raise ConfigError(f"a network takes no negative figures and a throughput above 0: {self}")
        if self.jitter > self.round_trip:
            raise ConfigError(f"a jitter of {self.jitter} s is more than the round trip of {self.round_trip} s")
        if self.stall * 2 > self.stall_every:
            raise ConfigError(f"stalls of {self.stall} s every {self.stall_every} s would run into each other")


PRESETS: Final = {
    "lan": Network(0.001),
    "home": Network(0.030, 0.003),
    "mobile": Network(0.090, 0.025, stall=0.250, stall_every=30.0),
    "bad": Network(0.150, 0.040, stall=0.400, stall_every=5.0),
    "satellite": Network(0.600, 0.020),
}


_REMEMBERED: Final = 8
"""Stalls: the two directions ask about times at most a few stalls apart."""


class Impairments:
    """The stalls and the break of one connection, common to its two directions.

    Args:
        start: when the connection began; all times are in seconds of one steady clock.

    Attributes:
        network: may be changed while the connection lasts.
        cut_at: when the connection breaks.
    """

    def __init__(self, network: Network, seed: int, start: float) -> None:
        self.cut_at = start + network.cut_after * _about_one(random.Random(f"cut {seed}"))
        self.network = network
        self._random = random.Random(f"stall {seed}")
        self._stalls: list[tuple[float, float]] = []
        self._next = start

    def clears(self, time: float) -> float:
        """Return when bytes that would arrive at ``time`` do: then, or at the end of the stall."""
        network = self.network
        while self._next <= time and network.stall_every < math.inf:
            self._next += network.stall_every * _about_one(self._random)
            self.stall(self._next, self._next + network.stall)
        for began, over in reversed(self._stalls):
            if began <= time < over:
                return over
        return time

    def stall(self, begins: float, ends: float) -> None:
        """Let nothing through from ``begins`` to ``ends``."""
        self._stalls.append((begins, ends))
        del self._stalls[:-_REMEMBERED]


class DelayLine:
    """One direction of a connection. Bytes arrive in the order in which they were sent."""

    def __init__(self, impairments: Impairments, seed: str) -> None:
        self._impairments = impairments
        self._random = random.Random(seed)
        self._free_at = -math.inf
        self._arrived = -math.inf

    def arrival(self, now: float, size: int) -> float:
        """Return when ``size`` bytes sent ``now`` arrive; never before bytes that were sent earlier."""
        network = self._impairments.network
        self._free_at = max(self._free_at, now) + size / network.bytes_per_second
        wavering = (2 * self._random.random() - 1) * network.jitter
        due = self._free_at + (network.round_trip + wavering) / 2
        self._arrived = max(self._arrived, self._impairments.clears(due))
        return self._arrived


def _about_one(chance: random.Random) -> float:
    return 0.5 + chance.random()
