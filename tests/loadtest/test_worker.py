from __future__ import annotations

import io
import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from game_server.client import EpochReport, TickEpochs
from game_server.loadtest import worker
from game_server.loadtest.metrics.meter import Second
from game_server.loadtest.worker import PipeLines, follow, raise_file_limit, run_players


@pytest.fixture
def pipe() -> Iterator[tuple[PipeLines, int]]:
    reading, writing = os.pipe()
    yield PipeLines(reading), writing
    os.close(reading)
    try:
        os.close(writing)
    except OSError:
        pass  # the test has


lines = st.binary(max_size=9).map(lambda line: line.replace(b"\n", b""))


@given(st.lists(lines, max_size=9), st.lists(st.integers(0, 99), max_size=6))
def test_wherever_lines_are_cut_the_newest_whole_one_is_read_once(told: list[bytes], cuts: list[int]) -> None:
    reading, writing = os.pipe()
    orders = PipeLines(reading)
    text = b"".join(line + b"\n" for line in told)
    try:
        whole = 0
        for start, end in pairwise([0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]):
            os.write(writing, text[start:end])
            before, whole = whole, text[:end].count(b"\n")
            assert orders.newest() == (told[whole - 1] if whole > before else None)
    finally:
        os.close(reading)
        os.close(writing)


def test_what_came_together_with_the_first_line_is_not_lost(pipe: tuple[PipeLines, int]) -> None:
    orders, writing = pipe
    os.write(writing, b"first\nsecond\nthird\nfou")
    assert (orders.first(), orders.newest(), orders.newest()) == (b"first", b"third", None)
    os.write(writing, b"rth\n")
    assert orders.newest() == b"fourth"


def test_without_anything_new_it_does_not_wait(pipe: tuple[PipeLines, int]) -> None:
    orders, writing = pipe
    assert orders.newest() is None
    os.write(writing, b"half of a li")
    assert orders.newest() is None
    assert not orders.ended


def test_the_end_is_noticed_and_half_a_line_before_it_is_none(pipe: tuple[PipeLines, int]) -> None:
    orders, writing = pipe
    os.write(writing, b"whole\nhal")
    os.close(writing)
    assert orders.newest() == b"whole"
    assert orders.ended
    assert orders.newest() is None


def test_without_a_first_line_there_is_nothing_to_do(pipe: tuple[PipeLines, int]) -> None:
    orders, writing = pipe
    os.close(writing)
    with pytest.raises(EOFError):
        orders.first()


async def test_players_learn_what_is_sent_and_stop_when_it_ends(
    pipe: tuple[PipeLines, int], nursery: trio.Nursery
) -> None:
    orders, writing = pipe
    zeros, running = TickEpochs(), trio.CancelScope()
    line = json.dumps(EpochReport({"A": 10.0}, 50.0).to_json()).encode() + b"\n"
    nursery.start_soon(follow, orders, zeros, running)
    for part in (line[:7], line[7:] + line[:3]):
        os.write(writing, part)
        await trio.testing.wait_all_tasks_blocked(0.01)
    assert zeros.of("A") == 10.0
    assert not running.cancel_called
    os.close(writing)
    with trio.fail_after(5):
        while not running.cancel_called:
            await trio.testing.wait_all_tasks_blocked(0.01)


async def test_the_players_begin_at_the_start_of_the_run_and_when_they_end_so_does_the_process(
    pipe: tuple[PipeLines, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    began: list[float] = []

    class Players:
        async def run(self, start: float) -> None:
            began.append(start - trio.current_time())

    monkeypatch.setattr(worker, "crowd_of", lambda *_: Players())
    plan: Any = None
    with trio.fail_after(5):
        await run_players(plan, time.monotonic() + 100, pipe[0])
    assert began == [pytest.approx(100, abs=5)]


def test_a_report_goes_to_the_tester_at_once_though_its_pipe_has_a_buffer(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out))
    worker._report(Second(5, {"players": 3}))
    second = json.loads(out.getvalue())
    assert (second["number"], second["levels"]) == (5, {"players": 3})


def test_a_process_may_have_as_many_files_as_its_user_may(monkeypatch: pytest.MonkeyPatch) -> None:
    set_to = []
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (64, 4096))
    monkeypatch.setattr(resource, "setrlimit", lambda which, limits: set_to.append((which, limits)))
    raise_file_limit()
    assert set_to == [(resource.RLIMIT_NOFILE, (4096, 4096))]
