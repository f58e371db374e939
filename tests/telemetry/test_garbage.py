from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from unittest.mock import Mock

import pytest

from game_server.telemetry import garbage
from game_server.telemetry.garbage import (
    CROWD,
    FULL_LEAST,
    FULL_PERIOD,
    PATIENCE,
    TRIM_PERIOD,
    YOUNG,
    YOUNG_PERIOD,
    Garbage,
    Heap,
)


class Node:
    """Something that the collector looks at, and that may refer to itself."""

    def __init__(self, *, cycle: bool = False) -> None:
        self.other = [self] if cycle else []


@pytest.fixture(autouse=True)
def tamed() -> Iterator[Garbage]:
    policy = Garbage()
    with policy.tamed():
        yield policy
    gc.freeze()  # as `tests.conftest` has done


def nodes() -> int:
    """How many there are; what is frozen is looked at, too."""
    gc.unfreeze()
    found = sum(isinstance(each, Node) for each in gc.get_objects())
    gc.freeze()
    return found


def collected(policy: Garbage, seconds: float, *, left: float = 1 / 30) -> list[str]:
    """What is collected in this many seconds of 30 ticks each."""
    passes = (policy.collect(tick / 30, tick / 30 + left) for tick in range(round(seconds * 30)))
    return [each for each in passes if each]


def test_the_tamed_collector_runs_only_when_called_and_leaves_the_past_alone() -> None:
    assert not gc.isenabled()
    assert gc.get_freeze_count() > 0


def test_afterwards_it_is_as_it_was() -> None:
    gc.unfreeze()
    gc.enable()
    with Garbage().tamed():
        pass
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_garbage_in_cycles_is_collected_while_it_is_young(tamed: Garbage) -> None:
    Node(cycle=True)
    assert tamed.collect(0.0, 1.0) == "young"
    assert nodes() == 0
    assert tamed.pauses[0].count == 1


def test_the_young_are_looked_at_once_a_second(tamed: Garbage) -> None:
    assert 28 <= collected(tamed, 30).count("young") <= 31


def test_many_young_objects_are_looked_at_without_delay(tamed: Garbage) -> None:
    tamed.collect(0.0, 1.0)
    assert tamed.collect(0.1, 1.0) is None
    kept = [Node() for _ in range(YOUNG)]
    assert tamed.collect(0.2, 1.0) == "young"
    assert len(kept) == YOUNG


def test_who_has_been_looked_at_is_not_looked_at_again(tamed: Garbage) -> None:
    kept = [Node() for _ in range(YOUNG)]
    tamed.collect(0.0, 1.0)
    assert not any(isinstance(each, Node) for each in gc.get_objects())
    assert len(kept) == YOUNG


