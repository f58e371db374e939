"""Who of the people in a match does anything, and for how long they have not."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt


class Idleness:
    """For each seat, the seconds for which its player has done nothing. There is one notion of doing something.

    To press or release a button, to aim elsewhere, to ask for something (chat, a vote, a command), to arrive: that is
    something. A key that is held, or a mouse that lies still, is nothing.

    Args:
        seats: how many there are.
    """

    def __init__(self, seats: int) -> None:
        self._inputs: npt.NDArray[np.uint16] | None = None
        self._idle = np.zeros(seats)

    def look(self, inputs: npt.NDArray[np.uint16], elapsed: float, asked: Iterable[int] = ()) -> None:
        """Learn what people do; to be called a few times a second.

        Args:
            inputs: the latest inputs of each seat, along the last axis, as `InputBuffers.latest` has them: with only
                the last of them, a key that is pressed and released between two looks would not be seen.
            elapsed: seconds of match time since the last look; while the match stands still nobody is idle.
            asked: the players who have asked for something since then.
        """
        self._idle += elapsed
        if self._inputs is not None:
            self._idle[(inputs != self._inputs).any(axis=tuple(range(inputs.ndim - 1)))] = 0.0
        self._inputs = inputs.copy()
        for player in asked:
            self.did(player)

    def did(self, player: int) -> None:
        """``player`` has done something just now."""
        self._idle[player] = 0.0

    def of(self, player: int) -> float:
        """Seconds for which ``player`` has done nothing."""
        return float(self._idle[player])

    @property
    def of_all(self) -> float:
        """Seconds for which nobody in the match has done anything."""
        return float(self._idle.min())
