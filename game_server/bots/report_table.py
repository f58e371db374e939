"""The report of a run for people, in a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import attrs
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from game_server.bots.server_side import SERVER_SPREADS
from game_server.bots.verdict import in_words

_LEFT_OUT: Final = ("format", "series", "server", "absent", "tester", "fail_if", "exit_code", "interrupted")
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
                rows.append(("server " + name.removeprefix("server_").replace("_", " "), _shown(value)))
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
    if figures["interrupted"]:
        yield Text("The run was ended before its time.", "yellow")
    for judged in figures["fail_if"]:
        failed = judged["holds"] is not False
        word = {True: "FAILED", False: "ok", None: "CANNOT BE TOLD"}[judged["holds"]]
        yield Text(
            f"{word}: fail if {judged['condition']}: {in_words(judged['values'])}", "bold red" if failed else "green"
        )
    if figures["tester"]["limit"]:
        yield Text(f"THE TESTER WAS THE LIMIT, not the server: {figures['tester']['limit']}", "bold red")


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "   ".join(f"{key} {'-' if number is None else number}" for key, number in value.items()) or "none"
    return "-" if value is None else str(value)


def printable(text: str) -> str:
    """``text`` without what would steer a terminal; much of it is from outside."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
