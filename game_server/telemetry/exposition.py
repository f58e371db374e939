"""The text that a Prometheus server scrapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import accumulate
from typing import Any, Final, TypeAlias

from game_server.telemetry.histogram import BOUNDS, Histogram
from game_server.telemetry.metrics import Metric, Reading
from game_server.telemetry.process import ProcessReader

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
FRESH_FOR: Final = 0.5
"""Seconds for which the same text is given to everybody who asks: less than the second of those who ask most often."""

_SERIES: Final = (
    "".join(f'NAME_bucket{{LABELS,le="{bound}"}} %d\n' for bound in (*BOUNDS, "+Inf"))
    + "NAME_count{LABELS} %d\nNAME_sum{LABELS} %r\n"
)
"""What a histogram looks like, for `%` to fill in. The library takes ten times as long to write one out, and there may
be hundreds: that would be longer than a tick."""

_Shape: TypeAlias = list[tuple[Metric, tuple[tuple[str, ...], ...]]]
"""Which series there are."""


class Exposition:
    """The text, made anew when it is asked for, but twice a second at most.

    Args:
        read: gives the numbers.
        now: seconds of any steady clock.
    """

    def __init__(self, read: Callable[[], Reading], now: Callable[[], float]) -> None:
        self._read = read
        self._now = now
        self._process = ProcessReader()
        self._writer = Writer()
        self._text = b""
        self._stale_at = float("-inf")

    def text(self) -> bytes:
        """As of at most half a second ago."""
        now = self._now()
        if now >= self._stale_at:
            self._text = self._writer.write({**self._read(), **self._process.read()})
            self._stale_at = now + FRESH_FOR
        return self._text


class Writer:
    """Writes readings, and keeps all of the text that is not a number for as long as the series are the same."""

    def __init__(self) -> None:
        self._shape: _Shape = []
        self._template = ""

    def write(self, reading: Reading) -> bytes:
        """``reading`` in the text format of Prometheus, version 0.0.4.

        Raises:
            ValueError: a series has more or fewer labels than its metric.
        """
        shape = [(metric, tuple(series)) for metric, series in reading.items()]
        if shape != self._shape:
            self._template = "".join(_template(metric, reading[metric]) for metric in reading)
            self._shape = shape
        numbers: list[Any] = []
        for series in reading.values():
            for value in series.values():
                if isinstance(value, Histogram):
                    numbers += accumulate(value.counts)
                    numbers += numbers[-1], value.sum
                else:
                    numbers.append(value)
        return (self._template % tuple(numbers)).encode()


def _template(metric: Metric, series: Mapping[tuple[str, ...], float | Histogram]) -> str:
    """The text of a metric, with a place for each number."""
    lines = [f"# HELP {metric.name} {metric.help}\n# TYPE {metric.name} {metric.type}\n".replace("%", "%%")]
    for values, value in series.items():
        labels = _labels(metric, values).replace("%", "%%")
        if isinstance(value, Histogram):
            lines.append(_SERIES.replace("NAME", metric.name).replace("LABELS", labels))
        else:
            lines.append(f"{metric.name}{{{labels}}} %r\n" if labels else f"{metric.name} %r\n")
    return "".join(lines)


def _labels(metric: Metric, values: tuple[str, ...]) -> str:
    if len(values) != len(metric.labels):
        raise ValueError(f"{metric.name} has the labels {metric.labels}, and a series {values}")
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in zip(metric.labels, values, strict=True))


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
