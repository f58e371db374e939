from __future__ import annotations

import json
import re
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from game_server.client import Target
from game_server.loadtest.metrics.conditions import parse
from game_server.loadtest.metrics.definitions import COUNTS, COUNTS_BY_KIND, SPREADS
from game_server.loadtest.metrics.meter import Meter
from game_server.loadtest.metrics.recording import Recording
from game_server.loadtest.metrics.server_metrics import Scrape
from game_server.loadtest.metrics.server_scraper import SERVER_COUNTS, SERVER_LEVELS, SERVER_SPREADS, ServerScraper
from game_server.loadtest.report.html import to_html
from game_server.loadtest.report.json import report
from game_server.loadtest.report.results import (
    FAILED,
    NUMBER_NAMES,
    PASSED,
    SPREAD_NAMES,
    TESTER_WAS_THE_LIMIT,
    Results,
)
from game_server.loadtest.report.summary import about, banners, how_it_went
from game_server.loadtest.report.terminal import as_table
from game_server.telemetry import Histogram, Reading, metrics
from game_server.telemetry.exposition import Writer

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
            meter.count("clients", connected + counts.get("failed", 0) + counts.get("never_came", 0))
            for name, times in counts.items():
                meter.count(name, times)
        made.add("players 1", meter.cut(second))
    return made


def results(made: Recording, **other: Any) -> Results:
    return Results(made, None, 5.0, **other)


def told(made: Recording, *failing: str, **other: Any) -> dict[str, Any]:
    run = results(made, **other)
    return report(run, ABOUT, run.evaluate([parse(text, SPREAD_NAMES, NUMBER_NAMES) for text in failing]))


def test_it_has_every_figure_and_is_json() -> None:
    figures = told(recording())
    assert figures.keys() >= {*SPREADS, *COUNTS, *COUNTS_BY_KIND, "server", "tester", "bytes_per_second_per_client"}
    assert json.loads(json.dumps(figures)) == figures


def test_percentiles_are_those_of_all_samples_and_of_nothing_none() -> None:
    figures = told(recording())
    assert figures["input_ack_ms"] == dict.fromkeys(("p50", "p95", "p99", "p99.9", "max", "mean"), 50.0)
    assert figures["snapshots_per_second"] == {"p1": None, "p50": None}


SHOWN = {
    "p50 p95 p99 p99.9 max mean": (
        "connect_ms join_ms input_ack_ms snapshot_gap_ms snapshot_age_ms round_trip_ms interpolation_delay_ms "
        "outage_ms tester_lag_ms"
    ),
    "p50 p99 max mean": "jitter_ms door_wait_ms",
    "p1 p50 p99": "input_depth",
    "p1 p50": "snapshots_per_second",
    "p50 p99": "bytes_in_per_second bytes_out_per_second",
}
"""Statistics in a report, and the metrics that have them."""


def test_each_metric_has_the_statistics_that_say_something_of_it() -> None:
    figures = told(recording())
    expected = {name: shown.split() for shown, names in SHOWN.items() for name in names.split()}
    assert {name: list(figures[name]) for name in SPREADS} == expected


def test_a_metric_is_as_fine_as_its_unit_needs() -> None:
    fine = {name: spread.unit for name, spread in Recording().spreads.items()}
    coarse = {"input_depth": 1, "snapshots_per_second": 0.01, "bytes_in_per_second": 1, "bytes_out_per_second": 1}
    assert fine == {name: coarse.get(name, 0.001) for name in SPREADS}


