from __future__ import annotations

import json
from array import array
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from game_server.bots.client import Client
from game_server.bots.figures import Figures
from game_server.bots.player import Outcome
from game_server.bots.report import as_table, report

KEYS = (
    "clients",
    "connected",
    "failed",
    "disconnects",
    "snapshots_per_second",
    "input_ack_ms",
    "snapshot_gap_ms",
    "bytes_per_second_per_client",
    "desyncs",
)


def never_called(*_: Any) -> Any:
    raise AssertionError


def outcome(*, connected: bool = True, failure: str | None = None, **figures: Any) -> Outcome:
    client = Client("Ada", "", never_called)
    client.figures = Figures(**figures)
    return Outcome(client, connected, failure)


def played(rate: float, seconds: float = 10.0, **figures: Any) -> Outcome:
    """One that got ``rate`` snapshots a second."""
    return outcome(snapshots=int(rate * seconds) + 1, first_snapshot=5.0, last_snapshot=5.0 + seconds, **figures)


def test_it_has_the_figures_that_were_asked_for_and_is_json() -> None:
    figures = report([played(30)])
    assert figures.keys() >= set(KEYS)
    assert json.loads(json.dumps(figures)) == figures


def test_without_any_figures_percentiles_are_nothing_at_all() -> None:
    figures = report([outcome(connected=False, failure="could not connect: refused")])
    assert figures["input_ack_ms"] == {"p50": None, "p95": None, "p99": None}
    assert figures["snapshots_per_second"] == {"p1": None, "p50": None}
    assert figures["bytes_per_second_per_client"] is None
    assert report([])["clients"] == 0


def test_a_client_either_failed_to_connect_or_was_cut_off_or_played_to_the_end() -> None:
    figures = report(
        [
            played(30),
            outcome(connected=True, failure="connection lost"),
            outcome(connected=True, failure="connection lost"),
            outcome(connected=False, failure="closed with 4003"),
            outcome(connected=False),
        ]
    )
    assert (figures["clients"], figures["connected"], figures["failed"], figures["disconnects"]) == (5, 3, 2, 2)
    assert figures["failures"] == {"connection lost": 2, "closed with 4003": 1}


def test_rates_are_those_of_clients_and_the_first_percentile_that_of_the_worst() -> None:
    figures = report([played(30) for _ in range(99)] + [played(10)])
    assert figures["snapshots_per_second"] == {"p1": 30, "p50": 30}
    figures = report([played(30) for _ in range(9)] + [played(10)])
    assert figures["snapshots_per_second"] == {"p1": 10, "p50": 30}


def test_percentiles_are_taken_over_all_samples_of_all_clients_in_milliseconds() -> None:
    halves = [array("d", (n / 1000 for n in range(start, 101, 2))) for start in (0, 1)]
    figures = report([played(30, acks=half, gaps=half) for half in halves])
    expected = {"p50": 50.0, "p95": 95.0, "p99": 99.0}
    assert figures["input_ack_ms"] == figures["snapshot_gap_ms"] == expected


def test_bytes_are_the_mean_of_the_clients_rates() -> None:
    figures = report([played(30, bytes_in=10_000), played(30, seconds=20, bytes_in=60_000), outcome(bytes_in=5)])
    assert figures["bytes_per_second_per_client"] == 2000


@pytest.mark.parametrize("name", ["missed_ticks", "late_inputs", "desyncs"])
def test_counts_are_summed_over_the_clients_that_played(name: str) -> None:
    assert report([played(30, **{name: 2}), played(30, **{name: 3})])[name] == 5


def test_the_table_shows_every_figure_by_name() -> None:
    console = Console(width=100, file=(out := StringIO()))
    figures = report([played(30, acks=array("d", [0.05]))])
    console.print(as_table(figures))
    shown = out.getvalue()
    for name in figures:
        assert name.replace("_", " ") in shown
    assert "p50 50.0   p95 50.0   p99 50.0" in shown
    assert "p50 -" in shown
