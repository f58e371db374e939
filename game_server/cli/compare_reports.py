"""The command ``game-server bots compare``: what changed from one run to another."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from game_server.cli.console import PlainConsole, write_out
from game_server.cli.match_choice import Switch
from game_server.loadtest.report.compare import Change, ReportComparison, compare, in_short
from game_server.loadtest.report.json import read_report
from game_server.loadtest.report.markdown import comparison_to_markdown
from game_server.loadtest.report.results import FAILED, PASSED

_STYLES = {"worse": "bold red", "better": "green", "same": ""}
_WIDEST = 1000
"""Columns enough for any row."""


def compare_reports(before: Path, after: Path, /, *, markdown: Switch = False) -> int:
    """Show what changed from one run to another.

    The exit code is 1 if a figure got worse by more than its usual variation, and 0 otherwise. The variation is how
    much a figure differs from one second of a run to another, so short runs, and runs on a busy machine, show only
    large changes.

    Args:
        before: The --json file of the first run.
        after: The --json file of the second run.
        markdown: Print ten lines of Markdown for a pull request.
    """
    comparison = compare(read_report(before), read_report(after))
    if markdown:
        write_out(comparison_to_markdown(comparison))
    else:
        console = PlainConsole()
        console.print(side_by_side(comparison, console))
        for doubt in comparison.doubts:
            console.print(f"not to be trusted: {doubt}", style="yellow")
        console.print(comparison.verdict, style="bold red" if comparison.worse else "bold green")
    return FAILED if comparison.worse else PASSED


def side_by_side(comparison: ReportComparison, console: Console) -> RenderableType:
    """Return a row for each figure; if one is wider than the console, names get a line of their own."""
    table = Table(box=None, pad_edge=False)
    for column in ("", "before", "after", "change", "varies by", ""):
        table.add_column(column, justify="right" if column else "left")
    for change in comparison.changes:
        table.add_row(*_row(change), style=_STYLES[change.trend])
    if console.measure(table, options=console.options.update(width=_WIDEST)).maximum <= console.width:
        return table
    return Group(*(Text(_in_two_lines(change), _STYLES[change.trend]) for change in comparison.changes))


def _row(change: Change) -> tuple[str, ...]:
    varies = in_short(change.varies) if change.varies else ""
    return (change.name, in_short(change.before), in_short(change.after), change.percent, varies, change.trend_shown)


def _in_two_lines(change: Change) -> str:
    values = f"{in_short(change.before)} -> {in_short(change.after)}  {change.percent}  {change.trend_shown}"
    return f"{change.name}\n  {values.rstrip()}"
