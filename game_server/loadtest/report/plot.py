"""Plots over time as SVG, without a script: text in, text out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Final

import attrs

Point = tuple[float, float]

WIDTH, HEIGHT = 560, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 10, 28
_MOST_POINTS: Final = 400
_TICKS: Final = 4
_TIMES: Final = 6
_STEPS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 86_400)
"""Seconds from one label of the time to the next."""
_LABEL: Final = 40
"""Width of such a label."""


@attrs.frozen
class PlotLine:
    """A named curve; a value of None is a gap in it."""

    name: str
    values: Sequence[float | None]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to see."""
        return all(value is None for value in self.values)


@attrs.frozen
class Plot:
    """Curves over the seconds of a run."""

    title: str
    unit: str
    lines: tuple[PlotLine, ...]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to see."""
        return all(line.empty for line in self.lines)


def to_svg(plot: Plot, seconds: Sequence[float]) -> str:
    """The plot with its axes; colours are the classes ``c0``, ``c1``, ... of the page.

    Args:
        plot: not an empty one.
        seconds: the time of each value, ascending.
    """
    top = nice(max(value for line in plot.lines for value in line.values if value is not None))
    start, end = seconds[0], max(seconds[-1], seconds[0] + 1)

    def place(second: float, value: float) -> Point:
        across = _LEFT + (second - start) / (end - start) * (WIDTH - _LEFT - _RIGHT)
        return round(across, 1), round(HEIGHT - _BOTTOM - value / top * (HEIGHT - _TOP - _BOTTOM), 1)

    parts = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(plot.title)}">']
    for tick in range(_TICKS + 1):
        value = top * tick / _TICKS
        _, y = place(start, value)
        parts.append(f'<path class="grid" d="M{_LEFT} {y}H{WIDTH - _RIGHT}"/>')
        parts.append(f'<text class="axis" text-anchor="end" x="{_LEFT - 6}" y="{y + 4}">{short(value)}</text>')
    for second, label in times(start, end):
        x, _ = place(second, 0)
        anchor = "end" if x > WIDTH - _LABEL / 2 else "middle"
        parts.append(f'<text class="axis" text-anchor="{anchor}" x="{x}" y="{HEIGHT - 8}">{label}</text>')
    for number, line in enumerate(plot.lines):
        path = _path([None if v is None else place(s, v) for s, v in _thinned(seconds, line.values)])
        if path:
            parts.append(f'<path class="line c{number}" d="{path}"><title>{escape(line.name)}</title></path>')
    return "".join((*parts, "</svg>"))


def nice(value: float) -> float:
    """The smallest of 1, 2, 4, 5, 8 and 10 times a power of ten that is not less."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 5, 8, 10, 20) if step * power >= value * (1 - 1e-9))


def times(start: float, end: float) -> list[tuple[float, str]]:
    """Round moments of a run from ``start`` to ``end``, in seconds, and how they are written; at most seven."""
    step = next((step for step in _STEPS if (end - start) / step <= _TIMES), _STEPS[-1])
    size, unit = next((size, unit) for size, unit in ((3600, "h"), (60, "min"), (1, "s")) if step % size == 0)
    first = math.ceil(start / step)
    return [(n * step, f"{n * step // size} {unit}") for n in range(first, math.floor(end / step) + 1)]


def short(value: float) -> str:
    """A number in few characters."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (1e3 if letter == 'k' else size):.3g}{letter}"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def _thinned(seconds: Sequence[float], values: Sequence[float | None]) -> list[tuple[float, float | None]]:
    """At most `_MOST_POINTS`: of several neighbours the largest, since peaks are what one looks for."""
    width = -(-len(seconds) // _MOST_POINTS) or 1
    thinned: list[tuple[float, float | None]] = []
    for at in range(0, len(seconds), width):
        known = [value for value in values[at : at + width] if value is not None]
        thinned.append((seconds[at], max(known, default=None)))
    return thinned


def _path(points: Sequence[Point | None]) -> str:
    parts, drawing = [], False
    for point in points:
        if point is not None:
            parts.append(f"{'L' if drawing else 'M'}{point[0]:g} {point[1]:g}")
        drawing = point is not None
    # A lone point is drawn by the round end of a line of no length.
    return "".join(parts) + ("h0" if len(parts) == 1 else "")