def test_figures_have_two_places_seconds_one_and_shares_and_rows_three() -> None:
    made, meter = recording(), Meter()
    for value in (12.3456, 100.0):
        meter.record("join_ms", value)
        meter.record("bytes_in_per_second", value)
    meter.level("swarm", 2.34567)
    meter.level("cpu", 0.77777)
    made.add("swarm 1", meter.cut(4))
    figures = report(Results(made, None, 5.2345), ABOUT)
    assert (figures["join_ms"]["max"], figures["join_ms"]["mean"]) == (100.0, 56.17)
    assert figures["bytes_per_second_per_client"] == 56.2
    assert (figures["seconds"], figures["tester"]["cpu"]["swarm 1"]) == (5.2, 0.778)
    assert (figures["series"][4]["swarm"], figures["series"][4]["second"]) == (2.346, 4)
    assert (figures["format"], figures["interrupted"], figures["server_silent_since"]) == (2, False, None)
    assert told(recording(), interrupted=True)["interrupted"] is True


def test_of_the_server_a_report_has_percentiles_counts_and_levels() -> None:
    figures = report(Results(recording(), server_that_stood_still(0.012), 5.0), ABOUT)["server"]
    assert list(figures) == [*SERVER_SPREADS, *SERVER_COUNTS, *SERVER_LEVELS]
    assert list(figures["tick_lateness_ms"]) == ["p50", "p99", "p99.9", "max", "mean"]
    assert figures["tick_lateness_ms"]["mean"] == 6.5
    assert figures["ticks_dropped"] == 0


@pytest.mark.parametrize(
    ("made", "limit"),
    [
        (recording(cpu=0.85), None),
        (recording(cpu=0.86), "a process of the tester used 86% of a core; give it more --processes"),
        (recording(seconds=3, cpu=0.9), None),
        (recording(seconds=4, cpu=0.9), "a process of the tester used 90% of a core; give it more --processes"),
        (recording(lag=33.0), None),
        (recording(lag=33.5), "the tester was 34 ms late (p99); run fewer clients, or use another machine"),
        (recording(seconds=2, lag=50.0), "the tester was 50 ms late (p99); run fewer clients, or use another machine"),
        (recording(tester_faults=1234), "it had no files or ports left for 1,234 clients; raise ulimit -n or use"),
    ],
)
def test_the_tester_is_the_limit_above_85_percent_of_a_core_or_33_ms(made: Recording, limit: str | None) -> None:
    found = results(made).limit
    assert found == limit or (found and limit and found.startswith(limit))


@pytest.mark.parametrize(("seconds", "since"), [(5.5, None), (5.6, 3.0)])
def test_a_server_is_silent_after_two_and_a_half_seconds_without_an_answer(seconds: float, since: float | None) -> None:
    server = server_that_stood_still(0.001)
    server.unanswered = 3.0
    assert Results(recording(), server, seconds).silent_since == since


@pytest.mark.parametrize(
    ("statistic", "value"),
    [("min", 10.0), ("p50", 20.0), ("p100", 40.0), ("max", 40.0), ("mean", 22.5), ("count", 4)],
)
def test_a_condition_may_be_about_each_statistic(statistic: str, value: float) -> None:
    made, meter = Recording(), Meter()
    for sample in (10.0, 20.0, 20.0, 40.0):
        meter.record("join_ms", sample)
    made.add("swarm 1", meter.cut(0))
    assert results(made).look_up("join_ms", statistic) == pytest.approx(value, rel=0.004)


def test_of_the_server_a_condition_may_be_about_all_of_these_too() -> None:
    run = Results(recording(), server_that_stood_still(0.012), 5.0)
    found = {name: run.look_up("tick_lateness_ms", name) for name in ("count", "mean", "max", "p50")}
    assert found["count"] == 2
    assert found["mean"] == pytest.approx(6.5)
    assert 12 <= (found["max"] or 0) < 25
    assert (found["p50"] or 0) <= 2
    assert run.look_up("ticks_dropped", "") == 0
    assert run.look_up("tester_cpu", "") == pytest.approx(0.1)
    assert run.look_up("connected", "") == 2
    for name in ("tick_lateness_ms", "ticks_dropped", "server_cpu"):
        assert results(recording()).look_up(name, "p50") is None


