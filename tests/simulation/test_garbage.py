from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from game_server.simulation import garbage
from game_server.simulation.garbage import PATIENCE, PERIODS, Garbage


@pytest.fixture(autouse=True)
def _collector_left_as_found() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.enable()


@pytest.fixture
def slow_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every collection takes 10 ms."""
    clock = iter(number / 100 for number in range(10_000))
    monkeypatch.setattr(garbage, "perf_counter", lambda: next(clock))


def test_tamed_the_collector_runs_when_it_is_told_to_and_leaves_the_past_alone() -> None:
    assert gc.isenabled()
    with Garbage().tamed():
        assert not gc.isenabled()
        assert gc.get_freeze_count() > 0
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_garbage_in_cycles_is_collected() -> None:
    class Node:
        other: Node

    with Garbage().tamed():
        node = Node()
        node.other = node
        del node
        Garbage().collect(0.0, 1.0)
        assert not [found for found in gc.get_objects() if isinstance(found, Node)]


def test_each_generation_has_its_period(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "perf_counter", lambda: 0.0)
    policy, collected = Garbage(), []
    for tick in range(30 * 130):
        now = 1000 + tick / 30
        generation = policy.collect(now, now + 1 / 30)
        if generation is not None:
            collected.append(generation)
    assert collected.count(2) == 3
    assert 9 <= collected.count(1) <= 12
    assert 110 <= collected.count(0) <= 120


@pytest.mark.usefixtures("slow_collector")
def test_what_would_make_the_next_tick_late_waits_for_a_longer_pause() -> None:
    policy = Garbage()
    assert policy.collect(1000.0, 1000.02) == 2
    assert policy.collect(1000.0 + PERIODS[0], 1001.02) == 0
    later = 1000.0 + 2 * PERIODS[0]
    assert policy.collect(later, later + 0.005) is None
    assert policy.collect(later, later + 0.02) == 0


@pytest.mark.usefixtures("slow_collector")
def test_a_server_without_pauses_collects_all_the_same_in_the_end() -> None:
    policy = Garbage()
    policy.collect(1000.0, 1000.02)
    late = 1000.0 + (PATIENCE + 1) * PERIODS[0] + 0.001
    assert policy.collect(late, late) == 0
