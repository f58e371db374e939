"""When the ticks of matches are due, as the server tells in its metrics: what ages of snapshots are taken from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import attrs


@attrs.frozen
class EpochReport:
    """What a server told once. Times are in seconds of the machine's monotonic clock.

    Attributes:
        zeros: when tick 0 was due, by the codes of the matches that it told of.
        as_of: a time at which that was so already; what happened later may be missing.
    """

    zeros: Mapping[str, float]
    as_of: float

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {"zeros": dict(self.zeros), "as_of": self.as_of}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> EpochReport:
        """What `to_json` gave."""
        return cls(data["zeros"], data["as_of"])


class TickEpochs:
    """What is known of every match.

    Args:
        behind: seconds by which the clock of whoever asks is behind the machine's monotonic one.
    """

    def __init__(self, behind: float = 0.0) -> None:
        self._behind = behind
        self._zeros: dict[str, float] = {}
        self._anew: dict[str, float] = {}
        """When the matches began anew of which nothing has been told since."""

    def learn(self, told: EpochReport) -> None:
        """The newest that the server told; it holds until the next."""
        as_of = told.as_of - self._behind
        self._anew = {match: at for match, at in self._anew.items() if at > as_of}
        self._zeros = {match: zero - self._behind for match, zero in told.zeros.items() if match not in self._anew}

    def begins_anew(self, match: str, now: float) -> None:
        """The ticks of ``match`` count from 0 again: what was told of it before ``now`` is void."""
        self._anew[match] = now
        self._zeros.pop(match, None)

    def of(self, match: str) -> float:
        """When tick 0 of ``match`` was due; NaN while that is not known."""
        return self._zeros.get(match, math.nan)