def test_all_are_looked_at_when_as_many_of_the_old_have_died_as_there_are(tamed: Garbage) -> None:
    count = max(FULL_LEAST, gc.get_freeze_count())
    kept = [Node(cycle=number % 50 == 0) for number in range(count)]
    tamed.collect(0.0, 10.0)
    assert "full" not in collected(tamed, FULL_PERIOD + 2, left=10)
    kept.clear()
    assert nodes() == -(-count // 50)
    assert collected(tamed, 2 * FULL_PERIOD + 2, left=10).count("full") == 1
    assert tamed.pauses[1].count == 1
    assert nodes() == 0


def test_whether_enough_have_died_is_checked_once_a_minute(tamed: Garbage, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Mock(return_value=sys.getallocatedblocks())
    monkeypatch.setattr(sys, "getallocatedblocks", counted)
    collected(tamed, 3 * FULL_PERIOD + 1)
    assert counted.call_count == 3


def test_what_would_make_the_next_tick_late_waits_for_a_longer_pause(
    tamed: Garbage, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(number / 100 for number in range(100))
    monkeypatch.setattr(garbage, "perf_counter", lambda: next(clock))
    kept = [Node() for _ in range(YOUNG)]
    assert tamed.collect(0.0, 1.0) == "young"  # which takes 10 ms
    kept += [Node() for _ in range(YOUNG)]
    assert tamed.collect(1.0, 1.005) is None
    assert tamed.collect(1.1, 1.2) == "young"
    assert len(kept) == 2 * YOUNG


def test_a_full_collection_that_waits_until_it_fits_costs_no_look_at_everything(
    tamed: Garbage, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(1000))
    monkeypatch.setattr(garbage, "perf_counter", lambda: next(clock))  # which makes an object cost a second or less
    kept = [Node() for _ in range(max(FULL_LEAST, gc.get_freeze_count()))]
    tamed.collect(0.0, 10.0)
    kept.clear()
    looks = 0

    def counted() -> int:
        nonlocal looks
        looks += 1
        return 10**9

    monkeypatch.setattr(gc, "get_freeze_count", counted)
    seconds = FULL_PERIOD * (PATIENCE - 1)
    assert "full" not in (tamed.collect(tick / 30, tick / 30) for tick in range(round(30 * seconds)))
    assert looks == 0
    assert tamed.collect(FULL_PERIOD * (PATIENCE + 1), 0.0) == "full"
    assert looks == 1


def test_a_collection_that_was_interrupted_does_not_spoil_what_is_known_of_the_next(
    tamed: Garbage, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter((0.0, 0.001, 1.0, 2.0))
    monkeypatch.setattr(garbage, "perf_counter", lambda: next(times))
    kept = [Node() for _ in range(YOUNG)]
    tamed.collect(0.0, 1.0)
    kept += [Node() for _ in range(YOUNG)]
    assert tamed.collect(1.0, 2.0) == "young"  # which takes a second
    monkeypatch.undo()
    kept += [Node() for _ in range(YOUNG)]
    assert tamed.collect(2.0, 2.01) == "young"
    assert len(kept) == 3 * YOUNG


def test_the_heap_is_given_back_every_ten_seconds_between_two_ticks(tamed: Garbage) -> None:
    assert collected(tamed, 5 * TRIM_PERIOD + 1).count("trim") == 5
    assert tamed.pauses[2].count == 5


def test_a_server_without_pauses_gives_its_heap_back_half_as_often(tamed: Garbage) -> None:
    assert collected(tamed, 8 * TRIM_PERIOD + 1, left=0).count("trim") == 4


@pytest.mark.parametrize(("count", "seconds"), [(CROWD, 0.0), (YOUNG, (PATIENCE + 1) * YOUNG_PERIOD + 0.1)])
def test_a_server_without_pauses_collects_all_the_same_in_the_end(tamed: Garbage, count: int, seconds: float) -> None:
    kept = [Node() for _ in range(YOUNG)]
    tamed.collect(0.0, 1.0)
    kept += [Node() for _ in range(count)]
    assert tamed.collect(seconds, seconds) == "young"
    assert tamed.collect(seconds, seconds) is None
    assert len(kept) == YOUNG + count


def resident() -> int:
    """KB of memory that this process has of the system."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def test_what_lies_free_between_what_is_in_use_is_given_back() -> None:
    heap = Heap()
    pieces = [bytes(60_000) for _ in range(1000)]
    kept = pieces[::10]
    before = resident()
    del pieces
    assert heap.give_back()
    assert before - resident() > 20_000
    assert len(kept) == 100


def test_where_the_system_cannot_do_so_nothing_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: object())
    assert not Heap().give_back()


def test_cycles_from_before_are_collected_rather_than_kept_for_ever() -> None:
    gc.unfreeze()
    Node(cycle=True)
    with Garbage().tamed():
        assert gc.get_freeze_count() > 0
        assert nodes() == 0


def test_after_a_full_collection_all_that_lives_is_left_alone_again(tamed: Garbage) -> None:
    assert tamed._collect_full(0.0) == "full"
    assert gc.get_freeze_count() > 0


def due(monkeypatch: pytest.MonkeyPatch, *, young: int, seconds: float, left: float) -> str | None:
    """What is collected of this many young objects, some seconds after 4,000 were visited in 4 ms."""
    policy, times = Garbage(), iter((0.0, 0.004, 1.0, 1.0))
    monkeypatch.setattr(garbage, "perf_counter", lambda: next(times))
    monkeypatch.setattr(gc, "get_count", lambda: (YOUNG, 0, 0))
    with policy.tamed():
        assert policy.collect(100.0, 101.0) == "young"
        monkeypatch.setattr(gc, "get_count", lambda: (young, 0, 0))
        return policy.collect(100.0 + seconds, 100.0 + seconds + left)


@pytest.mark.parametrize(
    ("young", "seconds", "left", "collected"),
    [
        pytest.param(3999, 0.5, 1.0, None, id="too few and too soon"),
        pytest.param(4000, 0.5, 1.0, "young", id="enough"),
        pytest.param(0, 0.999, 1.0, None, id="not a second yet"),
        pytest.param(0, 1.0, 1.0, "young", id="a second"),
        pytest.param(8000, 0.5, 0.0078, None, id="8 ms do not fit"),
        pytest.param(8000, 0.5, 0.0081, "young", id="8 ms fit"),
        pytest.param(39_999, 0.5, 0.0, None, id="no crowd"),
        pytest.param(40_000, 0.5, 0.0, "young", id="a crowd"),
        pytest.param(4000, 10.9, 0.0, None, id="not long enough without a pause"),
        pytest.param(4000, 11.1, 0.0, "young", id="too long without a pause"),
        pytest.param(4000, 9.9, 0.0031, None, id="too soon for a trim"),
        pytest.param(4000, 10.0, 0.0029, None, id="a trim does not fit"),
        pytest.param(4000, 10.0, 0.0031, "trim", id="a trim fits"),
    ],
)
def test_what_is_due_is_collected_if_it_fits_or_if_it_has_waited_for_too_long(
    monkeypatch: pytest.MonkeyPatch, young: int, seconds: float, left: float, collected: str | None
) -> None:
    assert due(monkeypatch, young=young, seconds=seconds, left=left) == collected


def test_of_the_free_heap_nothing_is_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    library = Mock()
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: library)
    library.malloc_trim.return_value = 1
    assert Heap().give_back()
    library.malloc_trim.assert_called_once_with(0)


def test_a_server_that_starts_collects_before_it_has_tamed_its_garbage() -> None:
    untamed = Garbage()
    assert collected(untamed, FULL_PERIOD + 1).count("young") > 1
