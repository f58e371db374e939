from __future__ import annotations

import os
from typing import Any

import pytest

from tools.bench import machine
from tools.bench.benches import ARENA, TRANSPORT
from tools.bench.report import median, to_json, to_markdown
from tools.bench.trial import figures

RAW: dict[str, Any] = {
    "seconds": 10.0,
    "joined": 1000,
    "failures": [],
    "lost": 0,
    "server_cpu": 0.25,
    "server_kernel_cpu": 0.1,
    "other_cpu": 0.01,
    "snapshots_min": 29.9,
    "snapshots_median": 30.0,
    "bytes_per_client_second": 18_120.0,
    "inputs_per_client_second": 30.0,
    "inputs_blocked": 0,
    "in_view": None,
    "load_cpu": 0.4,
    "load_lag_p99_ms": 0.2,
    "load_lag_max_ms": 1.0,
    "load_skipped": 0,
    "join_seconds": 1.0,
    "server_kb_per_client": 20.0,
}


def trial(**changes: Any) -> dict[str, Any]:
    return figures({**RAW, **changes}, 1000)


def test_cpu_is_given_in_microseconds_a_client_and_second() -> None:
    assert trial()["cpu_us_per_client_second"] == 250
    assert trial()["valid"] is True


@pytest.mark.parametrize(
    "changes", [{"load_cpu": 0.81}, {"load_skipped": 3}, {"joined": 999}, {"lost": 1}, {"other_cpu": 0.2}]
)
def test_there_is_no_verdict_on_a_trial_that_was_disturbed(changes: dict[str, Any]) -> None:
    found = trial(**changes)
    assert found["valid"] is False
    assert found["complaints"]


def test_a_server_that_leaves_out_snapshots_does_not_keep_up() -> None:
    assert trial()["keeps_up"] is True
    assert trial(snapshots_median=17.0)["keeps_up"] is False


def test_of_matches_that_are_alike_the_worst_is_reported_and_all_dropped_ticks() -> None:
    spent = {"p50": 2.0, "p99": 4.0, "max": 5.0}
    match = {
        "ticks_dropped": 7,
        "tick_duration_ms": spent,
        "tick_lateness_ms": spent,
        "tick_phases_ms": {"rules": spent},
    }
    worse = {**match, "tick_duration_ms": {"p50": 3.0, "p99": 9.0, "max": 9.0}}
    found = trial(matches=[match, worse])
    assert found["ticks_dropped"] == 14
    assert (found["tick_ms_p50"], found["tick_ms_p99"], found["tick_lateness_ms_p99"]) == (3.0, 9.0, 4.0)
    assert found["phases_ms_p50"] == {"rules": 2.0}


def test_the_median_is_taken_figure_by_figure_and_is_valid_when_every_trial_is() -> None:
    found = median([trial(server_cpu=cpu) for cpu in (0.2, 0.9, 0.3)])
    assert found["cpu_us_per_client_second"] == 300
    assert found["trials_cpu_us"] == [200, 900, 300]
    assert found["valid"] is True
    assert median([trial(), trial(load_cpu=0.9)])["valid"] is False


def test_json_gives_each_server_the_figures_of_the_headline_and_those_of_every_size() -> None:
    results = {"ours": {100: trial(server_cpu=0.1), 1000: trial()}}
    found = to_json(ARENA, results, {})["arena"]["ours"]
    assert found["cpu_us_per_client_second"] == 250
    assert found["at"]["100"]["cpu_us_per_client_second"] == 100


def test_targets_compare_with_the_peers_that_were_measured() -> None:
    results = {"ours": {1000: trial()}, "node_ws": {1000: trial(server_cpu=0.5)}}
    targets = {target["what"]: target for target in to_json(TRANSPORT, results, {})["targets"]}
    assert targets["CPU, beside Node ws"] == {
        "what": "CPU, beside Node ws",
        "most": 0.8,
        "value": 0.5,
        "reached": True,
    }
    assert targets["CPU, beside the C floor"]["value"] is None


def test_there_is_no_verdict_on_a_number_that_a_disturbed_trial_gave() -> None:
    results = {"ours": {1000: trial()}, "node_ws": {1000: trial(server_cpu=0.5, load_cpu=0.9)}}
    target = to_json(TRANSPORT, results, {})["targets"][0]
    assert (target["value"], target["reached"]) == (0.5, None)


def test_a_target_may_ask_how_much_of_the_snapshots_is_lacking() -> None:
    results = {"ours_full_rules": {1000: trial(snapshots_min=28.0)}}
    targets = to_json(ARENA, results, {})["targets"]
    assert [(target["value"], target["reached"]) for target in targets if "lacks" in target["what"]] == [
        (2.0, False),
        (None, None),
        (None, None),
    ]


def test_the_cpu_time_and_memory_of_a_process_are_read() -> None:
    assert machine.cpu_time(os.getpid()).total > 0
    assert machine.resident_bytes(os.getpid()) > 1_000_000
    assert machine.busy_seconds(min(os.sched_getaffinity(0))) > 0


def test_markdown_has_a_row_for_every_server_and_size_and_for_each_measured_target() -> None:
    results = {"ours": {1000: trial()}, "node_ws": {1000: trial(server_cpu=0.5)}}
    text = to_markdown(TRANSPORT, results)
    assert "| `ours` | 1,000 | 250 | 0.25 | 40% |" in text
    assert "| `node_ws` | 1,000 | 500 | 0.50 | 20% |" in text
    assert "| CPU, beside Node ws | 0.8 | 0.5 | reached |" in text
    assert "floor" not in text
