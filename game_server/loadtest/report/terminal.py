"""The report of a run as a table for the terminal."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

import attrs
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from game_server.loadtest.metrics.definitions import ACK_LATENCY_PARTS, COUNTS_BY_KIND
from game_server.loadtest.metrics.server_scraper import SERVER_SPREADS
from game_server.loadtest.report.summary import Banner, about, banners, nobody_in, outcome
from game_server.telemetry import printable

_LEFT_OUT: Final = frozenset(
    (
        "format",
        "series",
        "server",
        "absent",
        "more_than",
        "server_silent_since",
        "tester",
        "fail_if",
        "exit_code",
        "interrupted",
    )
)
_NARROW: Final = 60
"""Characters of width below which a value goes under its name instead of beside it."""
_STYLES: Final = {"bad": "bold red", "warn": "yellow", "good": "green"}


def as_table(figures: dict[str, Any]) -> RenderableType:
    """Return banners, the figures of `report`, and the outcome last, where a terminal shows it."""
    rows = _why_nobody(figures) if nobody_in(figures) else _all(figures)
    return Group(*map(_said, banners(figures)), _Rows(list(rows)), _said(outcome(figures)))


def _why_nobody(figures: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "run", about(figures)
    for name in COUNTS_BY_KIND:
        if figures[name]:
            yield name, _shown(figures[name])


def _all(figures: dict[str, Any]) -> Iterator[tuple[str, str]]:
    absent = figures["absent"]
    for name, value in figures.items():
        if name not in _LEFT_OUT:
            yield name.replace("_", " "), f"not measured: {absent[name]}" if name in absent else _shown(value)
        if name == "input_ack_ms":
            yield "  consists of", ACK_LATENCY_PARTS
    server = figures["server"]
    if server is None:
        yield "server", f"no metrics: {absent['server']}"
    else:
        for name, value in server.items():
            if value is not None and (name not in SERVER_SPREADS or value["p50"] is not None):
                more = [path.removeprefix(f"{name}.") for path in figures["more_than"] if path.startswith(f"{name}.")]
                yield "server " + name.removeprefix("server_").replace("_", " "), _shown(value, more)
    cpu = figures["tester"]["cpu"]
    yield "tester cpu", "   ".join(f"{name} {share:.0%}" for name, share in cpu.items()) or "-"


def _said(banner: Banner) -> Text:
    return Text(printable(banner.text), _STYLES[banner.tone])


@attrs.frozen
class _Rows:
    """Names and values, in two columns if there is room."""

    rows: list[tuple[str, str]]

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        if options.max_width < _NARROW:
            for name, value in self.rows:
                yield Text.assemble((name, "bold"), " ", printable(value))
            return
        table = Table(show_header=False, box=None, pad_edge=False)
        table.add_column(style="bold")
        table.add_column()
        for name, value in self.rows:
            table.add_row(name, Text(printable(value)))
        yield table


def _shown(value: Any, more: Collection[str] = ()) -> str:
    """Return a value as shown; ``more`` are its statistics that are lower bounds."""
    if isinstance(value, dict):
        shown = (f"{key} {'> ' * (key in more)}{'-' if number is None else number}" for key, number in value.items())
        return "   ".join(shown) or "none"
    return "-" if value is None else str(value)
