"""Bad networks: how long bytes are on their way, as a pure function of the times at which they set out.

Everything is seeded: the same seed and the same times of departure give the same times of arrival.
"""

from __future__ import annotations

import math
import random
from typing import Final

import attrs

from game_server.errors import ConfigError


@attrs.frozen
class Network:
    """What a connection is put through. Times in seconds.

    Attributes:
        round_trip: there and back, without a stall; half of it each way.
        jitter: by how much a round trip is longer or shorter at most; half of it each way, evenly spread.
        stall: how long nothing gets through, either way, when the link stalls; all that waits comes out at once
            then. So looks over TCP what is loss underneath.
        stall_every: from the beginning of a stall to that of the next, on average; each wait is between half and one
            and a half of it.
        bytes_per_second: what gets through, each way.
        cut_after: how long a connection lives, on average, before it breaks; between half and one and a half of it.
    """

    round_trip: float = 0.0
    jitter: float = 0.0
    stall: float = 0.0
    stall_every: float = math.inf
    bytes_per_second: float = math.inf
    cut_after: float = math.inf

    def __attrs_post_init__(self) -> None:
        if min(attrs.astuple(self)) < 0 or self.bytes_per_second == 0:
            raise ConfigError(f"a network has no negative figures, and lets something through: {self}")
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
"""Stalls."""


class Impairments:
    """What one connection goes through, the same for both of its directions: when it stalls and when it breaks.

    Args:
        start: when the connection began; all times are in seconds of one steady clock.

    Attributes:
        network: may be changed on the way.
        cut_at: when the connection breaks.
    """

    def __init__(self, network: Network, seed: int, start: float) -> None:
        self.cut_at = start + network.cut_after * _about_one(random.Random(f"cut {seed}"))
        self.network = network
        self._random = random.Random(f"stall {seed}")
        self._stalls: list[tuple[float, float]] = []
        self._next = start

    def clears(self, time: float) -> float:
        """When what would come out at ``time`` comes out: then, or when the stall is over."""
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
        # The two directions ask about times that lie at most a few stalls apart.
        del self._stalls[:-_REMEMBERED]


class DelayLine:
    """One direction of a connection. Nothing overtakes: what set out first arrives first."""

    def __init__(self, weather: Impairments, seed: str) -> None:
        self._weather = weather
        self._random = random.Random(seed)
        self._free_at = -math.inf
        self._arrived = -math.inf

    def arrival(self, now: float, size: int) -> float:
        """When ``size`` bytes that set out ``now`` arrive; never before what set out earlier."""
        network = self._weather.network
        self._free_at = max(self._free_at, now) + size / network.bytes_per_second
        wavering = (2 * self._random.random() - 1) * network.jitter
        due = self._free_at + (network.round_trip + wavering) / 2
        self._arrived = max(self._arrived, self._weather.clears(due))
        return self._arrived


def _about_one(chance: random.Random) -> float:
    return 0.5 + chance.random()
