"""A column of numbers, one for each small number that the system or a tick group gives out."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


class NumberedColumn:
    """A number for each descriptor, or each player: the lowest that is free is given out, so an array is short enough.

    Args:
        default: of those that were never set; its type is that of the column.

    Attributes:
        values: by descriptor or player, up to the highest that was set, at least.
    """

    __slots__ = ("_default", "values")

    def __init__(self, default: float) -> None:
        self.values: npt.NDArray[Any] = np.full(64, default)
        self._default = default

    def __getitem__(self, number: int) -> Any:
        return self.values[number].item() if number < len(self.values) else self._default

    def __setitem__(self, number: int, value: float) -> None:
        if number >= len(self.values):
            more = np.full(max(number + 1, 2 * len(self.values)) - len(self.values), self._default)
            self.values = np.concatenate((self.values, more))
        self.values[number] = value
