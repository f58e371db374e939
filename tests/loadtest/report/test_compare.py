from __future__ import annotations

import json
import math
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from game_server.errors import ConfigError
from game_server.loadtest.report.compare import Change, compare, in_short
from game_server.loadtest.report.compared_figures import COMPARED_FIGURES, ComparedFigure
from game_server.loadtest.report.json import read_report
from tests.loadtest.report.test_json import recording, told


@pytest.fixture
def before() -> dict[str, Any]:
    return told(recording())


def changed(report: dict[str, Any], **figures: Any) -> dict[str, Any]:
    other = deepcopy(report)
    for name, value in figures.items():
        other[name] = other[name] | value if isinstance(value, dict) else value
    return other


def test_a_run_is_like_itself(before: dict[str, Any]) -> None:
    comparison = compare(before, before)
    assert not comparison.worse
    assert comparison.verdict == "no change that matters"
    assert comparison.doubts == ()


def test_growth_beyond_what_runs_differ_by_is_worse_and_the_other_way_round_better(before: dict[str, Any]) -> None:
    after = changed(before, input_ack_ms={"p99": 80.0})
    assert compare(before, after).verdict == "worse: input_ack_ms.p99"
    assert compare(before, after).worse
    assert compare(after, before).verdict == "better: input_ack_ms.p99"
    assert not compare(after, before).worse


@pytest.mark.parametrize("p99", [45.5, 54.5])
def test_a_small_change_is_none(before: dict[str, Any], p99: float) -> None:
    assert compare(before, changed(before, input_ack_ms={"p99": p99})).verdict == "no change that matters"


def test_a_change_within_what_the_seconds_of_a_run_differ_by_is_none(before: dict[str, Any]) -> None:
    after = changed(before, input_ack_ms={"p99": 80.0})
    noisy = deepcopy(after)
    for row, p99 in zip(noisy["series"], (50.0, 90.0, 60.0, 50.0, 50.0), strict=True):
        row["input_ack_ms.p99"] = p99
    assert compare(before, after).worse
    for pair in ((before, noisy), (noisy, before)):
        comparison = compare(*pair)
        assert comparison.verdict == "no change that matters"
        assert {c.name: c.varies for c in comparison.changes}["input_ack_ms.p99"] == 40
    assert compare(before, changed(noisy, input_ack_ms={"p99": 91.0})).verdict == "worse: input_ack_ms.p99"


def test_a_change_of_what_happens_once_is_none_within_its_own_tail(before: dict[str, Any]) -> None:
    before = changed(before, connect_ms={"p50": 5.0, "p99": 14.0})
    assert compare(before, changed(before, connect_ms={"p99": 22.0})).verdict == "no change that matters"
    assert compare(before, changed(before, connect_ms={"p50": 50.0, "p99": 80.0})).worse


def with_noise(report: dict[str, Any], **series: float) -> dict[str, Any]:
    """The run, with these ``series`` in one second and half of them in the next."""
    noisy = deepcopy(report)
    for second, row in enumerate(noisy["series"]):
        row.update({name: value / (1 + second % 2) for name, value in series.items()})
    return noisy


@pytest.mark.parametrize(
    ("name", "now"),
    [("connected", 0), ("failed", 1), ("disconnects", 1), ("lost_seats", 1), ("desyncs", 1), ("faults", 1)],
)
def test_one_is_always_worse_however_the_seconds_differ(before: dict[str, Any], name: str, now: int) -> None:
    was = 1 - now
    noisy = with_noise(before, **{name: 9.0})
    assert compare(changed(noisy, **{name: was}), changed(noisy, **{name: now})).verdict == f"worse: {name}"


@pytest.mark.parametrize(
    ("figure", "series", "usual"),
    [
        ("snapshots_per_second.p1", "snapshots", 30.0),
        ("snapshots_per_second.p50", "snapshots", 30.0),
        ("bytes_in_per_second.p50", "bytes_in", 3000.0),
    ],
)
def test_what_one_client_gets_varies_as_what_all_get(
    before: dict[str, Any], figure: str, series: str, usual: float
) -> None:
    even = deepcopy(before)
    for row in even["series"]:
        row[series] = 2 * usual
    uneven = with_noise(before, **{series: 2 * usual})
    name, _, statistic = figure.partition(".")
    varies = [
        {change.name: change.varies for change in compare(report, report).changes}[figure]
        for report in (changed(even, **{name: {statistic: usual}}), changed(uneven, **{name: {statistic: usual}}))
    ]
    assert varies == [0, usual / 2]


