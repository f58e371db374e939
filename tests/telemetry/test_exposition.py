from __future__ import annotations

from collections.abc import Mapping

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.metrics_core import HistogramMetricFamily
from prometheus_client.parser import text_string_to_metric_families

from game_server.telemetry import metrics
from game_server.telemetry.exposition import FRESH_FOR, Exposition, Writer, merged
from game_server.telemetry.histogram import BOUNDS, Histogram
from game_server.telemetry.metrics import Metric, Reading

labels = st.text(max_size=8)
durations = st.lists(st.floats(0, 5), max_size=20)


def histogram_of(seconds: list[float]) -> Histogram:
    histogram = Histogram()
    for duration in seconds:
        histogram.record(duration)
    return histogram


def written(metric: Metric, series: Mapping[tuple[str, ...], float | Histogram]) -> str:
    return Writer().write({metric: series}).decode()


@given(st.dictionaries(st.tuples(labels, labels), durations, min_size=1, max_size=4))
def test_a_histogram_is_written_as_the_library_would(series: dict[tuple[str, ...], list[float]]) -> None:
    histograms: dict[tuple[str, ...], Histogram] = {values: histogram_of(seconds) for values, seconds in series.items()}
    two_labels = attrs.evolve(metrics.TICK_PHASE, labels=("match", "phase"))
    text = written(two_labels, histograms)
    expected = HistogramMetricFamily(two_labels.name, two_labels.help, labels=list(two_labels.labels))
    for values, histogram in histograms.items():
        bounds = [str(bound) for bound in BOUNDS] + ["+Inf"]
        cumulative = [float(sum(histogram.counts[: at + 1])) for at in range(len(bounds))]
        expected.add_metric(list(values), list(zip(bounds, cumulative, strict=True)), histogram.sum)
    [found] = text_string_to_metric_families(text)
    assert found == expected


@given(st.dictionaries(st.tuples(labels), st.integers(0, 2**53), max_size=4))
def test_counters_and_gauges_come_back_as_they_were(series: dict[tuple[str, ...], float]) -> None:
    for metric in (metrics.REFUSALS, metrics.SEATS):
        [family] = text_string_to_metric_families(written(metric, series))
        assert family.documentation == metric.help
        assert {(sample.name, tuple(sample.labels.values())): sample.value for sample in family.samples} == {
            (metric.name, values): value for values, value in series.items()
        }


def test_a_series_without_its_labels_is_a_fault() -> None:
    with pytest.raises(ValueError, match="game_server_seats has the labels"):
        Writer().write({metrics.SEATS: {(): 1}})


def test_the_text_follows_the_series_that_come_and_go() -> None:
    writer, ticks = Writer(), Metric("ticks", "gauge", "100 % of them.", ("match",))
    assert b'ticks{match="A"} 1\n' in writer.write({ticks: {("A",): 1}})
    both = writer.write({ticks: {("A",): 2, ("100%",): 3}})
    assert both.endswith(b'ticks{match="A"} 2\nticks{match="100%"} 3\n')
    assert writer.write({ticks: {("100%",): 4}}).endswith(b'gauge\nticks{match="100%"} 4\n')
    assert b"100 % of them." in both


def test_the_text_is_made_twice_a_second_however_often_it_is_asked_for() -> None:
    now, readings = 100.0, 0

    def read() -> Reading:
        nonlocal readings
        readings += 1
        return {Metric("readings", "gauge", "So far."): {(): readings}}

    exposition = Exposition(read, lambda: now)
    assert len({exposition.text() for _ in range(1_000)}) == 1
    assert readings == 1
    now += FRESH_FOR
    assert b"\nreadings 2\n" in exposition.text()


def test_the_process_metrics_are_among_the_others() -> None:
    text = Exposition(dict, lambda: 0.0).text()
    assert b"\nprocess_cpu_seconds_total " in text
    assert b"\nprocess_resident_memory_bytes " in text


@given(st.lists(labels, min_size=1, max_size=3, unique=True), labels, durations, st.integers(0, 9))
def test_metrics_of_several_processes_are_one_text_that_the_library_reads(
    nodes: list[str], match: str, seconds: list[float], count: int
) -> None:
    reading: Reading = {metrics.MATCHES: {(): count}, metrics.TICK_DURATION: {(match,): histogram_of(seconds)}}
    texts = [Exposition(lambda: reading, lambda: 0.0, node).text() for node in nodes]
    families = {family.name: family for family in text_string_to_metric_families(merged(texts).decode())}
    counted = families["game_server_matches"].samples
    assert [(sample.labels.get("node", ""), sample.value) for sample in counted] == [(node, count) for node in nodes]
    sums = [it for it in families["game_server_tick_duration_seconds"].samples if it.name.endswith("_count")]
    assert [it.labels for it in sums] == [{"match": match} | ({"node": node} if node else {}) for node in nodes]
