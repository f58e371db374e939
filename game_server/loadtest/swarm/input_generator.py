"""What the players of the swarm press: everybody on the move, each in a way of its own."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

STEPS_A_SECOND: Final = 30
FIRE: Final = 16

_UP, _DOWN, _LEFT, _RIGHT = 1, 2, 4, 8
_WAYS: Final = np.array([_UP, _UP | _RIGHT, _RIGHT, _DOWN | _RIGHT, _DOWN, _DOWN | _LEFT, _LEFT, _UP | _LEFT], np.uint8)
_AIM_STEPS: Final = 4096


class InputGenerator:
    """The buttons and the aim of ``count`` players.

    Everybody walks in one of eight directions for a second or so and then in another, and turns all the time, so
    that every field of every player's row changes in nearly every tick.

    Args:
        firing: whether everybody keeps the trigger pulled.

    Attributes:
        buttons: uint8 a player.
        aim: uint16 a player, 0 to 4095.
    """

    def __init__(self, count: int, chance: np.random.Generator, *, firing: bool) -> None:
        self._chance = chance
        self._trigger = np.uint8(FIRE if firing else 0)
        self._spin = (chance.integers(16, 64, count) * chance.choice((-1, 1), count)).astype(np.int32)
        self.buttons: npt.NDArray[np.uint8] = chance.choice(_WAYS, count) | self._trigger
        self.aim: npt.NDArray[np.uint16] = chance.integers(0, _AIM_STEPS, count).astype(np.uint16)

    def step(self) -> None:
        """One tick later."""
        turning = np.flatnonzero(self._chance.random(len(self.buttons)) < 1 / STEPS_A_SECOND)
        self.buttons[turning] = self._chance.choice(_WAYS, len(turning)) | self._trigger
        self.aim = ((self.aim + self._spin) % _AIM_STEPS).astype(np.uint16)