@pytest.mark.parametrize(
    ("figures", "name"),
    [
        ({"tick_lateness_ms": {"p99": 6.0}}, "server.tick_lateness_ms.p99"),
        ({"tick_duration_ms": {"p50": 6.0, "p99": 2.0}}, "server.tick_duration_ms.p50"),
        ({"ticks_dropped": 2.5}, "server.ticks_dropped per second"),
        ({"snapshots_skipped": 5.0}, "server.snapshots_skipped per client-second"),
        ({"server_cpu": 0.6}, "server.server_cpu"),
        ({"server_memory_mb": 60.0}, "server.server_memory_mb"),
    ],
)
def test_a_server_that_keeps_up_less_is_worse(figures: dict[str, Any], name: str) -> None:
    well: dict[str, Any] = {
        "tick_lateness_ms": {"p50": 1.0, "p99": 2.0},
        "tick_duration_ms": {"p50": 1.0, "p99": 2.0},
        "ticks_dropped": 0.0,
        "snapshots_skipped": 0.0,
        "server_cpu": 0.5,
        "server_memory_mb": 50.0,
    }
    before = told(recording()) | {"server": well}
    assert compare(before, before | {"server": well | figures}).verdict == f"worse: {name}"


@pytest.mark.parametrize(
    ("was", "now", "name"),
    [
        ({}, {"connected": 0}, "connected"),
        ({"snapshots_per_second": {"p50": 30.0}}, {"snapshots_per_second": {"p50": 3.0}}, "snapshots_per_second.p50"),
        ({"snapshots_per_second": {"p1": 30.0}}, {"snapshots_per_second": {"p1": 3.0}}, "snapshots_per_second.p1"),
        ({}, {"missed_ticks": 100_000}, "missed_ticks per client-second"),
        ({}, {"unanswered_inputs": 1_000_000}, "unanswered_inputs per client-second"),
        ({}, {"lost_seats": 50}, "lost_seats"),
        ({"outage_ms": {"p50": 190, "p99": 200}}, {"outage_ms": {"p50": 190, "p99": 20_000}}, "outage_ms.p99"),
    ],
)
def test_what_players_would_notice_is_worse(
    before: dict[str, Any], was: dict[str, Any], now: dict[str, Any], name: str
) -> None:
    assert compare(changed(before, **was), changed(before, **now)).verdict == f"worse: {name}"
    assert compare(changed(before, **now), changed(before, **was)).verdict == f"better: {name}"


def test_what_is_worse_when_it_falls_and_what_happens_once() -> None:
    assert [figure.name for figure in COMPARED_FIGURES if figure.falls] == [
        "connected", "snapshots_per_second.p1", "snapshots_per_second.p50",
    ]  # fmt: skip
    assert [figure.name for figure in COMPARED_FIGURES if figure.once] == [
        "connect_ms.p99", "join_ms.p99", "outage_ms.p99",
    ]  # fmt: skip


LATENCY = ComparedFigure(("input_ack_ms", "p99"), 0.15, 5)


def varies(values: list[float], *, clients: list[int] | None = None, figure: ComparedFigure = LATENCY) -> float:
    """The variation of a run with these p99s second by second, and one second that is cut short."""
    inside = clients or [10] * len(values)
    rows = [{"players": players, "input_ack_ms.p99": value} for players, value in zip(inside, values, strict=True)]
    return figure.varies({"series": [*rows, {"players": 10, "input_ack_ms.p99": 999.0}]})


def test_a_figure_varies_from_its_fifth_percentile_to_its_95th() -> None:
    assert varies([50.0]) == 0
    assert varies([50.0, 60.0]) == 10
    assert varies([0.0, *[50.0] * 17, 100.0]) == 100
    assert varies([0.0, *[50.0] * 18, 100.0]) == 0
    assert varies([0.0, 1.0, *[50.0] * 36, 99.0, 100.0]) == 0
    assert varies([0.0, 1.0, *[50.0] * 35, 99.0, 100.0]) == 98


@pytest.mark.parametrize("figure", COMPARED_FIGURES, ids=lambda figure: figure.name)
def test_of_a_run_without_a_second_no_variation_is_known(figure: ComparedFigure) -> None:
    assert figure.varies({"series": []}) == 0


def test_seconds_in_which_fewer_than_nine_of_ten_clients_are_in_do_not_count() -> None:
    assert varies([50.0, 60.0, 99.0], clients=[10, 9, 8]) == 10


@pytest.mark.parametrize(
    ("was", "now", "trend"),
    [(100.0, 115.0, "same"), (100.0, 115.1, "worse"), (20.0, 25.0, "same"), (20.0, 25.1, "worse")],
)
def test_a_figure_is_worse_only_beyond_its_share_and_its_least(
    before: dict[str, Any], was: float, now: float, trend: str
) -> None:
    first, second = (changed(before, input_ack_ms={"p99": value}) for value in (was, now))
    trends = {change.name: change.trend for change in compare(first, second).changes}
    assert trends["input_ack_ms.p99"] == trend


@pytest.mark.parametrize(
    ("before", "after", "percent"),
    [(50.0, 60.0, "+20 %"), (50.0, 40.0, "-20 %"), (0, 5, "new"), (0, 0, ""), (None, 5, "not measured in both")],
)
def test_a_change_is_said_in_percent(before: float | None, after: float | None, percent: str) -> None:
    assert Change("name", before, after, 0.0, "same").percent == percent


