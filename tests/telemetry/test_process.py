from __future__ import annotations

import math
import os
import resource
import time
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.process_collector import ProcessCollector

from game_server.telemetry import process
from game_server.telemetry.process import (
    CPU,
    MAX_FDS,
    OPEN_FDS,
    RESIDENT_MEMORY,
    START_TIME,
    VIRTUAL_MEMORY,
    ProcessReader,
)


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


def test_as_many_files_are_open_as_before_the_look_at_them() -> None:
    open_files = len(os.listdir("/proc/self/fd")) - 1  # without the one that lists them
    reader = ProcessReader()
    assert reader.read()[OPEN_FDS] == {(): open_files + 1}
    del reader
    assert len(os.listdir("/proc/self/fd")) - 1 == open_files


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """What a system says of a process that began 250.5 s after the machine did, with a name to mislead."""
    (tmp_path / "self" / "fd").mkdir(parents=True)
    ticks = round(250.5 * os.sysconf("SC_CLK_TCK"))
    fields = [*map(str, range(100, 119)), str(ticks), *map(str, range(120, 140))]
    (tmp_path / "self" / "stat").write_text(f"42 (a) S 1 (name) {' '.join(fields)}\n")
    (tmp_path / "self" / "statm").write_text("3000 200 50 1 0 90 0\n")
    (tmp_path / "stat").write_text("cpu 1 2 3\nbtime 1700000000\nprocesses 9\n")
    return tmp_path


def test_a_process_began_when_the_system_says_and_has_the_memory_that_it_says(proc: Path) -> None:
    found, page = ProcessReader(proc).read(), os.sysconf("SC_PAGE_SIZE")
    assert found[START_TIME] == {(): 1_700_000_250.5}
    assert (found[VIRTUAL_MEMORY], found[RESIDENT_MEMORY]) == ({(): 3000 * page}, {(): 200 * page})


def test_a_system_that_does_not_say_when_it_began_has_no_figures(proc: Path) -> None:
    (proc / "stat").write_text("cpu 1 2 3\n")
    assert ProcessReader(proc).read() == {}


@pytest.mark.parametrize(("soft", "most"), [(64, 64), (resource.RLIM_INFINITY, math.inf)])
def test_as_many_files_may_be_open_as_the_soft_limit_says(
    monkeypatch: pytest.MonkeyPatch, soft: int, most: float
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (soft, 4096))
    assert ProcessReader().read()[MAX_FDS] == {(): most}


@pytest.mark.parametrize("has_size", [True, False])
def test_open_files_are_counted_whether_or_not_the_system_says_how_many_there_are(
    monkeypatch: pytest.MonkeyPatch, has_size: bool
) -> None:
    monkeypatch.setattr(process, "_size", lambda _path: 7 if has_size else 0)
    monkeypatch.setattr(os, "listdir", lambda _path: ["0", "1", "2", "the one that lists them"])
    assert ProcessReader().read()[OPEN_FDS] == {(): 7 if has_size else 3}
