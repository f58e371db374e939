"""A worker's process, as far as it comes without a server, and what it does with one that a test has put there."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import pytest
import trio
import trio.testing

from game_server.agones import Load
from game_server.cluster import Node
from game_server.errors import ConfigError, RequestRefused
from game_server.options import ServerOptions
from game_server.protocol import RefusalCode
from game_server.supervisor import worker as module
from game_server.supervisor.control import Control
from game_server.supervisor.packing import pack
from game_server.supervisor.worker import _deliver
from tests.live_server import toy_options
from tests.waiting import bounded, happened


def test_a_worker_whose_supervisor_is_gone_before_its_order_ends_without_a_fault() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        ours.close()
        ended = subprocess.run(
            [sys.executable, "-m", "game_server.supervisor.worker", str(theirs.fileno())],
            pass_fds=[theirs.fileno()], capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")


async def test_what_a_worker_reports_arrives_when_its_supervisor_reads_again(
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001
) -> None:
    ours, theirs = (Control(trio.SocketStream(trio.socket.from_stdlib_socket(end))) for end in socket.socketpair())
    with pytest.raises(trio.TooSlowError):
        await theirs.send({"matches": ["x" * 1_000_000]})  # nobody reads: the supervisor stands still
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_deliver, theirs, {"restart": True})
        await trio.sleep(60)
        async with aclosing(ours.messages()) as said:
            assert "matches" in await anext(said)
            assert await anext(said) == {"restart": True}
    await ours.aclose()
    with trio.fail_after(5):
        await _deliver(theirs, {"done": 0})  # the supervisor is gone
    await theirs.aclose()


def test_a_worker_whose_log_nobody_reads_goes_on() -> None:
    """With a live screen, what workers log goes through a pipe to the supervisor."""
    read, write = os.pipe()
    code = (
        "import logging, sys\n"
        "from game_server.supervisor.worker import log_to\n"
        "log_to({'log': ('info', 'text'), 'live': True, 'name': 'worker-0'})\n"
        "for _ in range(2000): logging.getLogger('game_server').info('x' * 1000)\n"
        "print('goes on')\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=write, text=True, timeout=30, check=False
    )
    os.close(write)
    assert ended.stdout == "goes on\n"
    assert os.read(read, 5)
    os.close(read)


class Fake:
    """In place of a `Server`: it serves until it is stopped, or fails as a test says."""

    made: Fake

    def __init__(self, options: ServerOptions, node: Node) -> None:
        Fake.made = self
        self.options, self.node = options, node
        self.retiring = False
        self.before_accepting: Callable[[], Awaitable[None]]
        self.administration = SimpleNamespace(restart=None)
        self.asked: list[tuple[Any, ...]] = []
        self.takes, self.ends = 0.0, trio.Event()
        self.trouble: Exception | None = None
        self.membership = SimpleNamespace(
            emptying=SimpleNamespace(retire=self._retire, make_way=partial(self._answer, 0, "make way")),
            spreading=SimpleNamespace(spread=partial(self._answer, ["K7RW2P"], "spread")),
        )

    async def run(self, stop: trio.Event, *, task_status: trio.TaskStatus[str]) -> None:
        if self.options.word_filter:
            raise ExceptionGroup("tasks", [ConfigError("there is no such word filter")])
        await self.before_accepting()
        task_status.started("http://127.0.0.1:8000")
        async with trio.open_nursery() as nursery:
            for event in (stop, self.ends):
                nursery.start_soon(self._until, event, nursery.cancel_scope)

    async def _until(self, event: trio.Event, scope: trio.CancelScope) -> None:
        await event.wait()
        scope.cancel()

    async def _answer(self, answer: Any, *asked: Any) -> Any:
        self.asked.append(asked)
        await trio.sleep(self.takes)
        return answer

    async def _retire(self, within: float, *, ends: bool) -> int:
        return int(await self._answer(2, "retire", within, ends))

    def retire(self) -> None:
        self.retiring = True

    def load(self) -> Load:
        return Load(matches=1, players=2, kept=1, open=1)

    def matches(self, *, private: bool) -> list[str]:
        return ["a match", *(["a private one"] if private else [])]

    def people(self) -> tuple[int, int]:
        return 3, 1

    async def reload_certificate(self) -> None:
        self.asked.append(("certificate",))
        if self.trouble:
            raise self.trouble


@attrs.define
class Ordered:
    """A worker in this process that was given its order, and its supervisor's end of the pair."""

    says: Control
    messages: AsyncGenerator[dict[str, Any], None]
    good: list[bool] = attrs.Factory(list)
    exits: list[int] = attrs.Factory(list)
    over: trio.Event = attrs.Factory(trio.Event)

    async def hear(self, *, beats: bool = False) -> dict[str, Any]:
        """The next message, without heartbeats."""
        with bounded():
            while True:
                message = await anext(self.messages)
                if beats or "beat" not in message:
                    return message

    async def serve(self) -> None:
        assert await self.hear() == {"recovered": True}
        await self.says.send({"serve": True})
        assert "ready" in await self.hear()

    async def ended(self) -> bool:
        await happened(self.over)
        return self.good[0]


