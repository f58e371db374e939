"""The live view of a load test in the terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

import trio
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from game_server.loadtest.coordinator import LoadTest
from game_server.loadtest.report.results import CPU_LIMIT

_PERIOD: Final = 0.5
"""Seconds between two pictures."""
_SHOWN: Final = ("connect_ms", "input_ack_ms", "snapshot_gap_ms", "snapshot_age_ms")
_MOST_FAILURES: Final = 4


async def show_live(test: LoadTest, console: Console) -> None:
    """Show the live view until cancelled; returns at once if the console is not a terminal."""
    if not console.is_terminal:
        return
    with Live(console=console, transient=True, auto_refresh=False) as live:
        while True:
            live.update(picture(test), refresh=True)
            await trio.sleep(_PERIOD)


def picture(test: LoadTest) -> RenderableType:
    """Return one picture of the run."""
    recording, end = test.recording, test.end
    done = max(0.0, min(end, time.monotonic() - test.started)) if test.started else 0.0
    levels, row = recording.levels, recording.newest()
    head = Table.grid(padding=(0, 2))
    head.add_row(
        ProgressBar(end, done, width=30),
        f"{done:.0f} of {end:.0f} s",
        f"{levels.get('players', 0):.0f} players",
        f"{levels.get('swarm', 0):.0f} swarm",
        f"{row.get('snapshots', 0):,} snapshots/s",
        f"{row.get('inputs', 0):,} inputs/s",
        f"{row.get('bytes_in', 0) / 1e6:.1f} MB/s",
    )
    return Group(head, _percentiles(test), *_troubles(test))


def _percentiles(test: LoadTest) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("", "p50", "p99", "p99.9", "max"):
        table.add_column(column, justify="right" if column else "left")
    for name in _SHOWN:
        spread = test.recording.spreads[name]
        values = [spread.percentile(percent) for percent in (50, 99, 99.9, 100)]
        table.add_row(name.replace("_", " "), *("-" if value is None else f"{value:.1f}" for value in values))
    return table


def _troubles(test: LoadTest) -> Iterator[Text]:
    recording = test.recording
    for name in ("desyncs", "faults", "late_inputs"):
        if recording.counts[name]:
            yield Text(f"{recording.counts[name]:,} {name.replace('_', ' ')}", "yellow")
    for failure, times in recording.kinds["failures"].most_common(_MOST_FAILURES):
        yield Text(f"{times:,} x {failure}", "red")
    busiest = max((cpu[-1] for cpu in recording.cpu.values() if cpu), default=0.0)
    yield Text(f"tester: {busiest:.0%} of a core", "bold red" if busiest > CPU_LIMIT else "dim")