def test_the_run_is_reported_second_by_second() -> None:
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
        (recording(), (), PASSED),
        (recording(), ("input_ack_ms.p99 > 60",), PASSED),
        (recording(), ("input_ack_ms.p99 > 60", "input_ack_ms.p99 > 40"), FAILED),
        (recording(), ("tick_lateness_ms.p99 > 5",), FAILED),
        (recording(failed=1), (), FAILED),
        (recording(desyncs=1), (), FAILED),
        (recording(faults=1), (), FAILED),
        (recording(lost_links=1, lost_seats=1), (), FAILED),
        (recording(disconnects=1), (), FAILED),
        (recording(connected=0), (), FAILED),
        (recording(cpu=0.95), (), TESTER_WAS_THE_LIMIT),
        (recording(lag=50.0), (), TESTER_WAS_THE_LIMIT),
        (recording(cpu=0.95), ("input_ack_ms.p99 > 40",), TESTER_WAS_THE_LIMIT),
        (recording(cpu=0.95, failed=1), (), TESTER_WAS_THE_LIMIT),
        (recording(cpu=0.95, connected=0), (), TESTER_WAS_THE_LIMIT),
        (recording(cpu=0.8), (), PASSED),
        (recording(never_came=1), (), FAILED),
        (recording(seconds=1, lag=50.0), (), PASSED),
    ],
)
def test_the_exit_code_says_whether_it_passed_failed_or_was_the_testers_limit(
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


@pytest.mark.parametrize("connected", [0, 2])
def test_that_a_tester_process_ended_is_reported_even_if_its_clients_are_missing(connected: int) -> None:
    figures = told(recording(connected=connected, never_came=30), broken=["the process of swarm 1 ended with -9"])
    assert figures["exit_code"] == TESTER_WAS_THE_LIMIT


def test_the_reported_and_judged_cpu_leaves_out_the_first_second_of_a_process() -> None:
    made = Recording()
    for second, cpu in enumerate((1.0, 0.8, 0.8, 0.8)):
        meter = Meter()
        meter.level("cpu", cpu)
        made.add("swarm 1", meter.cut(second))
    run = results(made)
    assert run.tester_cpu == pytest.approx(0.8)
    assert run.limit is None
    assert report(run, ABOUT)["tester"]["cpu"] == {"swarm 1": 0.8}


def test_the_cpu_of_a_run_of_a_second_is_reported_but_not_judged() -> None:
    figures = told(recording(seconds=1, cpu=0.95))
    assert (figures["tester"]["cpu"], figures["tester"]["limit"]) == ({"players 1": 0.95}, None)


def test_where_the_server_gave_no_figures_the_reason_is_reported() -> None:
    made = recording()
    server = ServerScraper(Target("127.0.0.1", 8000, False), missing="GET /metrics was answered with 404")
    run = Results(made, server, 5.0)
    figures = report(run, ABOUT)
    assert figures["absent"]["server"] == "GET /metrics was answered with 404"
    assert "no metrics: GET /metrics was answered with 404" in shown(figures)
    assert "no metrics: the server was not scraped" in shown(told(made))


def server_that_stood_still(seconds: float) -> ServerScraper:
    """One that was late by so much at half of its ticks."""
    scrapes = []
    histogram = Histogram()
    for _ in range(2):
        reading: Reading = {metrics.TICK_LATENESS: {("K7RW2P",): histogram}}
        scrapes.append(Scrape.read(Writer().write(reading).decode()))
        histogram.record(0.001)
        histogram.record(seconds)
    server = ServerScraper(Target("127.0.0.1", 8000, False), missing=None)
    server.note(0, scrapes[0], 100.0)
    server.note(1, scrapes[1], 101.0)
    return server


@pytest.mark.parametrize(
    ("condition", "verdict", "code"),
    [
        ("tick_lateness_ms.p99 > 9000", "failed", FAILED),
        ("tick_lateness_ms.max > 9000", "failed", FAILED),
        ("tick_lateness_ms.p99 < 9000", "passed", PASSED),
        ("tick_lateness_ms.p99 > 15000", "unknown", FAILED),
        ("tick_lateness_ms.max > 15000", "unknown", FAILED),
    ],
)
def test_a_value_beyond_the_servers_last_bucket_is_reported_as_more_than_that(
    condition: str, verdict: str, code: int
) -> None:
    run = Results(recording(), server_that_stood_still(12.0), 5.0)
    figures = report(run, ABOUT, run.evaluate([parse(condition, SPREAD_NAMES, NUMBER_NAMES)]))
    assert (figures["fail_if"][0]["verdict"], figures["exit_code"]) == (verdict, code)
    assert "is more than 10000" in figures["fail_if"][0]["said"]
    assert "tick_lateness_ms.p99.9" in figures["more_than"]
    assert "p99.9 > 10000" in shown(figures)
    assert "&gt; 10,000" in to_html(figures)
    assert json.loads(json.dumps(figures)) == figures


def test_a_server_that_fell_silent_is_not_judged_and_the_report_says_since_when() -> None:
    server = server_that_stood_still(0.001)
    server.unanswered = 3.0
    run = Results(recording(), server, 8.0)
    figures = report(run, ABOUT, run.evaluate([parse("tick_lateness_ms.p99 > 500", SPREAD_NAMES, NUMBER_NAMES)]))
    assert (figures["fail_if"][0]["verdict"], figures["exit_code"]) == ("unknown", FAILED)
    assert figures["server_silent_since"] == 3.0
    assert figures["server"]["tick_lateness_ms"]["p99"] is not None
    for page in (" ".join(shown(figures).split()), to_html(figures)):
        assert "The server reported no metrics from second 3 on" in page


def test_a_server_whose_last_answer_is_under_way_has_not_fallen_silent() -> None:
    server = server_that_stood_still(0.001)
    server.unanswered = 7.0
    assert Results(recording(), server, 8.0).silent_since is None


def test_a_server_that_stood_still_for_three_seconds_is_measured() -> None:
    value = Results(recording(), server_that_stood_still(3.0), 5.0).look_up("tick_lateness_ms", "p99.9")
    assert value is not None
    assert 2000 < value < 5000


@pytest.mark.parametrize(
    ("made", "good", "said"),
    [
        (recording(), True, "Everybody got in and stayed"),
        (recording(unanswered_inputs=840), True, "840 inputs were still unanswered and overdue"),
        (recording(connected=10, failed=2, disconnects=1), False, "2 of 12 did not get in, 1 of 12 were cut off"),
        (recording(lost_links=2, resumed=2), True, "2 connections broke, and all of their clients returned"),
        (recording(lost_links=2, resumed=1, lost_seats=1), False, "1 lost their seats"),
        (recording(desyncs=3), False, "3 desyncs"),
    ],
)
def test_that_everybody_stayed_is_said_only_when_they_did(made: Recording, good: bool, said: str) -> None:
    assert_says(told(made), good=good, said=said)


def test_clients_never_due_are_distinguished_from_those_whose_process_ended() -> None:
    made = recording(connected=10, never_came=40)
    assert_says(told(made, interrupted=True), good=False, said="40 of 50 never came")
    broken = told(made, broken=["the process of swarm 1 ended with -9"])
    assert_says(broken, good=False, said="40 of 50 are unknown: their process of the tester ended")


def assert_says(figures: dict[str, Any], *, good: bool, said: str) -> None:
    """In a sentence, on the page and in the terminal."""
    assert how_it_went(figures)[0] is good
    assert said in how_it_went(figures)[1]
    assert said in " ".join(shown(figures).split())
    kind = "good" if good else "bad"
    assert re.search(f'<p class="banner {kind}">[^<]*{said}', to_html(figures))
    assert (figures["exit_code"] == PASSED) is good or figures["tester"]["limit"]


def unseated(*, failed: int = 4) -> dict[str, Any]:
    """The report of a run in which everybody was refused."""
    made = recording(connected=0, failed=failed, turned_away=failed)
    made.kinds["failures"]["refused: all 7 seats are taken by people"] = failed
    made.kinds["refused"]["match_full"] = failed
    return told(made, "failed > 0")


def test_if_nobody_got_in_the_cause_stands_first_and_nothing_unmeasured_follows() -> None:
    lines = shown(unseated()).splitlines()
    assert lines[0] == "None of 4 clients got in: 4 x refused: all 7 seats are taken by people"
    assert lines[-1].strip() == "FAILED"
    assert len(lines) == 6
    page = to_html(unseated())
    assert "None of 4 clients got in: 4 x refused" in page[: page.index("127.0.0.1")]
    for missing in ("<svg", "<table", "input_ack_ms", "snapshots", 'class="big"'):
        assert missing not in page.partition("<body>")[2]
    for figure in ("input ack", "snapshot", "bytes in", "lobby"):
        assert figure not in "".join(lines)


def test_causes_of_failures_are_reported_the_most_frequent_first() -> None:
    made = recording(connected=10, failed=12)
    for times, letter in enumerate("abcde"):
        made.kinds["failures"][f"cause {letter}"] = times + 1
    good, said = how_it_went(told(made))
    assert not good
    assert said == "12 of 22 did not get in: 5 x cause e; 4 x cause d; 3 x cause c; and 2 other causes"


def test_in_the_terminal_what_is_bad_is_above_the_figures_and_the_outcome_below() -> None:
    lines = shown(told(recording(), "input_ack_ms.p99 > 40", "desyncs > 0")).splitlines()
    assert lines[0] == "FAILED: fail if input_ack_ms.p99 > 40: input_ack_ms.p99 is 50"
    assert lines[1].startswith("Everybody got in")
    assert lines[2].startswith("passed: fail if desyncs > 0")
    assert lines[-1].strip() == "FAILED"
    assert shown(told(recording())).splitlines()[-1].strip() == "passed"


def test_input_to_acknowledgement_says_in_place_what_it_is_made_of() -> None:
    table = shown(told(recording()))
    assert re.search(r"input ack ms .*\n +consists of +the wait for the next tick, the ticks by which", table)
    page = to_html(told(recording()))
    assert "Input to acknowledgement consists of the wait for the next tick" in page[: page.index("<svg")]


def test_a_long_wait_at_the_testers_own_door_is_one_of_more_than_100_ms() -> None:
    figures = told(recording())
    for p99, tones in ((100.0, ["good"]), (100.1, ["warn", "good"])):
        figures["door_wait_ms"]["p99"] = p99
        assert [banner.tone for banner in banners(figures)] == tones


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ({"connected": 3}, "3 of 10 got in"),
        ({"connected": 7, "failed": 3}, "3 of 10 did not get in"),
        ({"connected": 8, "failed": 1}, "1 of 10 did not get in, 8 of 10 got in"),
        ({"connected": 0, "failed": 10}, "None of 10 clients got in"),
        ({"connected": 0, "disconnects": 1}, "None of 10 clients got in, 1 of 10 were cut off"),
        ({"connected": 10, "desyncs": 1200, "faults": 3}, "1,200 desyncs, 3 faults"),
        ({"connected": 6, "never_came": 4}, "4 of 10 are unknown: their process of the tester ended"),
    ],
)
def test_what_went_wrong_is_counted_in_a_sentence(figures: dict[str, Any], said: str) -> None:
    assert how_it_went(told(recording()) | {"clients": 10} | figures) == (False, said)


