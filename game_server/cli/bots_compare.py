"""``game-server bots compare``."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table

from game_server.bots.compare import compare
from game_server.bots.report_file import read_report
from game_server.bots.results import FAILED, HELD
from game_server.cli.console import PlainConsole

_STYLES = {"worse": "bold red", "better": "green", "same": ""}


def compare_reports(before: Path, after: Path, /) -> int:
    """Say what changed from one run to another.

    The exit code is 1 when something got worse by more than runs differ by themselves, and 0 otherwise. By how much
    they do is taken from their seconds; one that is short or was made on a busy machine tells of large changes only.

    Args:
        before: What --json wrote of the first run.
        after: What it wrote of the second.
    """
    comparison = compare(read_report(before), read_report(after))
    console = PlainConsole()
    table = Table(box=None, pad_edge=False)
    for column in ("", "before", "after", "change", "varies by", ""):
        table.add_column(column, justify="right" if column else "left")
    for change in comparison.changes:
        values = ("-" if value is None else f"{value:,.4g}" for value in (change.before, change.after))
        varies = f"{change.varies:,.2g}" if change.varies else ""
        told = "" if change.trend == "same" else change.trend
        table.add_row(change.name, *values, change.percent, varies, told, style=_STYLES[change.trend])
    console.print(table)
    for doubt in comparison.doubts:
        console.print(f"not to be trusted: {doubt}", style="yellow")
    console.print(comparison.verdict, style="bold red" if comparison.worse else "bold green")
    return FAILED if comparison.worse else HELD
