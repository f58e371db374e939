"""A worker as its supervisor hears it, over a pair of sockets without a process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any, cast

import attrs
import pytest
import trio
from trio.testing import MockClock, memory_stream_one_way_pair, wait_all_tasks_blocked

from game_server.agones import Load
from game_server.errors import ConfigError
from game_server.supervisor import worker_process as module
from game_server.supervisor.control import Control
from game_server.supervisor.worker_process import (
    MAKE_WAY_TIMEOUT,
    SILENCE_TIMEOUT,
    STOP_TIMEOUT,
    WorkerProcess,
    _how_it_ended,
)
from tests.supervisor.test_control import pair
from tests.waiting import bounded


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


@attrs.define
class Lives:
    """A worker whose lives last some seconds each and end so."""

    worker: WorkerProcess
    lasts: list[float]
    trouble: str = "ended with exit code 1"
    began: list[float] = attrs.Factory(list)

    async def live(self) -> None:
        self.began.append(trio.current_time())
        self.worker._served = True
        await trio.sleep(self.lasts.pop(0))
        self.worker._trouble = self.trouble
        if not self.lasts:
            self.worker._stopped.set()


def living(monkeypatch: pytest.MonkeyPatch, *lasts: float) -> Lives:
    worker = WorkerProcess("worker-0", dict, (), None, lambda: None, lambda: None)
    lives = Lives(worker, list(lasts))
    monkeypatch.setattr(WorkerProcess, "_live", lambda _: lives.live())
    return lives


async def test_a_worker_that_dies_is_started_again_after_ever_longer_waits(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    autojump_clock: MockClock,  # noqa: ARG001
) -> None:
    lives, begin = living(monkeypatch, 1, 1, 29.9, 30, 1), trio.current_time()
    await lives.worker.run()
    assert [when - begin for when in lives.began] == pytest.approx([0, 1.1, 2.3, 32.6, 62.7])
    assert caplog.messages[0] == "worker-0 ended with exit code 1; it is started again in 0.1 s"
    assert [text.rpartition(" in ")[2] for text in caplog.messages] == ["0.1 s", "0.2 s", "0.4 s", "0.1 s"]


async def test_a_worker_that_is_stopped_while_it_waits_to_be_started_again_is_not(
    monkeypatch: pytest.MonkeyPatch,
    autojump_clock: MockClock,  # noqa: ARG001
) -> None:
    lives, begin = living(monkeypatch, 1, 1, 1), trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lives.worker.run)
        await trio.sleep(1.05)
        lives.worker.stop()
    assert trio.current_time() - begin == pytest.approx(1.05)
    assert len(lives.began) == 1


@pytest.mark.parametrize(("trouble", "said"), [("no such host", "no such host"), ("", "worker-0 could not start")])
async def test_a_worker_that_has_never_served_is_not_tried_again(
    monkeypatch: pytest.MonkeyPatch, trouble: str, said: str
) -> None:
    lives = living(monkeypatch, 0, 0)

    async def live() -> None:
        lives.worker._trouble = trouble

    monkeypatch.setattr(WorkerProcess, "_live", lambda _: live())
    with pytest.raises(ConfigError, match=said):
        await lives.worker.run()


async def test_a_worker_that_is_replaced_is_back_at_once_and_its_row_of_deaths_ends(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    autojump_clock: MockClock,  # noqa: ARG001
) -> None:
    lives, begin = living(monkeypatch, 1, 1, 1, 1), trio.current_time()
    live = lives.live

    async def replaced() -> None:
        await live()
        lives.worker._replaced = len(lives.began) == 2

    monkeypatch.setattr(WorkerProcess, "_live", lambda _: replaced())
    await lives.worker.run()
    assert [when - begin for when in lives.began] == pytest.approx([0, 1.1, 2.1, 3.2])
    assert len(caplog.messages) == 2


@attrs.define
class Answering:
    """A worker that answers each question so; None for not at all."""

    worker: WorkerProcess
    answers: list[Any]
    asked: list[tuple[dict[str, Any], float]] = attrs.Factory(list)

    async def ask(self, message: dict[str, Any], within: float) -> Any:
        self.asked.append((message, within))
        await trio.sleep(1)
        return self.answers.pop(0)


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch, jumping_clock: None) -> Answering:  # noqa: ARG001
    answering = Answering(WorkerProcess("worker-0", dict, (), None, lambda: None, lambda: None), [])
    monkeypatch.setattr(WorkerProcess, "_ask", lambda _, _control, message, within: answering.ask(message, within))
    answering.worker._control = cast("Control", object())
    return answering


@pytest.mark.parametrize(
    ("left", "why"), [(None, "it does not answer"), (3, "3 of its matches can go on nowhere else")]
)
async def test_a_worker_that_has_matches_left_or_does_not_answer_is_not_replaced(
    answering: Answering, left: int | None, why: str
) -> None:
    answering.answers = [left]
    assert await answering.worker.replace() == why
    assert answering.asked == [({"make_way": True}, MAKE_WAY_TIMEOUT)]
    assert not answering.worker._is_ending
    answering.worker._control = None
    assert await answering.worker.replace() == "it is being started"


@pytest.mark.parametrize(("serves_after", "why"), [(59.0, ""), (61.0, "the fresh process does not serve")])
async def test_a_worker_is_replaced_when_the_fresh_process_serves_within_a_minute(
    answering: Answering, nursery: trio.Nursery, serves_after: float, why: str
) -> None:
    answering.answers = [0]
    answering.worker.ready.set()

    async def start() -> None:
        await trio.sleep(1)
        await wait_all_tasks_blocked()
        assert answering.worker._is_ending
        assert answering.worker._patience == STOP_TIMEOUT
        await trio.sleep(serves_after)
        answering.worker.ready.set()

    nursery.start_soon(start)
    assert await answering.worker.replace() == why
    nursery.cancel_scope.cancel()


async def test_a_worker_is_asked_to_drain_again_and_again_until_it_has(answering: Answering) -> None:
    answering.answers, until = [None, None, 0], trio.current_time() + 60
    await answering.worker.retire(until)
    within = [within for _, within in answering.asked]
    assert within == pytest.approx([60, 58.75, 57.5])
    assert [message["retire"] for message, _ in answering.asked] == within


async def test_a_worker_that_is_being_started_is_asked_to_drain_when_it_runs(
    answering: Answering, nursery: trio.Nursery
) -> None:
    control, answering.worker._control, answering.answers = answering.worker._control, None, [0]
    nursery.start_soon(answering.worker.retire, trio.current_time() + 60)
    await trio.sleep(1.1)
    assert answering.asked == []
    answering.worker._control = control
    await trio.sleep(0.25)
    assert len(answering.asked) == 1


async def test_matches_that_were_spread_are_those_that_the_worker_reports(answering: Answering) -> None:
    answering.answers = [["K7RW2P"], None]
    assert await answering.worker.spread(["M4XQ8B"]) == ["K7RW2P"]
    assert answering.asked == [({"spread": ["M4XQ8B"]}, 60.0)]
    assert await answering.worker.spread([]) == []
    answering.worker._control = None
    assert await answering.worker.spread([]) == []
    assert len(answering.asked) == 2


async def test_a_question_without_an_answer_in_time_is_given_up(heard: Heard, mock_clock: MockClock) -> None:
    mock_clock.autojump_threshold = 0
    began = trio.current_time()
    assert await heard.worker._ask(heard.ours, {"spread": []}, 2) is None
    assert trio.current_time() - began == pytest.approx(2)
    assert not heard.worker._waiting
    await heard.says.send({"done": 5, "number": 1})  # too late
    await heard.says.send({"recovered": True})
    await heard.worker.recovered.wait()
    assert not heard.worker._answers


async def test_what_a_worker_reports_of_its_matches_is_kept_until_it_reports_more(heard: Heard) -> None:
    for message, report in (
        ({"beat": True}, {}),
        ({"beat": True, "matches": [1], "people": [2, 1]}, {"matches": [1], "people": [2, 1]}),
        ({"beat": True, "load": {"matches": 1}}, {"matches": [1], "people": [2, 1]}),
    ):
        await heard.says.send(message)
        await wait_all_tasks_blocked()
        assert heard.worker.report == report
    assert heard.worker.url == "http://127.0.0.1:8000"


async def test_a_worker_that_fails_says_why_and_is_not_heard_any_more(heard: Heard) -> None:
    await heard.says.send({"failed": "there is no such word filter"})
    with trio.fail_after(5):
        await heard.given_up.wait()
    assert heard.worker._trouble == "there is no such word filter"


def test_what_an_admin_asks_of_a_worker_reaches_the_supervisor() -> None:
    asked: list[str] = []
    worker = WorkerProcess("worker-0", dict, (), None, lambda: asked.append("stop"), lambda: asked.append("restart"))
    worker._take({"restart": True})
    worker._take({"stop": True})
    assert asked == ["restart", "stop"]
    assert (worker.pid, worker.serves) == (0, False)
    worker.signal(signal.SIGHUP)  # to nobody


async def test_a_worker_that_was_never_heard_is_given_up_a_minute_after_its_start(
    autojump_clock: MockClock,  # noqa: ARG001
) -> None:
    ours, theirs = pair()
    worker = WorkerProcess("worker-0", dict, (), None, lambda: None, lambda: None)
    began = trio.current_time()
    await worker._listen(ours)
    assert trio.current_time() - began == pytest.approx(60)
    assert worker._trouble == "has not answered for 60 s"
    for control in (ours, theirs):
        await control.aclose()


async def test_lines_of_a_worker_are_passed_on_whole_and_whatever_bytes_they_have() -> None:
    shown: list[str] = []
    worker = WorkerProcess("worker-0", dict, (), shown.append, lambda: None, lambda: None)
    ours, theirs = memory_stream_one_way_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(worker._pass_on, theirs)
        for piece in (b"one\ntw", b"o\n\xff\n", b"thr", b"ee"):
            await ours.send_all(piece)
            await wait_all_tasks_blocked()
        await ours.aclose()
    assert shown == ["one\n", "two\n", "\ufffd\n"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (0, "ended with exit code 0"),
        (1, "ended with exit code 1"),
        (-9, "was ended by SIGKILL"),
        (-99, "was ended by signal 99"),
    ],
)
def test_how_a_process_ended_is_said_in_words(code: int, said: str) -> None:
    assert _how_it_ended(code) == said


def test_a_worker_is_started_apart_from_the_terminal_and_finds_the_same_modules(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started: list[tuple[list[str], dict[str, Any]]] = []
    monkeypatch.setattr(subprocess, "Popen", lambda command, **how: started.append((command, how)))
    monkeypatch.setattr(sys, "path", ["relative", "/absolute"])
    for show in (None, print):
        WorkerProcess("worker-0", dict, (5, 6), show, lambda: None, lambda: None)._start(7)
    (command, quiet), (_, shown) = started
    assert command == [sys.executable, "-P", "-m", "game_server.supervisor.worker", "7"]
    assert quiet.pop("env") == {**os.environ, "PYTHONPATH": f"{Path.cwd() / 'relative'}:/absolute"}
    assert quiet == {"stdin": subprocess.DEVNULL, "stderr": None, "pass_fds": (7, 5, 6), "start_new_session": True}
    assert shown["stderr"] == subprocess.PIPE


SAYS = "import os, signal, sys, time; fd = int(sys.argv[1]); say = lambda text: os.write(fd, text.encode() + b'\\n'); "


def life_of(monkeypatch: pytest.MonkeyPatch, script: str, shown: list[str] | None = None) -> WorkerProcess:
    """A worker whose process is a few words of Python, to which its end of the pair is ``fd``."""

    def start(self: WorkerProcess, pair: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", SAYS + script, str(pair)],
            pass_fds=(pair,), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE if self._show else None,
        )  # fmt: skip

    monkeypatch.setattr(WorkerProcess, "_start", start)
    show = None if shown is None else shown.append
    return WorkerProcess("worker-0", lambda: {"name": "worker-0"}, (), show, lambda: None, lambda: None)


def there(pid: int) -> bool:
    """Whether there is a process ``pid``."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(
    ("script", "trouble"),
    [
        ("sys.exit(3)", "ended with exit code 3"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "was ended by SIGKILL"),
        ('say(\'{"failed": "no such host"}\')', "no such host"),
    ],
)
async def test_why_a_worker_has_ended_is_noted_and_nothing_is_left_of_it(
    monkeypatch: pytest.MonkeyPatch, script: str, trouble: str
) -> None:
    worker = life_of(monkeypatch, f'say(\'{{"ready": "http://here"}}\'); {script}')
    with bounded(10):
        await worker._live()
    assert worker._trouble == trouble
    assert (worker.ready.is_set(), worker.serves, worker.pid, worker._control) == (True, False, 0, None)


