from __future__ import annotations

import io
import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, ClassVar

import attrs
import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from game_server.client import EpochReport, Purpose, Target, TickEpochs
from game_server.loadtest import worker
from game_server.loadtest.metrics.meter import Meter, Second
from game_server.loadtest.network.model import PRESETS
from game_server.loadtest.network.shares import Shares
from game_server.loadtest.plan import Plan
from game_server.loadtest.scenario.scenario import built_in
from game_server.loadtest.swarm.protocol_adapter import GameServerAdapter
from game_server.loadtest.worker import PipeLines, crowd_of, follow, raise_file_limit, run_players, run_swarm


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


async def test_the_players_begin_at_the_start_of_the_run_and_the_process_ends_with_them(
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


PLAN = Plan(
    "players", Target("127.0.0.1", 9, False), ("AB2CD3", "EF4GH5"), built_in("hold", 7, 30.0, 50.0), 5,
    Shares.parse("bad"), Purpose.WATCH, True, "", 1, 3,
)  # fmt: skip


def test_the_players_of_a_process_are_what_its_plan_says() -> None:
    meter, zeros = Meter(), TickEpochs()
    crowd = crowd_of(PLAN, meter, zeros)
    assert [target.match for target in crowd.targets] == ["AB2CD3", "EF4GH5"]
    assert [life.number for life in crowd.lives] == [1, 4]
    assert (crowd.meter, crowd.seed, crowd.purpose, crowd.reconnect) == (meter, 5, Purpose.WATCH, True)
    assert crowd.tick_zeros is zeros
    assert crowd.network_of(0) == PRESETS["bad"]
    assert not crowd_of(attrs.evolve(PLAN, reconnect=False), meter, zeros).reconnect


class Swarming:
    """In place of a swarm: plays for as long as it may."""

    made: ClassVar[list[Any]] = []

    def __init__(self, adapter: GameServerAdapter, *arguments: Any, **options: Any) -> None:
        self.matches = SimpleNamespace(learn=lambda report: self.learnt.append(report.zeros))
        self.learnt: list[Any] = []
        self.options = (adapter.plays, *arguments[1:4], arguments[5], options)
        self.made.append(self)

    def run(self, cut: Any, look: Any, started: float) -> None:
        self.looked = [look(), look(), started]
        cut()


@pytest.mark.parametrize(("where", "plays"), [("hold", True), ("lobby", False)])
def test_the_swarm_of_a_process_is_what_its_plan_says_and_ends_with_its_orders(
    pipe: tuple[PipeLines, int], monkeypatch: pytest.MonkeyPatch, where: str, plays: bool
) -> None:
    orders, writing = pipe
    monkeypatch.setattr(worker, "Swarm", Swarming)
    slept: list[float] = []
    monkeypatch.setattr(worker, "time", SimpleNamespace(monotonic=lambda: 100.0, sleep=slept.append))
    told: list[Second] = []
    monkeypatch.setattr(worker, "_report", told.append)
    os.write(writing, json.dumps(EpochReport({"A": 1.0}, 0.0).to_json()).encode() + b"\n")
    plan = attrs.evolve(PLAN, kind="swarm", scenario=built_in(where, 7, 30.0, 50.0))
    run_swarm(plan, 102.5, orders)
    swarm = Swarming.made.pop()
    lives = plan.own().lives
    options = {"reconnect": True, "networks": plan.network, "seed": 5 + 1}
    assert swarm.options == (plays, plan.places, lives, len(lives), 102.5, options)
    assert (slept, swarm.learnt) == ([2.5], [{"A": 1.0}])
    assert swarm.looked == [True, True, 102.5]
    assert told
    os.close(writing)
    run_swarm(plan, 99.0, orders)
    assert (slept[1:], Swarming.made.pop().looked) == ([0.0], [False, False, 99.0])


@pytest.mark.parametrize(("kind", "game"), [("swarm", ""), ("players", "toy:Toy")])
def test_a_process_runs_the_plan_that_it_is_given(
    pipe: tuple[PipeLines, int], monkeypatch: pytest.MonkeyPatch, kind: Any, game: str
) -> None:
    orders, writing = pipe
    plan = attrs.evolve(PLAN, kind=kind, game=game)
    done: list[Any] = []

    async def play(*arguments: Any) -> None:
        done.append(("players", *arguments[:2]))
        raise BrokenPipeError

    monkeypatch.setattr(worker, "raise_file_limit", lambda: done.append("limit"))
    monkeypatch.setattr(worker, "game_named", done.append)
    monkeypatch.setattr(worker, "run_swarm", lambda *arguments: done.append(("swarm", *arguments[:2])))
    monkeypatch.setattr(worker, "run_players", play)
    monkeypatch.setattr(os, "_exit", done.append)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(fileno=lambda: orders.fd))
    os.write(writing, json.dumps({"plan": plan.to_json(), "started": 7.5}).encode() + b"\n")
    worker.main()
    assert done == ["limit", *([game] if game else []), (kind, plan, 7.5), *([1] if kind == "players" else [])]
