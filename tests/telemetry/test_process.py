from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.process_collector import ProcessCollector

from game_server.telemetry.process import CPU, MAX_FDS, OPEN_FDS, ProcessReader


def test_the_process_metrics_are_those_of_the_library() -> None:
    expected = {
        sample.name: (family.documentation, family.type, sample.value)
        for family in ProcessCollector(registry=CollectorRegistry()).collect()
        for sample in family.samples
    }
    found = ProcessReader().read()
    assert {metric.name for metric in found} == set(expected)
    for metric, series in found.items():
        help, type, value = expected[metric.name]
        assert (metric.help, metric.type) == (help, type)
        # The library counts the descriptor by which it lists the others, and memory may grow meanwhile.
        assert series[()] == pytest.approx(value, rel=0.01, abs=2)


def test_files_and_time_are_those_of_the_moment() -> None:
    reader = ProcessReader()
    before = reader.read()
    files = [os.open("/dev/null", os.O_RDONLY) for _ in range(5)]
    used = time.process_time()
    try:
        after = reader.read()
    finally:
        for file in files:
            os.close(file)
    assert after[OPEN_FDS][()] == before[OPEN_FDS][()] + 5  # type: ignore[operator]
    assert after[CPU][()] >= used  # type: ignore[operator]
    assert after[MAX_FDS] == before[MAX_FDS]


def test_where_the_system_has_no_figures_there_are_none(tmp_path: Path) -> None:
    assert ProcessReader(tmp_path).read() == {}
