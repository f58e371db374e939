"""The report of a run for people, in a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from game_server.bots.server_side import SERVER_SPREADS

_LEFT_OUT: Final = ("format", "series", "server", "absent", "tester", "fail_if", "exit_code", "interrupted")


def as_table(figures: dict[str, Any]) -> RenderableType:
    """The figures of `report`."""
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    absent = figures["absent"]
    for name, value in figures.items():
        if name not in _LEFT_OUT:
            table.add_row(name.replace("_", " "), f"not measured: {absent[name]}" if name in absent else _shown(value))
    server = figures["server"]
    if server is None:
        table.add_row("server", f"no figures: {absent['server']}")
    else:
        for name, value in server.items():
            if value is not None and (name not in SERVER_SPREADS or value["p50"] is not None):
                table.add_row("server " + name.removeprefix("server_").replace("_", " "), _shown(value))
    cpu = figures["tester"]["cpu"]
    table.add_row("tester cpu", "   ".join(f"{name} {share:.0%}" for name, share in cpu.items()) or "-")
    return Group(table, *_verdict(figures))


def _verdict(figures: dict[str, Any]) -> Iterator[Text]:
    if figures["interrupted"]:
        yield Text("The run was ended before its time.", "yellow")
    for judged in figures["fail_if"]:
        values = ", ".join(
            f"{name} is {'not measured' if v is None else f'{v:g}'}" for name, v in judged["values"].items()
        )
        failed = judged["holds"] is not False
        word = {True: "FAILED", False: "ok", None: "CANNOT BE TOLD"}[judged["holds"]]
        yield Text(f"{word}: fail if {judged['condition']}: {values}", "bold red" if failed else "green")
    if figures["tester"]["limit"]:
        yield Text(f"THE TESTER WAS THE LIMIT, not the server: {figures['tester']['limit']}", "bold red")


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "   ".join(f"{key} {'-' if number is None else number}" for key, number in value.items()) or "none"
    return "-" if value is None else str(value)
