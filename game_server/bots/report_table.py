"""The report of a run for people, in a terminal."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

import attrs
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from game_server.bots.report_words import cautions, how_it_went
from game_server.bots.server_side import SERVER_SPREADS

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
"""Columns with fewer of which there is no room for a second one beside the names."""


def as_table(figures: dict[str, Any]) -> RenderableType:
    """The figures of `report`."""
    absent = figures["absent"]
    rows = [
        (name.replace("_", " "), f"not measured: {absent[name]}" if name in absent else _shown(value))
        for name, value in figures.items()
        if name not in _LEFT_OUT
    ]
    server = figures["server"]
    if server is None:
        rows.append(("server", f"no figures: {absent['server']}"))
    else:
        for name, value in server.items():
            if value is not None and (name not in SERVER_SPREADS or value["p50"] is not None):
                more = [told.removeprefix(f"{name}.") for told in figures["more_than"] if told.startswith(f"{name}.")]
                rows.append(("server " + name.removeprefix("server_").replace("_", " "), _shown(value, more)))
    cpu = figures["tester"]["cpu"]
    rows.append(("tester cpu", "   ".join(f"{name} {share:.0%}" for name, share in cpu.items()) or "-"))
    return Group(_Rows(rows), *_verdict(figures))


@attrs.frozen
class _Rows:
    """Names and values, in columns where there is room for two."""

    rows: list[tuple[str, str]]

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        if options.max_width < _NARROW:
            for name, value in self.rows:
                yield Text.assemble((name, "bold"), " ", printable(value))
            return
        table = Table(show_header=False, box=None, pad_edge=False)
        table.add_column(style="bold", no_wrap=True)
        table.add_column()
        for name, value in self.rows:
            table.add_row(name, Text(printable(value)))
        yield table


def _verdict(figures: dict[str, Any]) -> Iterator[Text]:
    for caution in cautions(figures):
        yield Text(caution, "yellow")
    good, said = how_it_went(figures)
    yield Text(said, "green" if good else "bold red")
    for judged in figures["fail_if"]:
        failed = judged["holds"] is not False
        word = {True: "FAILED", False: "ok", None: "CANNOT BE TOLD"}[judged["holds"]]
        yield Text(f"{word}: fail if {judged['condition']}: {judged['said']}", "bold red" if failed else "green")
    if figures["tester"]["limit"]:
        yield Text(f"THE TESTER WAS THE LIMIT, not the server: {figures['tester']['limit']}", "bold red")


def _shown(value: Any, more: Collection[str] = ()) -> str:
    """``more`` are those of its statistics that are greater than what is known of them."""
    if isinstance(value, dict):
        shown = (f"{key} {'> ' * (key in more)}{'-' if number is None else number}" for key, number in value.items())
        return "   ".join(shown) or "none"
    return "-" if value is None else str(value)


def printable(text: str) -> str:
    """``text`` without what would steer a terminal; much of it is from outside."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