def test_three_causes_are_in_the_sentence() -> None:
    figures = told(recording()) | {"clients": 10, "failed": 6, "connected": 4}
    assert how_it_went(figures | {"failures": {"a": 1, "b": 3, "c": 2}})[1].endswith(": 3 x b; 2 x c; 1 x a")


def test_the_lines_of_the_table_have_names_in_bold_and_values_beside_them_or_below() -> None:
    figures = told(recording())
    widest = len("bytes per second per client")
    for width, beside in ((60, True), (59, False)):
        out = StringIO()
        Console(width=width, file=out, force_terminal=True, color_system="standard").print(as_table(figures))
        lines = out.getvalue().splitlines()
        assert lines[[line.startswith("\x1b[1mtarget") for line in lines].index(True) - 1].endswith("order.\x1b[0m")
        [bold] = [line for line in lines if line.startswith("\x1b[1mprocesses")]
        plain = re.sub(r"\x1b\[\d*m", "", bold).rstrip()
        assert plain == ("processes".ljust(widest + 2) + "1" if beside else "processes 1")


def test_the_run_itself_is_said_in_one_line() -> None:
    figures = told(recording()) | {"spread": 3, "network": "bad=5%"}
    assert about(figures) == (
        "http://127.0.0.1:8000, 2 players, 0 swarm clients, 5 s, scenario: hold, processes: 1, seed: 1, spread: 3, "
        "network: bad=5%"
    )
    assert about(told(recording())).endswith("seed: 1")


