from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from game_server.bots.meter import Meter
from game_server.bots.metrics import COUNTS, LABELLED, SPREADS
from game_server.bots.recording import Recording
from game_server.bots.report_json import report
from game_server.bots.report_table import as_table
from game_server.bots.results import FAILED, HELD, NUMBER_NAMES, SPREAD_NAMES, TESTER_WAS_THE_LIMIT, Results
from game_server.bots.server_side import ServerSide
from game_server.bots.target import Target
from game_server.bots.verdict import parse

ABOUT = {
    "target": "http://127.0.0.1:8000",
    "version": "0.1.0",
    "date": "2026-01-02T03:04:05+00:00",
    "scenario": "hold",
    "players": 2,
    "swarm": 0,
    "processes": 1,
    "spread": 0,
    "network": "",
    "seed": 1,
    "machine": "2 cores, Linux",
}


def recording(*, seconds: int = 5, connected: int = 2, cpu: float = 0.1, lag: float = 1.0, **counts: int) -> Recording:
    """Of clients whose inputs are acknowledged after 50 ms."""
    made = Recording()
    meter = Meter()
    for second in range(seconds):
        for _ in range(100):
            meter.record("input_ack_ms", 50.0)
            meter.record("tester_lag_ms", lag)
        meter.level("players", connected)
        meter.level("cpu", cpu)
        if second == 0:
            meter.count("connected", connected)
            for name, times in counts.items():
                meter.count(name, times)
        made.add("players 1", meter.cut(second))
    return made


def results(made: Recording, **other: Any) -> Results:
    return Results(made, None, 5.0, **other)


def told(made: Recording, *failing: str, **other: Any) -> dict[str, Any]:
    run = results(made, **other)
    return report(run, ABOUT, run.judge([parse(text, SPREAD_NAMES, NUMBER_NAMES) for text in failing]))


def test_it_has_every_figure_and_is_json() -> None:
    figures = told(recording())
    assert figures.keys() >= {*SPREADS, *COUNTS, *LABELLED, "server", "tester", "bytes_per_second_per_client"}
    assert json.loads(json.dumps(figures)) == figures


def test_percentiles_are_those_of_all_samples_and_of_nothing_none() -> None:
    figures = told(recording())
    assert figures["input_ack_ms"] == dict.fromkeys(("p50", "p95", "p99", "p99.9", "max", "mean"), 50.0)
    assert figures["snapshots_per_second"] == {"p1": None, "p50": None}


def test_the_run_is_told_second_by_second() -> None:
    series = told(recording(seconds=12))["series"]
    assert [row["second"] for row in series] == list(range(12))
    assert all((row["players"], row["input_ack_ms.p99"], row["cpu"]) == (2, 50.0, 0.1) for row in series)


def test_processes_are_put_together_second_by_second() -> None:
    made = recording()
    for second in range(5):
        meter = Meter()
        meter.level("players", 3)
        meter.level("cpu", 0.4)
        meter.record("input_ack_ms", 150.0)
        made.add("players 2", meter.cut(second))
    rows = made.rows()
    assert {(row["players"], row["cpu"], row["input_ack_ms.max"]) for row in rows} == {(5, 0.4, 150.0)}


@pytest.mark.parametrize(
    ("made", "failing", "code"),
    [
        (recording(), (), HELD),
        (recording(), ("input_ack_ms.p99 > 60",), HELD),
        (recording(), ("input_ack_ms.p99 > 60", "input_ack_ms.p99 > 40"), FAILED),
        (recording(), ("tick_lateness_ms.p99 > 5",), FAILED),
        (recording(failed=1), (), FAILED),
        (recording(disconnects=1), (), FAILED),
        (recording(connected=0), (), FAILED),
        (recording(cpu=0.95), (), TESTER_WAS_THE_LIMIT),
        (recording(lag=50.0), (), TESTER_WAS_THE_LIMIT),
        (recording(cpu=0.95), ("input_ack_ms.p99 > 40",), TESTER_WAS_THE_LIMIT),
        (recording(cpu=0.95, failed=1), (), FAILED),
        (recording(seconds=1, lag=50.0), (), HELD),
    ],
)
def test_the_exit_code_says_whether_it_held_failed_or_cannot_be_told(
    made: Recording, failing: tuple[str, ...], code: int
) -> None:
    assert told(made, *failing)["exit_code"] == code


