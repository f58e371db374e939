"""A worker as its supervisor hears it, over a pair of sockets without a process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

import attrs
import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from game_server.agones import Load
from game_server.supervisor.control import Control
from game_server.supervisor.worker_process import SILENCE_TIMEOUT, STOP_TIMEOUT, WorkerProcess
from tests.supervisor.test_control import pair


@attrs.define
class Heard:
    """A worker that its supervisor listens to, and the worker's end of the pair."""

    worker: WorkerProcess
    says: Control
    ours: Control
    given_up: trio.Event = attrs.Factory(trio.Event)


@pytest.fixture
async def heard(nursery: trio.Nursery) -> AsyncIterator[Heard]:
    ours, theirs = pair()
    heard = Heard(WorkerProcess("worker-0", dict, (), None, lambda: None, lambda: None), theirs, ours)

    async def listen() -> None:
        await heard.worker._listen(ours)
        heard.given_up.set()

    nursery.start_soon(listen)
    await theirs.send({"ready": "http://127.0.0.1:8000"})
    await heard.worker.ready.wait()
    yield heard
    nursery.cancel_scope.cancel()
    with trio.CancelScope(shield=True):
        for control in (ours, theirs):
            await control.aclose()


async def test_a_worker_that_says_nothing_for_too_long_is_given_up(heard: Heard, mock_clock: MockClock) -> None:
    mock_clock.autojump_threshold = 0
    began = trio.current_time()
    await heard.given_up.wait()
    assert trio.current_time() - began == pytest.approx(SILENCE_TIMEOUT)
    assert heard.worker._trouble == "has not answered for 5 s"


async def test_a_supervisor_that_stood_still_itself_blames_no_worker(heard: Heard, mock_clock: MockClock) -> None:
    mock_clock.jump(60)
    await heard.says.send({"beat": True})
    await wait_all_tasks_blocked()
    assert not heard.given_up.is_set()


async def test_a_worker_reports_its_load_and_what_a_newer_one_counts_is_left_out(heard: Heard) -> None:
    assert heard.worker.serves
    await heard.says.send({"beat": True, "load": {"matches": 2, "players": 3, "kept": 1, "open": 1, "ghosts": 5}})
    await wait_all_tasks_blocked()
    assert heard.worker.load == Load(matches=2, players=3, kept=1, open=1)


async def test_a_worker_serves_when_it_may(heard: Heard) -> None:
    await heard.says.send({"recovered": True})
    with trio.fail_after(5):
        await heard.worker.recovered.wait()
        heard.worker.may_serve.set()
        async with aclosing(heard.says.messages()) as said:
            assert [await anext(said), await anext(said)] == [{}, {"serve": True}]  # after its order


async def test_each_question_to_a_worker_gets_its_own_answer(heard: Heard) -> None:
    answers: list[object] = []

    async def ask(**message: object) -> None:
        assert heard.worker._control
        answers.append((message, await heard.worker._ask(heard.worker._control, message, 60)))

    heard.worker._control = heard.ours
    async with trio.open_nursery() as asking:
        async with aclosing(heard.says.messages()) as said:
            assert await anext(said) == {}  # its order
            asking.start_soon(lambda: ask(make_way=True))
            first = await anext(said)
            asking.start_soon(lambda: ask(retire=60))
            second = await anext(said)
        for asked, done in ((first, None), (second, 0)):
            await heard.says.send({"done": done, "number": asked["number"]})
    assert answers == [({"make_way": True}, None), ({"retire": 60}, 0)]


async def test_a_worker_that_stops_is_given_up_in_time_whatever_it_says(heard: Heard, mock_clock: MockClock) -> None:
    heard.worker.stop()
    began = trio.current_time()
    for _ in range(int(STOP_TIMEOUT)):
        assert not heard.given_up.is_set()
        await heard.says.send({"beat": True})
        await wait_all_tasks_blocked()
        for _ in range(2):
            mock_clock.jump(0.5)
            await wait_all_tasks_blocked()
    assert heard.given_up.is_set()
    assert trio.current_time() - began == pytest.approx(STOP_TIMEOUT)
    assert heard.worker._trouble == "has not stopped within 6 s"
