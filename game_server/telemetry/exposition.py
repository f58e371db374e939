"""The text that a Prometheus server scrapes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import accumulate
from typing import Any, Final, TypeAlias

from game_server.telemetry.histogram import BOUNDS, Histogram
from game_server.telemetry.metrics import Metric, Reading
from game_server.telemetry.process import ProcessReader

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
FRESH_FOR: Final = 0.5
"""Seconds for which everybody gets the same text: scrapers that ask once a second still see new values each time."""

_SERIES: Final = (
    "".join(f'NAME_bucket{{LABELS,le="{bound}"}} %d\n' for bound in (*BOUNDS, "+Inf"))
    + "NAME_count{LABELS} %d\nNAME_sum{LABELS} %r\n"
)
"""A histogram as a template for `%`. There may be hundreds: prometheus-client takes ten times as long to format one,
and longer than a tick for all."""

_Shape: TypeAlias = list[tuple[Metric, tuple[tuple[str, ...], ...]]]
"""The series of each metric, by the values of their labels."""


class Exposition:
    """Formats the metrics when asked, at most twice a second.

    Args:
        read: returns the values.
        now: returns seconds of any steady clock.
        node: the value of a further label ``node`` of every series; empty for no such label.
    """

    def __init__(self, read: Callable[[], Reading], now: Callable[[], float], node: str = "") -> None:
        self._read = read
        self._now = now
        self._process = ProcessReader()
        self._writer = Writer(f'node="{_escaped(node)}"' if node else "")
        self._text = b""
        self._stale_at = float("-inf")

    def text(self) -> bytes:
        """Return the text, at most half a second old."""
        now = self._now()
        if now >= self._stale_at:
            self._text = self._writer.write({**self._read(), **self._process.read()})
            self._stale_at = now + FRESH_FOR
        return self._text


def merged(texts: Iterable[bytes]) -> bytes:
    """Put the metrics of several processes together, whose series differ in a label.

    All lines of one metric have to be one group (Prometheus' text format, version 0.0.4).
    """
    groups: dict[bytes, tuple[bytes, list[bytes]]] = {}
    for text in texts:
        for part in text.split(b"# HELP ")[1:]:
            described, _, series = part.partition(b"\n# TYPE ")
            kind, _, series = series.partition(b"\n")
            head = b"# HELP " + described + b"\n# TYPE " + kind + b"\n"
            groups.setdefault(described.partition(b" ")[0], (head, []))[1].append(series)
    return b"".join(head + b"".join(series) for head, series in groups.values())


class Writer:
    """Formats readings; the text around the numbers is kept as long as the series are the same.

    Args:
        label: of every series, as it is written; empty for none.
    """

    def __init__(self, label: str = "") -> None:
        self._label = label
        self._shape: _Shape = []
        self._template = ""

    def write(self, reading: Reading) -> bytes:
        """Format ``reading`` in Prometheus' text format, version 0.0.4.

        Raises:
            ValueError: a series has more or fewer labels than its metric.
        """
        shape = [(metric, tuple(series)) for metric, series in reading.items()]
        if shape != self._shape:
            self._template = "".join(_template(metric, reading[metric], self._label) for metric in reading)
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


def _template(metric: Metric, series: Mapping[tuple[str, ...], float | Histogram], label: str) -> str:
    """Return the text of a metric, with a placeholder for each number."""
    lines = [f"# HELP {metric.name} {metric.help}\n# TYPE {metric.name} {metric.type}\n".replace("%", "%%")]
    for values, value in series.items():
        labels = ",".join(filter(None, (label, _labels(metric, values)))).replace("%", "%%")
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