Order = Callable[..., Awaitable[Ordered]]


@pytest.fixture
async def order(
    nursery: trio.Nursery,
    monkeypatch: pytest.MonkeyPatch,
    jumping_clock: None,  # noqa: ARG001
) -> AsyncIterator[Order]:
    """``await order(live=True, word_filter=...)``: a worker with these options."""
    made: list[tuple[Ordered, socket.socket]] = []
    monkeypatch.setattr(module, "Server", Fake)
    monkeypatch.setattr(module, "set_up", lambda *_: None)
    monkeypatch.setattr(os, "set_blocking", lambda *_: None)

    async def order(*, live: bool = False, **options: Any) -> Ordered:
        ours, theirs = socket.socketpair()
        says = Control(trio.SocketStream(trio.socket.from_stdlib_socket(ours)))
        ordered = Ordered(says, says.messages())
        monkeypatch.setattr(os, "_exit", ordered.exits.append)

        async def work() -> None:
            ordered.good.append(await module._work(theirs))
            ordered.over.set()

        nursery.start_soon(work)
        made.append((ordered, theirs))
        chosen = attrs.evolve(toy_options(), redis="redis://10.0.0.5", redis_prefix="mine:", **options)
        await says.send({
            "options": pack(chosen), "log": ("info", "text"), "live": live, "name": "w-1", "number": 1, "workers": 3,
            "key": "a2V5", "listening": [5, 6], "sockets": "/run/s", "machine": "cafe", "url": "http://here",
        })  # fmt: skip
        return ordered

    yield order
    nursery.cancel_scope.cancel()
    for ordered, theirs in made:
        with trio.CancelScope(shield=True):
            await ordered.messages.aclose()
            await ordered.says.aclose()
        theirs.close()  # as the end of a process does


async def test_a_worker_is_the_node_that_its_order_says_and_serves_when_it_may(order: Order) -> None:
    worker = await order()
    assert await worker.hear() == {"recovered": True}
    assert Fake.made.node == Node(
        "w-1", 1, 3, b"key", (5, 6), Path("/run/s"), "cafe", "http://here", "redis://10.0.0.5", "mine:"
    )
    await trio.sleep(3)
    await worker.says.send({"serve": True})
    assert await worker.hear() == {
        "ready": "http://127.0.0.1:8000", "matches": ["a match", "a private one"], "people": [3, 1],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("live", "more"), [(False, {}), (True, {"matches": ["a match", "a private one"], "people": [3, 1]})]
)
async def test_a_worker_beats_each_second_while_it_waits_and_while_it_serves(
    order: Order, live: bool, more: dict[str, Any]
) -> None:
    worker = await order(live=live)
    expected = {"beat": True, "load": {"matches": 1, "players": 2, "kept": 1, "open": 1}, **more}
    began = trio.current_time()
    beats = [await worker.hear(beats=True) for _ in range(5)]
    beats.remove({"recovered": True})
    assert beats == [expected] * 4
    assert trio.current_time() - began == pytest.approx(3, abs=0.2)


@pytest.mark.parametrize(
    ("asks", "done", "asked"),
    [
        ({"spread": ["M4XQ8B"]}, ["K7RW2P"], ("spread", ["M4XQ8B"])),
        ({"make_way": True}, 0, ("make way",)),
        ({"retire": 60}, 2, ("retire", 60, True)),
    ],
)
async def test_what_a_supervisor_asks_for_is_done_and_answered_by_its_number(
    order: Order, asks: dict[str, Any], done: Any, asked: tuple[Any, ...]
) -> None:
    worker = await order()
    await worker.serve()
    await worker.says.send({**asks, "number": 7})
    assert await worker.hear() == {"done": done, "number": 7}
    assert Fake.made.asked == [asked]
    assert Fake.made.retiring is ("retire" in asks)


