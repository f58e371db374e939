"""Which matches' ticks are told apart: matches come and go, and a scraper keeps every label that it has ever seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from game_server.telemetry.histogram import Histogram
from game_server.telemetry.tick_profile import TickHistograms

MOST_LABELS: Final = 16
"""Each is 4 KB in every answer to a scraper."""
OTHER: Final = "other"
"""The label of all matches that have none of their own."""


class TickSeries:
    """Gives labels to the first so many matches, for as long as each lives; the rest is `OTHER` together.

    No tick is lost: what a match did that was never told apart stays in `OTHER`, which never goes down. A match that is
    in there gets no label later.

    Args:
        most: labels at the same time, beside `OTHER`.
    """

    def __init__(self, most: int = MOST_LABELS) -> None:
        self._most = most
        self._labelled: set[str] = set()
        self._unlabelled: set[str] = set()
        self._ended = TickHistograms()
        self._ended_phases = TickHistograms().phases

    def ended(self, match: str, ticks: TickHistograms) -> None:
        """``match`` is over; nothing is recorded in ``ticks`` any more."""
        _add(self._ended_phases, ticks.phases)
        if match in self._labelled:
            self._labelled.remove(match)
        else:
            self._unlabelled.discard(match)
            self._ended.add(ticks)

    def phases(self, matches: Iterable[TickHistograms]) -> tuple[Histogram, ...]:
        """How long the phases took in ``matches``, all that there are, and in those that have ended."""
        total = TickHistograms().phases
        _add(total, self._ended_phases)
        for ticks in matches:
            _add(total, ticks.phases)
        return total

    def by_label(self, matches: Mapping[str, TickHistograms]) -> dict[str, TickHistograms]:
        """The histograms of ``matches``, all that there are, by label; `OTHER` once there is one."""
        labelled, rest = {}, []
        for match, ticks in matches.items():
            if match not in self._labelled and match not in self._unlabelled:
                (self._labelled if len(self._labelled) < self._most else self._unlabelled).add(match)
            if match in self._labelled:
                labelled[match] = ticks
            else:
                rest.append(ticks)
        if rest or self._ended.duration.count:
            labelled[OTHER] = other = TickHistograms()
            for ticks in (self._ended, *rest):
                other.add(ticks)
        return labelled


def _add(total: Iterable[Histogram], more: Iterable[Histogram]) -> None:
    for histogram, other in zip(total, more, strict=True):
        histogram.add(other)
