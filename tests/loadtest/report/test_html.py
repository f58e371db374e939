from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.loadtest.metrics.meter import Meter
from game_server.loadtest.metrics.recording import Recording
from game_server.loadtest.report.html import plots, to_html
from game_server.loadtest.report.plot import HEIGHT, WIDTH, Plot, PlotLine, nice, short, times, to_svg
from tests.loadtest.report.test_json import recording, told

_VOID = {"meta", "path"}


class _Balanced(HTMLParser):
    """Every tag that opens closes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self.open.pop() == tag


def page(made: Recording, *failing: str) -> str:
    return to_html(told(made, *failing))


def test_the_page_is_whole_and_needs_nothing_from_anywhere() -> None:
    read = _Balanced(page(recording()))
    assert read.links == []
    assert "script" not in read.tags
    assert "svg" in read.tags


def test_what_was_counted_has_a_row_each_and_what_never_happened_has_none() -> None:
    made, meter = recording(desyncs=3), Meter()
    meter.count_kind("closes", "4001", 7)
    made.add("players 1", meter.cut(4))
    shown = page(made)
    assert "<td>desyncs</td><td>3</td>" in shown
    assert "<td>closes: 4001</td><td>7</td>" in shown
    assert "<td>lost_seats</td>" not in shown


def test_a_run_of_a_day_is_a_page_of_less_than_500_kb() -> None:
    made, meter = Recording(), Meter()
    for second in range(3000):
        for name in ("input_ack_ms", "snapshot_gap_ms", "snapshot_age_ms", "tester_lag_ms"):
            meter.record(name, second % 100)
        meter.level("swarm", second)
        meter.count("bytes_in", 12345 * second)
        made.add("swarm 1", meter.cut(second))
    assert len(page(made).encode()) < 500_000


def test_what_others_wrote_is_text_and_nothing_else() -> None:
    made, meter = recording(failed=1), Meter()
    meter.count_kind("failures", "closed with 4009 <script>alert(1)</script>")
    made.add("players 1", meter.cut(4))
    assert "<script>" not in page(made)
    assert "&lt;script&gt;" in page(made)


def test_the_verdict_stands_at_the_top() -> None:
    text = page(recording(cpu=0.95), "input_ack_ms.p99 > 40", "desyncs > 0")
    assert re.findall(r'<p class="banner (\w+)">([^:<]*)', text) == [
        ("bad", "THE TESTER WAS THE LIMIT, not the server"),
        ("bad", "FAILED"),
        ("good", "Everybody got in and stayed; no desync, no snapshot out of order."),
        ("good", "passed"),
    ]
    assert "FAILED: fail if input_ack_ms.p99 &gt; 40: input_ack_ms.p99 is 50" in text
    assert text.index("FAILED") < text.index("127.0.0.1") < text.index("<svg")


@given(st.lists(st.none() | st.floats(0, 1e9), min_size=1, max_size=1000).filter(any))
def test_every_point_of_a_plot_is_within_its_frame(values: list[float | None]) -> None:
    svg = to_svg(Plot("a plot", "ms", (PlotLine("p50", values),)), list(range(len(values))))
    for path in re.findall(r'class="line c0" d="([^"]*)"', svg):
        for x, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", path):
            assert 0 <= float(x) <= WIDTH
            assert 0 <= float(y) <= HEIGHT


def test_a_peak_of_one_second_is_not_lost_in_a_long_run() -> None:
    values = [1.0] * 5000
    values[2345] = 80.0
    svg = to_svg(Plot("a plot", "ms", (PlotLine("p50", values),)), list(range(5000)))
    heights = [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", svg.split('class="line')[1])]
    assert min(heights) == 10
    assert len(heights) <= 400


@given(st.floats(1e-6, 1e12))
def test_an_axis_ends_at_a_round_number_that_is_not_far(value: float) -> None:
    assert value <= nice(value) * (1 + 1e-6)
    assert nice(value) <= 2.5 * value


def test_numbers_on_axes_are_short() -> None:
    assert [short(value) for value in (0, 0.25, 7.5, 999, 1500, 25_000, 3e6)] == [
        "0", "0.25", "7.5", "999", "1,500", "25k", "3M",
    ]  # fmt: skip


def test_the_page_says_when_and_with_what_it_was_made() -> None:
    said = page(recording())
    for part in ("2026-01-02T03:04:05+00:00", "game-server 0.1.0", "processes: 1", "seed: 1"):
        assert part in said


def test_the_key_of_a_plot_names_no_line_that_is_empty() -> None:
    said = page(recording())
    assert "</i>players</span>" in said
    assert "</i>swarm</span>" not in said


@pytest.mark.parametrize(
    ("start", "end", "labels"),
    [
        (0, 7, "0 s,2 s,4 s,6 s"),
        (0, 1, "0 s,1 s"),
        (3, 33, "5 s,10 s,15 s,20 s,25 s,30 s"),
        (0, 90, "0 s,15 s,30 s,45 s,60 s,75 s,90 s"),
        (0, 300, "0 min,1 min,2 min,3 min,4 min,5 min"),
        (0, 86_400, "0 h,4 h,8 h,12 h,16 h,20 h,24 h"),
    ],
)
def test_the_times_under_a_plot_are_round(start: float, end: float, labels: str) -> None:
    assert ",".join(label for _, label in times(start, end)) == labels


@pytest.mark.parametrize(
    ("value", "top"),
    [
        (0, 1),
        (-3, 1),
        (1, 1),
        (1.1, 2),
        (2, 2),
        (3, 4),
        (4.5, 5),
        (6, 8),
        (8.1, 10),
        (10, 10),
        (0.031, 0.04),
        (950, 1000),
    ],
)
def test_the_top_of_a_plot_is_the_next_round_number(value: float, top: float) -> None:
    assert nice(value) == pytest.approx(top)


def test_over_time_a_page_shows_every_figure_in_its_unit() -> None:
    row = {"swarm": 3, "players": 2, "bytes_in": 2500, "bytes_out": 500, "server_cpu": 0.25, "cpu": 0.5}
    row |= {"server_memory_mb": 64.5, "tick_lateness_ms.p50": 1.0, "tick_lateness_ms.p99": 2.0}
    row |= {f"tick_{phase}_ms.p99": at for at, phase in enumerate(("duration", "drain", "rules", "encode", "write"))}
    for at, name in enumerate(("input_ack_ms", "snapshot_gap_ms", "snapshot_age_ms", "tester_lag_ms")):
        row |= {f"{name}.p50": 10 * at, f"{name}.p99": 10 * at + 1, f"{name}.p99.9": 10 * at + 2}
    row |= {"connect_ms.p99": 7, "join_ms.p99": 8}
    told = {plot.title: (plot.unit, {line.name: line.values for line in plot.lines}) for plot in plots([row, {}])}
    assert told == {
        title: (unit, {name: [value, None] for name, value in values.items()})
        for title, unit, values in (
            ("Clients in", "", {"swarm": 3, "players": 2}),
            ("Input to acknowledgement", "ms", {"p50": 0, "p99": 1, "p99.9": 2}),
            ("Gap between snapshots", "ms", {"p50": 10, "p99": 11, "p99.9": 12}),
            ("Age of snapshots", "ms", {"p50": 20, "p99": 21, "p99.9": 22}),
            ("Tick lateness", "ms", {"p50": 1.0, "p99": 2.0}),
            ("Tick and its phases, p99", "ms", {"tick": 0, "drain": 1, "rules": 2, "encode": 3, "write": 4}),
            ("Bytes a second, all clients", "KB", {"in": 2.5, "out": 0.5}),
            ("CPU", "% of a core", {"server": 25, "tester, busiest": 50}),
            ("Memory of the server", "MB", {"resident": 64.5}),
            ("Lateness of the tester", "ms", {"p50": 30, "p99": 31, "p99.9": 32}),
            ("Joining", "ms", {"connect p99": 7, "join p99": 8}),
        )
    }


def test_a_plot_is_drawn_in_its_frame_from_its_first_second_to_its_last() -> None:
    svg = to_svg(
        Plot("a <plot>", "ms", (PlotLine("p50", [0, None, 8.0, 4.0, None]), PlotLine("", [None] * 5))), range(5)
    )
    assert 'viewBox="0 0 560 240"' in svg
    assert 'aria-label="a &lt;plot&gt;"' in svg
    assert re.findall(r'class="line (c\d)" d="([^"]*)"', svg) == [("c0", "M52 212M300 10L424 111")]
    assert re.findall(r'class="grid" d="([^"]*)"', svg) == [f"M52 {y}H548" for y in (212.0, 161.5, 111.0, 60.5, 10.0)]
    heights = re.findall(r'text-anchor="end" x="46" y="([\d.]+)">([^<]*)<', svg)
    assert heights == [("216.0", "0"), ("165.5", "2"), ("115.0", "4"), ("64.5", "6"), ("14.0", "8")]
    assert re.findall(r'text-anchor="(\w+)" x="([\d.]+)" y="232">([^<]*)<', svg) == [
        ("middle", "52.0", "0 s"), ("middle", "176.0", "1 s"), ("middle", "300.0", "2 s"), ("middle", "424.0", "3 s"),
        ("end", "548.0", "4 s"),
    ]  # fmt: skip


def test_a_lone_value_is_a_point_and_a_run_of_a_second_has_an_axis() -> None:
    svg = to_svg(Plot("", "", (PlotLine("p50", [5.0]),)), [3])
    assert 'd="M52 10h0"' in svg
    assert re.findall(r">(\d+ s)<", svg) == ["3 s", "4 s"]


@pytest.mark.parametrize(("seconds", "points"), [(400, 400), (401, 201), (800, 400), (801, 267)])
def test_a_long_run_is_drawn_with_400_points_at_most(seconds: int, points: int) -> None:
    svg = to_svg(Plot("", "", (PlotLine("", [1.0] * seconds),)), range(seconds))
    assert len(re.findall(r"[ML][\d.]+ ", svg.split('class="line')[1])) == points


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1000, "1,000"), (-1500, "-1,500"), (9999, "9,999"), (10_000, "10k"), (999_400, "999k"), (1e6, "1M"),
        (2.5e9, "2.5G"), (1e9, "1G"), (999.4, "999"), (0.0125, "0.0125"),
    ],
)  # fmt: skip
def test_a_number_on_an_axis_has_three_digits_or_a_letter(value: float, said: str) -> None:
    assert short(value) == said


def test_numbers_are_as_short_as_they_may_be_in_tables_and_cards() -> None:
    made, meter = recording(cpu=0.376, snapshots=1_234_567), Meter()
    for name, value in (("connect_ms", 999.504), ("join_ms", 1000.0), ("round_trip_ms", 7.0), ("outage_ms", 1000.25)):
        meter.record(name, value)
    made.add("players 1", meter.cut(4))
    shown = page(made)
    assert '<b>38</b><span class="soft">% of a core' in shown
    assert re.findall(r"connect, p99</span><b>([^<]*)</b>", shown) == ["999.5"]
    assert re.findall(r"snapshot gap, p99</span><b>([^<]*)</b>", shown) == ["-"]
    for name, cell in (("connect_ms", "999.50"), ("join_ms", "1,000"), ("round_trip_ms", "7"), ("outage_ms", "1,000")):
        assert f"<td>{name}</td><td></td><td>{cell}</td>" in shown
    assert "<td>snapshots</td><td>1,234,567</td>" in shown
    assert "<td>snapshot_gap_ms</td>" not in shown


def test_a_run_of_which_no_process_reported_its_cpu_says_so() -> None:
    figures = told(recording()) | {"tester": {"cpu": {}, "limit": None}}
    assert re.findall(r"tester CPU, most</span><b>([^<]*)</b>", to_html(figures)) == ["-"]


STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 86_400)
"""Seconds between two labels of the time."""


@pytest.mark.parametrize(("step", "next_"), list(pairwise(STEPS)))
def test_the_times_under_a_plot_are_as_close_as_seven_labels_allow(step: int, next_: int) -> None:
    assert [at for at, _ in times(0, 6 * step)] == [step * number for number in range(7)]
    assert times(0, 6 * step + 0.5)[1][0] == next_


def test_under_a_plot_of_weeks_there_are_days() -> None:
    assert [label for _, label in times(0, 9 * 86_400)] == [f"{24 * day} h" for day in range(10)]
