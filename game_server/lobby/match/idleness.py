"""Idleness: for how long each player has done nothing."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt


class Idleness:
    """For each seat, the seconds for which its player has done nothing.

    Pressing or releasing a button, aiming elsewhere, a request (chat, a vote, a command) and arriving count as doing
    something. A key that is held, or a mouse that lies still, does not.

    Args:
        seats: how many there are.
        tick_rate: ticks a second.
        tick: the one simulated last: until then, nobody counts as idle.
    """

    def __init__(self, seats: int, tick_rate: int, tick: int = 0) -> None:
        self._tick_rate = tick_rate
        self._tick = tick
        self._inputs: npt.NDArray[np.uint16] | None = None
        self._idle = np.zeros(seats)

    def look(self, inputs: npt.NDArray[np.uint16], tick: int, asked: Iterable[int] = ()) -> None:
        """Compare the inputs with those of the last look; to be called a few times a second.

        Args:
            inputs: the latest inputs of each seat, along the last axis, as `InputBuffers.latest` has them: with only
                the last of them, a key that is pressed and released between two looks would not be seen.
            tick: the last one simulated. While the match stands still nobody becomes idle.
            asked: players who have made a request since then.
        """
        # Another world counts its ticks from 0 again.
        self._idle += (tick - self._tick if tick >= self._tick else tick) / self._tick_rate
        self._tick = tick
        if self._inputs is not None:
            self._idle[(inputs != self._inputs).any(axis=tuple(range(inputs.ndim - 1)))] = 0.0
        self._inputs = inputs.copy()
        for player in asked:
            self.did(player)

    def did(self, player: int) -> None:
        """Note that ``player`` has done something."""
        self._idle[player] = 0.0

    def of(self, player: int) -> float:
        """Seconds for which ``player`` has done nothing."""
        return float(self._idle[player])

    @property
    def of_all(self) -> float:
        """Seconds for which nobody in the match has done anything."""
        return float(self._idle.min())