@pytest.mark.parametrize(("waited", "said"), [(20.0, False), (2400.0, True)])
def test_that_clients_waited_at_the_testers_own_door_is_said(waited: float, said: bool) -> None:
    made, meter = recording(), Meter()
    for _ in range(100):
        meter.record("door_wait_ms", waited)
    made.add("swarm 1", meter.cut(0))
    figures = told(made)
    assert ("2,400 ms (p99) before they could connect" in " ".join(shown(figures).split())) is said
    assert ("2,400 ms (p99) before they could connect" in to_html(figures)) is said


def test_that_the_tester_was_the_limit_is_said_in_red() -> None:
    figures = told(recording(cpu=0.95))
    assert '<p class="banner bad">THE TESTER WAS THE LIMIT' in to_html(figures)
    Console(width=120, file=(out := StringIO()), force_terminal=True, color_system="standard").print(as_table(figures))
    assert "\x1b[1;31mTHE TESTER WAS THE LIMIT" in out.getvalue()


def absent(made: Recording, **server: Any) -> dict[str, str]:
    """What the report of a server that was asked says is missing."""
    asked = ServerScraper(Target(server.pop("host", "127.0.0.1"), 8000, tls=False), **server)
    found: dict[str, str] = report(Results(made, asked, 5.0), ABOUT)["absent"]
    return found


