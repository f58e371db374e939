"""SplitMix64, the random generator of a world: its whole state is one number, which hash and checkpoint take as it is.

G. L. Steele, D. Lea and C. H. Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014. It passes the tests
of BigCrush, any seed is a good one, and no version of Python or numpy changes its stream.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

_STEP: Final = 0x9E3779B97F4A7C15
"""Of the state: 2^64 divided by the golden ratio, as an odd number."""
_FIRST: Final = 0xBF58476D1CE4E5B9
_SECOND: Final = 0x94D049BB133111EB
"""Factors of the finaliser: D. Stafford's variant 13, as in the paper's reference."""
_MASK: Final = 2**64 - 1
_UNIT: Final = 2.0**-53
"""The step between the numbers drawn: a double has 53 bits."""


class SplitMix64:
    """A stream of random numbers.

    Args:
        seed: any integer; seeds that are equal modulo 2^64 give the same stream.

    Attributes:
        state: 0 to 2^64 - 1; a generator with the state of another goes on as that one does.
    """

    __slots__ = ("state",)

    def __init__(self, seed: int) -> None:
        self.state = seed & _MASK

    def bits(self) -> int:
        """Draw 64 bits, as a number from 0 to 2^64 - 1."""
        mixed = self.state = self.state + _STEP & _MASK
        mixed = (mixed ^ mixed >> 30) * _FIRST & _MASK
        mixed = (mixed ^ mixed >> 27) * _SECOND & _MASK
        return mixed ^ mixed >> 31

    def random(self) -> float:
        """Draw a number from 0 up to, not including, 1."""
        return (self.bits() >> 11) * _UNIT

    def below(self, limit: int) -> int:
        """Draw a whole number from 0 up to, not including, ``limit``, which is small beside 2^53."""
        return int(self.random() * limit)

    def many(self, count: int) -> npt.NDArray[np.float64]:
        """Draw what ``count`` calls of `random` would give; from about twenty on, this is quicker."""
        # Integers of 64 bits wrap in numpy, so that nothing has to be masked.
        mixed = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(_STEP) + np.uint64(self.state)
        self.state = self.state + count * _STEP & _MASK
        mixed = (mixed ^ mixed >> np.uint64(30)) * np.uint64(_FIRST)
        mixed = (mixed ^ mixed >> np.uint64(27)) * np.uint64(_SECOND)
        mixed = (mixed ^ mixed >> np.uint64(31)) >> np.uint64(11)
        return mixed.astype(np.float64) * _UNIT
