"""What a swarm's figures come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from rich.table import Table

from game_server.bots.player import Outcome


def report(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The figures as plain data, fit for JSON; a percentile of nothing is None.

    ``snapshots_per_second`` and ``bytes_per_second_per_client`` are taken client by client, each over the time from its
    first snapshot to its last; the p1 is that of the worst hundredth of clients.
    """
    played = [outcome for outcome in outcomes if outcome.connected]
    figures = [outcome.client.figures for outcome in played]
    spans = [(f, f.last_snapshot - f.first_snapshot) for f in figures if f.snapshots > 1]
    rates = [(f.snapshots - 1) / span for f, span in spans if span > 0]
    bytes_in = [f.bytes_in / span for f, span in spans if span > 0]
    return {
        "clients": len(outcomes),
        "connected": len(played),
        "failed": sum(not outcome.connected for outcome in outcomes),
        "disconnects": sum(outcome.failure is not None for outcome in played),
        "failures": dict(Counter(outcome.failure for outcome in outcomes if outcome.failure).most_common()),
        "snapshots_per_second": _percentiles(rates, (1, 50), 2),
        "input_ack_ms": _percentiles((1000 * ack for f in figures for ack in f.acks), (50, 95, 99), 1),
        "snapshot_gap_ms": _percentiles((1000 * gap for f in figures for gap in f.gaps), (50, 95, 99), 1),
        "round_trip_ms": _percentiles((1000 * trip for f in figures for trip in f.round_trips), (50, 95, 99), 1),
        "jitter_ms": _percentiles((1000 * f.jitter for f in figures if f.jitter is not None), (50, 99), 1),
        "interpolation_delay_ms": _percentiles((1000 * delay for f in figures for delay in f.delays), (50, 95, 99), 1),
        "input_depth": _percentiles((depth for f in figures for depth in f.depths), (1, 50, 99), 0),
        "bytes_per_second_per_client": round(sum(bytes_in) / len(bytes_in), 1) if bytes_in else None,
        "missed_ticks": sum(f.missed_ticks for f in figures),
        "late_inputs": sum(f.late_inputs for f in figures),
        "desyncs": sum(f.desyncs for f in figures),
    }


def as_table(figures: dict[str, Any]) -> Table:
    """The figures of `report` for people."""
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold")
    table.add_column()
    for name, value in figures.items():
        if isinstance(value, dict):
            shown = "   ".join(f"{key} {'-' if number is None else number}" for key, number in value.items()) or "none"
        else:
            shown = "-" if value is None else str(value)
        table.add_row(name.replace("_", " "), shown)
    return table


def _percentiles(values: Iterable[float], percents: tuple[int, ...], digits: int) -> dict[str, float | None]:
    ordered = sorted(values)
    last = len(ordered) - 1
    return {f"p{p}": round(ordered[round(last * p / 100)], digits) if ordered else None for p in percents}
