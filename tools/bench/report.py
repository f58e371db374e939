"""Medians of trials, tables for people, JSON for machines."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from tools.bench.benches import Bench, Results

_COLUMNS: Final = (
    ("CPU us", "cpu_us_per_client_second", "{:,.0f}"),
    ("core", "cpu_core", "{:.2f}"),
    ("kernel", "kernel_share", "{:.0%}"),
    ("snap/s min", "snapshots_min", "{:.1f}"),
    ("median", "snapshots_median", "{:.1f}"),
    ("KB/s", "bytes_per_client_second", "kb"),
    ("in view", "players_in_view", "{:.0f}"),
    ("tick p50", "tick_ms_p50", "{:.1f}"),
    ("p99", "tick_ms_p99", "{:.1f}"),
    ("late p50", "tick_lateness_ms_p50", "{:.1f}"),
    ("p99", "tick_lateness_ms_p99", "{:.1f}"),
    ("dropped", "ticks_dropped", "{:.0f}"),
    ("mem KB", "memory_kb_per_client", "{:.0f}"),
    ("join s", "join_seconds", "{:.1f}"),
    ("load", "load_core", "{:.2f}"),
    ("lag p99", "load_lag_p99_ms", "{:.1f}"),
)
_LEGEND: Final = (
    "CPU us: the server's CPU time per client and second. core: the share of its core that it took. kernel: the share "
    "of that spent in system calls. snap/s: snapshots that reached a client in a second. tick, late, lag: ms. "
    "mem KB: memory of the server's per client. load: the share of its core that the swarm took; above 0.80 there is "
    "no verdict."
)
_VERDICTS: Final = {True: "reached", False: "missed", None: "no verdict"}


def write_figures(figures: Mapping[str, Any], json_file: Path | None) -> None:
    """Print ``figures`` that are no trials of a `Bench`, and write them to ``json_file``."""
    print(json.dumps(figures, indent=4))
    if json_file:
        json_file.write_text(json.dumps(figures))


def median(trials: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Every figure's median over ``trials`` of the same server and size; valid when all of them are."""
    found: dict[str, Any] = {}
    for name, first in trials[0].items():
        values = [trial[name] for trial in trials]
        if isinstance(first, bool):
            found[name] = all(values)
        elif isinstance(first, int | float):
            found[name] = statistics.median(values)
        elif isinstance(first, list):
            found[name] = list(dict.fromkeys(item for value in values for item in value))
        else:
            found[name] = first
    found["trials_cpu_us"] = [trial["cpu_us_per_client_second"] for trial in trials]
    return found


def to_json(bench: Bench, results: Results, machine: dict[str, Any]) -> dict[str, Any]:
    """``{bench: {server: figures}}``: those of the headline, and of every size under ``at``."""
    servers: dict[str, Any] = {}
    for server, sizes in results.items():
        chosen = bench.headline if bench.headline in sizes else max(sizes)
        servers[server] = {**sizes[chosen], "at": {str(size): figures for size, figures in sizes.items()}}
    targets = [
        {"what": target.what, "most": target.most, "value": value, "reached": reached}
        for target in bench.targets
        for value, reached in (target.verdict(results),)
    ]
    return {bench.name: servers, "targets": targets, "machine": machine}


def to_markdown(bench: Bench, results: Results) -> str:
    """The figures and the numbers to reach, as they stand in docs/BENCHMARKS.md."""
    used = _used(results)
    rows = [
        [f"`{server}`", f"{size:,}", *(_cell(figures.get(name), form) or "--" for _, name, form in used)]
        for server, sizes in results.items()
        for size, figures in sizes.items()
    ]
    targets = [
        [target.what, f"{target.most:,g}", f"{value:,g}", _VERDICTS[reached]]
        for target in bench.targets
        for value, reached in (target.verdict(results),)
        if value is not None
    ]
    tables = [_markdown_table(["server", "clients", *(heading for heading, _, _ in used)], rows)]
    if targets:
        tables.append(_markdown_table(["number to reach", "at most", "measured", ""], targets))
    return "\n".join(tables)


def _markdown_table(headings: list[str], rows: list[list[str]]) -> str:
    lines = [headings, ["---"] + ["---:"] * (len(headings) - 1), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _used(results: Results) -> list[tuple[str, str, str]]:
    return [
        column
        for column in _COLUMNS
        if any(figures.get(column[1]) is not None for sizes in results.values() for figures in sizes.values())
    ]


def show(console: Console, bench: Bench, results: Results) -> None:
    """Print the figures, what was wrong with them, and the numbers to reach."""
    used = _used(results)
    table = Table(title=f"{bench.name}: {bench.title}", title_justify="left", caption=_LEGEND, caption_justify="left")
    table.add_column("server", no_wrap=True)
    table.add_column("clients", justify="right", no_wrap=True)
    for heading, _, _ in used:
        table.add_column(heading, justify="right", no_wrap=True)
    for server, sizes in results.items():
        for size, figures in sizes.items():
            cells = [_cell(figures.get(name), form) for _, name, form in used]
            table.add_row(server, f"{size:,}", *cells, style=None if figures["valid"] else "red")
    console.print(table)
    for server, sizes in results.items():
        for size, figures in sizes.items():
            for complaint in figures["complaints"]:
                console.print(f"[red]no verdict on {server} at {size:,}: {complaint}[/red]")
            if not figures["keeps_up"]:
                console.print(
                    f"[yellow]{server} at {size:,} does not keep up: its CPU is that of fewer snapshots[/yellow]"
                )
            for failure in figures["failures"]:
                console.print(f"[red]{server} at {size:,} refused a client: {failure}[/red]")
    _show_targets(console, bench, results)


def _show_targets(console: Console, bench: Bench, results: Results) -> None:
    table = Table(title="Numbers to reach", title_justify="left")
    for heading in ("what", "at most", "measured", ""):
        table.add_column(heading, justify="left" if heading in ("what", "") else "right")
    for target in bench.targets:
        value, reached = target.verdict(results)
        if value is not None:
            colour = {True: "green", False: "red", None: "yellow"}[reached]
            mark = f"[{colour}]{_VERDICTS[reached]}[/{colour}]"
            table.add_row(target.what, f"{target.most:,g}", f"{value:,g}", mark)
    if table.row_count:
        console.print(table)


def _cell(value: Any, form: str) -> str:
    if value is None:
        return ""
    return f"{value / 1000:.1f}" if form == "kb" else form.format(value)
