"""The inputs of the swarm's players: all keep moving, each in its own way."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

STEPS_A_SECOND: Final = 30
"""The tick rate of a match by default; a client steps at this rate whatever the match's."""
FIRE: Final = 16

_UP, _DOWN, _LEFT, _RIGHT = 1, 2, 4, 8
_DIRECTIONS: Final = np.array(
    [_UP, _UP | _RIGHT, _RIGHT, _DOWN | _RIGHT, _DOWN, _DOWN | _LEFT, _LEFT, _UP | _LEFT], np.uint8
)
_AIM_STEPS: Final = 4096


class InputGenerator:
    """The buttons and aim of ``count`` players.

    Each walks in one of eight directions for about a second, then in another, and turns all the time: so every field of
    every player's row changes in nearly every tick, which is the worst case for the server.

    Args:
        firing: whether all players hold the fire button.

    Attributes:
        buttons: uint8 per player.
        aim: uint16 per player, 0 to 4095.
    """

    def __init__(self, count: int, chance: np.random.Generator, *, firing: bool) -> None:
        self._chance = chance
        self._trigger = np.uint8(FIRE if firing else 0)
        self._spin = (chance.integers(16, 64, count) * chance.choice((-1, 1), count)).astype(np.int32)
        self.buttons: npt.NDArray[np.uint8] = chance.choice(_DIRECTIONS, count) | self._trigger
        self.aim: npt.NDArray[np.uint16] = chance.integers(0, _AIM_STEPS, count).astype(np.uint16)

    def step(self) -> None:
        """Move on by one tick."""
        turning = np.flatnonzero(self._chance.random(len(self.buttons)) < 1 / STEPS_A_SECOND)
        self.buttons[turning] = self._chance.choice(_DIRECTIONS, len(turning)) | self._trigger
        self.aim = ((self.aim + self._spin) % _AIM_STEPS).astype(np.uint16)
