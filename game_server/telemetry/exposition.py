"""The text that a Prometheus server scrapes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.process_collector import ProcessCollector

from game_server.telemetry.histogram import BOUNDS, Histogram
from game_server.telemetry.metrics import Metric, Reading

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
FRESH_FOR: Final = 1.0
"""Seconds for which the same text is given to everybody who asks."""

_SERIES: Final = (
    "".join(f'NAME_bucket{{LABELS,le="{bound}"}} %d\n' for bound in (*BOUNDS, "+Inf"))
    + "NAME_count{LABELS} %d\nNAME_sum{LABELS} %r\n"
)
"""What a histogram looks like, for `%` to fill in. The library takes ten times as long to write one out, and there may
be hundreds: that would be longer than a tick."""


class Exposition:
    """The text, made anew when it is asked for, but once a second at most.

    Args:
        read: gives the numbers.
        now: seconds of any steady clock.
    """

    def __init__(self, read: Callable[[], Reading], now: Callable[[], float]) -> None:
        self._read = read
        self._now = now
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._text = b""
        self._stale_at = float("-inf")

    def text(self) -> bytes:
        """As of at most a second ago."""
        now = self._now()
        if now >= self._stale_at:
            self._text = write(self._read()) + generate_latest(self._registry)
            self._stale_at = now + FRESH_FOR
        return self._text


def write(reading: Reading) -> bytes:
    """``reading`` in the text format of Prometheus, version 0.0.4.

    Raises:
        ValueError: a series has more or fewer labels than its metric.
    """
    lines = []
    for metric, series in reading.items():
        lines.append(f"# HELP {metric.name} {metric.help}\n# TYPE {metric.name} {metric.type}\n")
        named = _SERIES.replace("NAME", metric.name)
        for values, value in series.items():
            labels = _labels(metric, values)
            if isinstance(value, Histogram):
                cumulative = tuple(accumulate(value.counts))
                lines.append(
                    named.replace("LABELS", labels.replace("%", "%%")) % (*cumulative, cumulative[-1], value.sum)
                )
            else:
                lines.append(f"{metric.name}{{{labels}}} {value!r}\n" if labels else f"{metric.name} {value!r}\n")
    return "".join(lines).encode()


def _labels(metric: Metric, values: tuple[str, ...]) -> str:
    if len(values) != len(metric.labels):
        raise ValueError(f"{metric.name} has the labels {metric.labels}, and a series {values}")
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in zip(metric.labels, values, strict=True))


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
