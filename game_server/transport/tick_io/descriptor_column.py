"""A number for each descriptor, as an array."""

from __future__ import annotations

from typing import Any

import numpy as np


class DescriptorColumn:
    """A number for each descriptor: the system gives out the lowest that is free, so an array is short enough.

    Attributes:
        all: by descriptor.
    """

    __slots__ = ("_nothing", "all")

    def __init__(self, nothing: float) -> None:
        self.all = np.full(64, nothing)
        self._nothing = nothing

    def __getitem__(self, fd: int) -> Any:
        return self.all[fd]

    def __setitem__(self, fd: int, value: float) -> None:
        if fd >= len(self.all):
            more = np.full(max(fd + 1, 2 * len(self.all)) - len(self.all), self._nothing)
            self.all = np.concatenate((self.all, more))
        self.all[fd] = value