def test_a_process_of_the_tester_that_broke_is_its_limit() -> None:
    figures = told(recording(), broken=["the process of swarm 1 ended with -9"])
    assert figures["tester"]["limit"] == "the process of swarm 1 ended with -9"
    assert figures["exit_code"] == TESTER_WAS_THE_LIMIT


def test_samples_from_before_the_beginning_do_not_count_but_how_clients_came_does() -> None:
    made, meter = Recording(since=3), Meter()
    for second in range(5):
        meter.record("input_ack_ms", 10.0 * second)
        meter.record("connect_ms", 10.0 * second)
        made.add("swarm 1", meter.cut(second))
    assert (made.spreads["input_ack_ms"].count, made.spreads["input_ack_ms"].min) == (2, 30.0)
    assert made.spreads["connect_ms"].count == 5


def absent(made: Recording, **server: Any) -> dict[str, str]:
    """What the report of a server that was asked says is missing."""
    asked = ServerSide(Target(server.pop("host", "127.0.0.1"), 8000, tls=False), **server)
    found: dict[str, str] = report(Results(made, asked, 5.0), ABOUT)["absent"]
    return found


def test_why_snapshots_have_no_age_is_told() -> None:
    without = recording(snapshots=9)
    forbidden = "GET /metrics is answered with 403"
    assert absent(without, missing=forbidden) == {"server": forbidden, "snapshot_age_ms": forbidden}
    unknown = absent(without, missing=None, began={1.0})["snapshot_age_ms"]
    assert unknown == "GET /metrics did not tell of the matches when their ticks are due, or not in time"
    elsewhere = absent(without, host="192.0.2.1", missing=None, began={1.0})["snapshot_age_ms"]
    assert elsewhere == "the server is on another machine, and has another clock"
    without.kinds["networks"]["mobile"] = 2
    assert absent(without, missing=None)["snapshot_age_ms"] == "every client is behind a network"


def test_nothing_is_said_of_what_was_measured_or_could_not_be() -> None:
    made, meter = recording(snapshots=9), Meter()
    meter.record("snapshot_age_ms", 5.0)
    made.add("swarm 1", meter.cut(0))
    assert absent(made, missing=None) == absent(recording(), missing=None) == {}


def shown(figures: dict[str, Any]) -> str:
    Console(width=120, file=(out := StringIO())).print(as_table(figures))
    return out.getvalue()


def test_the_table_shows_every_figure_by_name_the_verdict_and_the_limit() -> None:
    table = shown(told(recording(cpu=0.95), "input_ack_ms.p99 > 40", "desyncs > 0"))
    for name in (*SPREADS, *COUNTS, *LABELLED):
        assert name.replace("_", " ") in table
    assert "FAILED: fail if input_ack_ms.p99 > 40: input_ack_ms.p99 is 50" in table
    assert "ok: fail if desyncs > 0" in table
    assert "THE TESTER WAS THE LIMIT" in table
    assert "no figures: nobody asked the server" in table


def test_the_table_says_why_a_figure_is_not_there() -> None:
    assert "snapshot age ms not measured: nobody asked the server" in " ".join(
        shown(told(recording(snapshots=9))).split()
    )


@pytest.mark.parametrize("width", [10, 30, 40, 59, 60, 80, 200])
def test_the_table_shows_every_value_however_narrow_the_terminal_is(width: int) -> None:
    out = StringIO()
    Console(file=out, width=width).print(as_table(told(recording(failed=12_345))))
    assert "12345" in out.getvalue()
    assert "\u2026" not in out.getvalue()