async def test_a_worker_gets_its_order_and_nobody_waits_for_an_answer_longer_than_it_lives(
    monkeypatch: pytest.MonkeyPatch, nursery: trio.Nursery
) -> None:
    shown: list[str] = []
    worker = life_of(
        monkeypatch, "sys.stderr.write(os.read(fd, 99).decode()); say('{\"recovered\": true}'); os.read(fd, 99)", shown
    )
    answers: list[object] = []

    async def ask() -> None:
        assert worker._control
        answers.append(await worker._ask(worker._control, {"make_way": True}, 1000))

    with bounded(10):
        nursery.start_soon(worker._live)
        await worker.recovered.wait()
        assert there(worker.pid)
        await ask()
        await wait_all_tasks_blocked()
    assert answers == [None]
    assert shown == ['{"name": "worker-0"}\n']


@pytest.mark.parametrize("cancelled", [False, True])
async def test_a_process_that_says_no_more_but_does_not_end_is_killed(
    monkeypatch: pytest.MonkeyPatch, nursery: trio.Nursery, cancelled: bool
) -> None:
    monkeypatch.setattr(module, "EXIT_TIMEOUT", 0.01)
    ends = "" if cancelled else "os.read(fd, 99); os.close(fd); "
    worker = life_of(monkeypatch, f"say('{{\"recovered\": true}}'); {ends}time.sleep(100)")
    scope, over = trio.CancelScope(), trio.Event()

    async def live() -> None:
        with scope:
            await worker._live()
        over.set()

    with bounded(10):
        nursery.start_soon(live)
        await worker.recovered.wait()
        process = worker._process
        assert process
        if cancelled:
            scope.cancel()
        await over.wait()
    assert process.returncode == -signal.SIGKILL
    assert worker._trouble == "was ended by SIGKILL"
    assert (scope.cancelled_caught, worker.pid) == (cancelled, 0)


async def test_a_worker_that_is_stopped_has_sigterm_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = life_of(
        monkeypatch,
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)); say('{\"recovered\": true}'); time.sleep(100)",
    )
    with bounded(10):
        async with trio.open_nursery() as running:
            running.start_soon(worker.run)
            await worker.recovered.wait()
            worker.stop()
    assert worker._trouble == "ended with exit code 0"
    assert worker._patience > 0