async def test_matches_that_are_kept_do_not_end_with_a_drain(order: Order) -> None:
    worker = await order(keep_matches=True)
    await worker.serve()
    await worker.says.send({"retire": 60, "number": 7})
    await worker.hear()
    assert Fake.made.asked == [("retire", 60, False)]


async def test_what_is_asked_for_next_replaces_it_and_nothing_is_done_before_it_serves(order: Order) -> None:
    worker = await order()
    assert await worker.hear() == {"recovered": True}
    await worker.says.send({"retire": 60, "number": 1})
    await trio.sleep(2)
    assert (Fake.made.retiring, Fake.made.asked) == (True, [])
    await worker.says.send({"serve": True})
    assert "ready" in await worker.hear()
    assert await worker.hear() == {"done": 2, "number": 1}
    Fake.made.takes = 1e9
    await worker.says.send({"make_way": True, "number": 2})
    await trio.sleep(2)
    await worker.says.send({"spread": [], "number": 3})
    assert await worker.hear() == {"done": None, "number": 2}


async def test_a_worker_that_is_stopped_by_its_supervisor_ends_without_a_word(order: Order) -> None:
    worker = await order()
    await worker.serve()
    os.kill(os.getpid(), signal.SIGTERM)
    assert await worker.ended()
    assert worker.exits == []


async def test_a_worker_that_an_admin_has_stopped_has_the_whole_server_stop(order: Order) -> None:
    worker = await order()
    await worker.serve()
    Fake.made.ends.set()
    assert await worker.hear() == {"stop": True}
    assert await worker.ended()


async def test_a_worker_that_cannot_do_what_was_chosen_says_why(order: Order) -> None:
    worker = await order(word_filter=Path("words.txt"))
    assert await worker.hear() == {"failed": "there is no such word filter"}
    assert not await worker.ended()


async def test_a_worker_whose_supervisor_is_gone_ends_at_once(order: Order, caplog: pytest.LogCaptureFixture) -> None:
    worker = await order()
    await worker.serve()
    await worker.says.aclose()
    await trio.sleep(0.5)
    assert worker.exits == [1]
    assert "the supervisor is gone: ending" in caplog.text


async def test_a_restart_is_asked_of_the_supervisor_unless_the_worker_drains(order: Order) -> None:
    worker = await order()
    await worker.serve()
    restart: Any = Fake.made.administration.restart
    restart()
    assert await worker.hear() == {"restart": True}
    Fake.made.retiring = True
    with pytest.raises(RequestRefused, match="the server drains and stops then: it is not restarted") as refused:
        restart()
    assert refused.value.code == RefusalCode.STOPPING


async def test_at_sighup_a_worker_reads_its_certificate_again(order: Order, caplog: pytest.LogCaptureFixture) -> None:
    worker = await order()
    await worker.serve()
    for trouble in (None, ConfigError("it is no certificate")):
        Fake.made.trouble = trouble
        os.kill(os.getpid(), signal.SIGHUP)
        await trio.sleep(0.5)
    assert Fake.made.asked == [("certificate",)] * 2
    assert [text for text in caplog.messages if "certificate" in text] == [
        "it is no certificate; keeping the old certificate"
    ]
    assert not worker.good


async def test_a_worker_without_an_order_in_ten_seconds_ends(jumping_clock: None) -> None:  # noqa: ARG001
    ours, theirs = socket.socketpair()
    began = trio.current_time()
    with pytest.raises(trio.TooSlowError):
        await module._work(theirs)
    assert trio.current_time() - began == pytest.approx(10, abs=0.1)
    ours.close()
    theirs.close()


@pytest.mark.parametrize("live", [False, True])
def test_with_a_live_screen_what_does_not_fit_into_the_pipe_is_left_out(
    monkeypatch: pytest.MonkeyPatch, live: bool
) -> None:
    set_up: list[tuple[str, ...]] = []
    blocking: list[bool] = []
    monkeypatch.setattr(module, "set_up", lambda *how: set_up.append(how))
    monkeypatch.setattr(sys, "stderr", SimpleNamespace(fileno=lambda: 2))
    monkeypatch.setattr(os, "set_blocking", lambda _descriptor, blocks: blocking.append(blocks))
    module.log_to({"log": ("debug", "json"), "live": live, "name": "w-1"})
    assert set_up == [("debug", "json", "w-1")]
    assert blocking == ([False] if live else [])
