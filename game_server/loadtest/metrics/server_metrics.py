"""A reader of server metrics in the Prometheus text format: scrapes, and differences between two of them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from typing import TypeAlias

import attrs
from prometheus_client.parser import text_string_to_metric_families


class LowerBound(float):
    """A value known only to be greater than this: it fell into the last bucket of a histogram, which has no end."""


def in_digits(value: float) -> str:
    """Return ``value`` as conditions show it."""
    digits = f"{value:g}"
    return f"more than {digits}" if isinstance(value, LowerBound) else digits


Labels: TypeAlias = frozenset[tuple[str, str]]


@attrs.frozen
class Buckets:
    """Observations of a histogram over some time.

    Attributes:
        upper: upper bounds of the buckets, ascending; the last is infinite. Empty if nothing is known.
        counts: observations in each bucket, not cumulative.
        sum: of all observations, in their unit.
    """

    upper: tuple[float, ...]
    counts: tuple[float, ...]
    sum: float

    @property
    def count(self) -> float:
        """The number of observations."""
        return sum(self.counts)

    @property
    def mean(self) -> float | None:
        """The mean of all observations; None if there are none."""
        return self.sum / self.count if self.count else None

    def quantile(self, share: float) -> float | None:
        """Return what a ``share`` of the observations, from 0 to 1, do not exceed; None if there are none.

        Interpolated within a bucket, as by `histogram_quantile` of Prometheus. In the last bucket, which has no end, it
        is a `LowerBound`.
        """
        if not self.count:
            return None
        wanted, seen, lower = share * self.count, 0.0, 0.0
        for upper, count in zip(self.upper, self.counts, strict=True):
            if count and seen + count >= wanted:
                return (
                    LowerBound(lower)
                    if math.isinf(upper)
                    else lower + (upper - lower) * max(0.0, wanted - seen) / count
                )
            seen, lower = seen + count, lower if math.isinf(upper) else upper
        return lower

    @property
    def most(self) -> float | None:
        """A bound that no observation exceeds, or a `LowerBound` in the last bucket; None without observations."""
        used = [at for at, count in enumerate(self.counts) if count]
        if not used:
            return None
        bound = self.upper[used[-1]]
        return LowerBound(self.upper[used[-1] - 1] if used[-1] else 0.0) if math.isinf(bound) else bound


@attrs.frozen
class Scrape:
    """The values of all series at one moment, by name and labels."""

    series: Mapping[str, Mapping[Labels, float]]
    _buckets: dict[str, Mapping[Labels, list[tuple[Labels, float]]]] = attrs.field(factory=dict, init=False, eq=False)

    @classmethod
    def read(cls, text: str) -> Scrape:
        """Read the body of ``GET /metrics``.

        Raises:
            ValueError: it is not in the text format of Prometheus.
        """
        series: dict[str, dict[Labels, float]] = defaultdict(dict)
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                series[sample.name][frozenset(sample.labels.items())] = sample.value
        return cls(dict(series))

    def value(self, name: str, **labels: str) -> float:
        """Return the sum of all series of ``name`` with at least these labels; 0 if there are none."""
        return sum(self._matching(name, labels).values())

    def by_label(self, name: str, label: str) -> dict[str, float]:
        """Return the series of ``name`` by the value of ``label``, in which they must differ."""
        return {dict(has)[label]: value for has, value in self.series.get(name, {}).items()}

    def buckets(self, name: str) -> Mapping[Labels, list[tuple[Labels, float]]]:
        """Return the buckets of each histogram of ``name``, by its labels; cached, as there may be thousands."""
        if name not in self._buckets:
            found: dict[Labels, list[tuple[Labels, float]]] = defaultdict(list)
            for labels, value in self.series.get(f"{name}_bucket", {}).items():
                found[_without_bound(labels)].append((labels, value))
            self._buckets[name] = found
        return self._buckets[name]

    def _matching(self, name: str, labels: Mapping[str, str]) -> dict[Labels, float]:
        wanted = set(labels.items())
        return {has: value for has, value in self.series.get(name, {}).items() if wanted <= has}


@attrs.frozen
class Interval:
    """The difference between two scrapes of one server.

    A new series counts from 0. A series that has gone, with a match that ended, does not count. A counter that is lower
    than before was reset to 0 in between, and its increase is what it says now.
    """

    before: Scrape
    after: Scrape

    def increase(self, name: str, **labels: str) -> float:
        """Return by how much all counters of ``name`` with at least these labels have grown together."""
        before = self.before.series.get(name, {})
        return sum(_grown(before.get(has, 0.0), now) for has, now in self.after._matching(name, labels).items())

    def histogram(self, name: str, **labels: str) -> Buckets:
        """Return what all histograms of ``name`` with at least these labels have observed together."""
        cumulative: dict[float, float] = defaultdict(float)
        total = 0.0
        buckets = self.after.buckets(name)
        for has, count in self.after._matching(f"{name}_count", labels).items():
            reset = count < self._was(f"{name}_count", has)
            for bucket, now in buckets.get(has, ()):
                was = 0.0 if reset else self._was(f"{name}_bucket", bucket)
                cumulative[float(dict(bucket)["le"])] += now - was
            total += self.after.series[f"{name}_sum"][has] - (0.0 if reset else self._was(f"{name}_sum", has))
        upper = tuple(sorted(cumulative))
        counts = tuple(cumulative[to] - (cumulative[upper[at - 1]] if at else 0.0) for at, to in enumerate(upper))
        return Buckets(upper, counts, total)

    def _was(self, name: str, has: Labels) -> float:
        return self.before.series.get(name, {}).get(has, 0.0)


def _without_bound(labels: Labels) -> Labels:
    return frozenset((name, value) for name, value in labels if name != "le")


def _grown(was: float, now: float) -> float:
    return now - was if now >= was else now
