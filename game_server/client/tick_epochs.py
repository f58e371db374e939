"""The times at which ticks are due, from the server's metrics: the ages of snapshots are measured from them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import attrs


@attrs.frozen
class EpochReport:
    """One report of a server. Times are in seconds of the machine's monotonic clock.

    Attributes:
        zeros: when tick 0 was due, by match code.
        as_of: a time at which the report was already true; what happened later may be missing from it.
    """

    zeros: Mapping[str, float]
    as_of: float

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return {"zeros": dict(self.zeros), "as_of": self.as_of}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> EpochReport:
        """Read what `to_json` returned."""
        return cls(data["zeros"], data["as_of"])


class TickEpochs:
    """When tick 0 was due in each match, on the reader's clock.

    Args:
        behind: seconds by which the reader's clock is behind the machine's monotonic clock.
    """

    def __init__(self, behind: float = 0.0) -> None:
        self._behind = behind
        self._zeros: dict[str, float] = {}
        self._restarted: dict[str, float] = {}
        """When each match restarted that no report has covered since."""

    def learn(self, report: EpochReport) -> None:
        """Take over a report; it replaces the one before."""
        as_of = report.as_of - self._behind
        self._restarted = {match: at for match, at in self._restarted.items() if at > as_of}
        self._zeros = {
            match: zero - self._behind for match, zero in report.zeros.items() if match not in self._restarted
        }

    def restart(self, match: str, now: float) -> None:
        """Note that the ticks of ``match`` restart at 0: reports from before ``now`` no longer hold for it."""
        self._restarted[match] = now
        self._zeros.pop(match, None)

    def of(self, match: str) -> float:
        """Return when tick 0 of ``match`` was due; NaN while that is unknown."""
        return self._zeros.get(match, math.nan)