@pytest.mark.parametrize(
    ("value", "said"),
    [(None, "-"), (0, "0"), (12.3456, "12.35"), (999.96, "1000"), (1000, "1,000"), (-1234.5, "-1,234"), (0.5, "0.5")],
)
def test_a_figure_is_shown_in_four_digits(value: float | None, said: str) -> None:
    assert in_short(value) == said


@pytest.mark.parametrize(("seconds", "doubted"), [(95.0, False), (94.9, True), (None, True)])
def test_runs_of_which_one_took_a_twentieth_longer_are_doubted(
    before: dict[str, Any], seconds: float | None, doubted: bool
) -> None:
    first, second = (before | {"seconds": value} for value in (100.0, seconds))
    if seconds is not None:
        assert bool(compare(first, second).doubts) is doubted
    assert not compare(first, first).doubts


def test_counts_are_compared_by_client_and_second(before: dict[str, Any]) -> None:
    longer = changed(before, missed_ticks=2000)
    longer["series"] = 2 * longer["series"]
    assert compare(changed(before, missed_ticks=1000), longer).verdict == "no change that matters"


def test_what_only_one_run_has_is_shown_and_doubted(before: dict[str, Any]) -> None:
    comparison = compare(before, changed(before, connect_ms={"p99": 500.0}))
    [change] = [change for change in comparison.changes if change.name == "connect_ms.p99"]
    assert (change.before, change.after, change.trend, change.percent) == (None, 500.0, "same", "not measured in both")
    assert comparison.doubts == ("in the first run there is no connect_ms.p99",)


def test_a_server_without_figures_of_its_own_is_doubted_once(before: dict[str, Any]) -> None:
    told = changed(before)
    told["server"] = {"tick_lateness_ms": {"p99": 1.0}, "server_cpu": 0.5}
    assert compare(told, before).doubts == ("in the second run the server reported no metrics",)


def test_differences_between_the_runs_are_reported(before: dict[str, Any]) -> None:
    after = changed(
        before,
        target="http://b",
        players=50,
        processes=2,
        machine="64 cores",
        seconds=60.0,
        interrupted=True,
        tester={"limit": "too slow"},
        connected=0,
    )
    assert compare(before, after).doubts == (
        "target is 'http://127.0.0.1:8000' in one and 'http://b' in the other",
        "players is 2 in one and 50 in the other",
        "processes is 1 in one and 2 in the other",
        "machine is '2 cores, Linux' in one and '64 cores' in the other",
        "one run took 5 s and the other 60 s",
        "in the second run the tester was the limit",
        "the second run was ended early",
        "in the second run nobody got in",
    )


def test_a_report_is_read_as_it_was_written(before: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(before))
    assert read_report(path) == before


@pytest.mark.parametrize(
    "lacking",
    ["tester", "tester.limit", "interrupted", "swarm", "failed", "input_ack_ms", "input_ack_ms.p99", "server"],
)
def test_a_report_that_lacks_a_key_is_refused_with_its_name(
    before: dict[str, Any], lacking: str, tmp_path: Path
) -> None:
    head, _, rest = lacking.partition(".")
    del (before[head] if rest else before)[rest or head]
    path = tmp_path / "a.json"
    path.write_text(json.dumps(before))
    with pytest.raises(ConfigError, match=f"a.json has no '{lacking}'"):
        read_report(path)


def test_a_report_with_a_word_where_figures_have_to_be_is_refused(before: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(before | {"tester": "ok"}))
    with pytest.raises(ConfigError, match="'tester' is 'ok', but should contain 'limit'"):
        read_report(path)


@pytest.mark.parametrize(
    ("text", "saying"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not a report: it is nested too deeply"),
        ("[]", "is not a report"),
        ('{"format": 9}', "is not a report"),
        ('{"capacity": 9, "probes": []}', "is from --find-limit"),
    ],
)
def test_what_is_no_report_is_refused(text: str, saying: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match=saying):
        read_report(path)
    with pytest.raises(ConfigError, match="No such file"):
        read_report(tmp_path / "b.json")


def test_a_word_in_a_second_where_a_figure_has_to_be_is_refused(before: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    before["series"][1]["cpu"] = "much"
    path.write_text(json.dumps(before))
    with pytest.raises(ConfigError, match=r"'series.cpu' is 'much'"):
        read_report(path)


@pytest.mark.parametrize("value", ["50", math.nan, math.inf, True, 10**400, [1]])
def test_a_figure_that_is_no_number_is_refused(before: dict[str, Any], value: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(changed(before, input_ack_ms={"p99": value})))
    with pytest.raises(ConfigError, match=r"'input_ack_ms.p99' is .*, but should be a number"):
        read_report(path)


DOCUMENT = (Path(__file__).parents[3] / "docs" / "LOAD_TESTING.md").read_text(encoding="utf-8")


def test_the_thresholds_of_a_comparison_are_those_of_the_document() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| ([\d.]+) % \| ([\d.]+) \|$", DOCUMENT, re.MULTILINE)
    assert [(name, float(share), float(least)) for name, share, least in rows] == [
        (figure.name, round(100 * figure.share, 6), figure.least) for figure in COMPARED_FIGURES
    ]