def test_the_reason_why_snapshots_have_no_age_is_reported() -> None:
    without = recording(snapshots=9)
    forbidden = "GET /metrics is answered with 403"
    assert absent(without, missing=forbidden) == {"server": forbidden, "snapshot_age_ms": forbidden}
    unknown = absent(without, missing=None, began={1.0})["snapshot_age_ms"]
    assert unknown == "GET /metrics did not say when the ticks of the matches are due, or not in time"
    elsewhere = absent(without, host="192.0.2.1", missing=None, began={1.0})["snapshot_age_ms"]
    assert elsewhere == "the server is on another machine and has another clock"
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
    for name in (*SPREADS, *COUNTS, *COUNTS_BY_KIND):
        assert name.replace("_", " ") in table
    assert "FAILED: fail if input_ack_ms.p99 > 40: input_ack_ms.p99 is 50" in table
    assert "passed: fail if desyncs > 0" in table
    assert "THE TESTER WAS THE LIMIT" in table
    assert "no metrics: the server was not scraped" in table


def test_the_table_says_why_a_figure_is_not_there() -> None:
    assert "snapshot age ms not measured: the server was not scraped" in " ".join(
        shown(told(recording(snapshots=9))).split()
    )


@pytest.mark.parametrize("width", [10, 30, 40, 59, 60, 80, 200])
def test_the_table_shows_every_value_however_narrow_the_terminal_is(width: int) -> None:
    out = StringIO()
    Console(file=out, width=width).print(as_table(told(recording(failed=12_345))))
    assert "12345" in out.getvalue()
    assert "\u2026" not in out.getvalue()
