"""Calls from node to node, over the bus of the cluster and over that of a machine."""

from __future__ import annotations

from typing import Any

import attrs
import msgpack
import pytest
import trio
import trio.testing

from game_server.cluster import MAX_SAID, MemoryDirectory, NodeCalls
from game_server.cluster.calls import ANSWER_TIMEOUT, MOST_CALLS
from game_server.errors import DirectoryUnavailable, RequestRefused
from game_server.protocol import RefusalCode

MACHINE = ("a", "b")


class Far(MemoryDirectory):
    """The directory of several machines, which may be gone."""

    is_gone = False

    async def say(self, channel: str, data: bytes) -> None:
        self._check()
        await super().say(channel, data)

    async def put(self, key: str, data: bytes, ttl: float) -> None:
        self._check()
        await super().put(key, data, ttl)

    def _check(self) -> None:
        if self.is_gone:
            raise DirectoryUnavailable("gone")


@attrs.define
class Cluster:
    """Nodes ``a`` and ``b`` of one machine, and ``c`` of another one."""

    nodes: dict[str, NodeCalls]
    far: Far
    heard: list[str]


@pytest.fixture
async def cluster(nursery: trio.Nursery) -> Cluster:
    far, near = Far(), MemoryDirectory()
    cluster = Cluster({}, far, [])
    for name in (*MACHINE, "c"):
        calls = NodeCalls(far, name, near, MACHINE) if name in MACHINE else NodeCalls(far, name)
        calls.answer("twice", lambda text: 2 * text)
        calls.answer("hear", lambda name=name: cluster.heard.append(name))
        cluster.nodes[name] = calls
        await nursery.start(calls.run)
    return cluster


@pytest.mark.usefixtures("jumping_clock")
@pytest.mark.parametrize("text", ["ho", "long" * 10_000])
async def test_nodes_of_one_machine_answer_one_another_while_the_directory_is_gone(cluster: Cluster, text: str) -> None:
    ask: Any = cluster.nodes["a"].ask_all
    assert (await ask("abc", "twice", text)).values == dict.fromkeys("abc", 2 * text)
    cluster.far.is_gone = True
    answers = await ask("abc", "twice", text)
    assert answers.values == dict.fromkeys(MACHINE, 2 * text)
    assert answers.silent == ("c",)


@pytest.mark.usefixtures("jumping_clock")
@pytest.mark.parametrize(("is_gone", "heard"), [(False, ["a", "b", "c"]), (True, ["a", "b"])])
async def test_what_is_announced_is_heard_once_by_all_that_can_be_reached(
    cluster: Cluster, is_gone: bool, heard: list[str]
) -> None:
    cluster.far.is_gone = is_gone
    await cluster.nodes["a"].announce("hear")
    await trio.sleep(1)
    assert sorted(cluster.heard) == heard


@pytest.mark.usefixtures("jumping_clock")
async def test_a_machine_of_one_bus_cannot_announce_without_it(cluster: Cluster) -> None:
    cluster.far.is_gone = True
    with pytest.raises(DirectoryUnavailable):
        await cluster.nodes["c"].announce("hear")


@pytest.mark.usefixtures("jumping_clock")
async def test_a_node_asks_itself_without_the_bus(cluster: Cluster) -> None:
    async def slowly(text: str) -> str:
        await trio.sleep(0.1)
        return f"slow {text}"

    cluster.far.is_gone = True
    cluster.nodes["c"].answer("slowly", slowly)
    assert await cluster.nodes["c"].ask("c", "twice", "ho") == "hoho"
    assert await cluster.nodes["c"].ask("c", "slowly", "ho") == "slow ho"


@pytest.mark.usefixtures("jumping_clock")
async def test_a_refusal_is_raised_where_the_question_was_asked_with_its_code_and_wait(cluster: Cluster) -> None:
    def refuse() -> None:
        raise RequestRefused(RefusalCode.BUSY, "not now", 7)

    cluster.nodes["c"].answer("refuse", refuse)
    with pytest.raises(RequestRefused, match="not now") as caught:
        await cluster.nodes["a"].ask("c", "refuse")
    assert (caught.value.code, caught.value.wait) == (RefusalCode.BUSY, 7)
    answers = await cluster.nodes["a"].ask_all("bc", "refuse")
    assert (answers.values, answers.silent) == ({}, ("b",))  # which has no such question
    assert answers.refused["c"].reason == "not now"


@pytest.mark.usefixtures("jumping_clock")
async def test_who_does_not_answer_in_time_is_silent_and_who_may_take_longer_is_waited_for(
    cluster: Cluster,
) -> None:
    async def slow(seconds: float) -> str:
        await trio.sleep(seconds)
        return "at last"

    cluster.nodes["c"].answer("slow", slow)
    cluster.nodes["c"].answer("slower", slow, within=10)
    ask: Any = cluster.nodes["a"].ask_all
    began = trio.current_time()
    assert (await ask("c", "slow", 2)).silent == ("c",)
    assert trio.current_time() - began == pytest.approx(ANSWER_TIMEOUT, abs=0.1)
    assert (await ask("c", "slow", 2, within=10)).silent == ("c",)  # its handler was cancelled
    assert (await ask("c", "slower", 5, within=10)).values == {"c": "at last"}
    assert not cluster.nodes["a"]._waiting
    assert not cluster.nodes["a"]._answers


@pytest.mark.usefixtures("jumping_clock")
async def test_a_node_answers_64_calls_at_a_time_and_others_when_those_are_done(cluster: Cluster) -> None:
    running: list[int] = []

    async def wait(number: int) -> int:
        running.append(number)
        await trio.sleep(0.5)
        return number

    cluster.nodes["c"].answer("wait", wait)
    ask: Any = cluster.nodes["a"].ask_all
    async with trio.open_nursery() as nursery:
        for number in range(MOST_CALLS + 3):
            nursery.start_soon(ask, "c", "wait", number)
            await trio.testing.wait_all_tasks_blocked()
        assert len(running) == 64
    assert (await ask("c", "wait", 7)).values == {"c": 7}


@pytest.mark.usefixtures("jumping_clock")
async def test_an_answer_longer_than_half_a_message_is_left_with_the_directory(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[tuple[int, float]] = []
    real = cluster.far.put

    async def put(key: str, data: bytes, ttl: float) -> None:
        left.append((len(data), ttl))
        await real(key, data, ttl)

    monkeypatch.setattr(cluster.far, "put", put)
    cluster.nodes["c"].answer("bytes", bytes)
    longest = MAX_SAID // 2 - 3  # and the head of the bytes
    for size in (longest, longest + 1):
        assert await cluster.nodes["a"].ask("c", "bytes", size) == bytes(size)
    assert left == [(MAX_SAID // 2 + 1, 5.0)]


@pytest.mark.usefixtures("jumping_clock")
async def test_lists_arrive_as_tuples_however_long_they_are(cluster: Cluster) -> None:
    for length in (3, 50_000):
        assert await cluster.nodes["a"].ask("c", "twice", [1] * length) == (1,) * 2 * length


@pytest.mark.usefixtures("jumping_clock")
async def test_what_a_handler_raises_and_what_is_no_call_is_logged_and_ends_nothing(
    cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise ZeroDivisionError("by the handler")

    cluster.nodes["c"].answer("fail", fail)
    ask: Any = cluster.nodes["a"].ask_all
    assert (await ask("c", "fail")).silent == ("c",)
    for data in (b"\xc1", msgpack.packb(5), msgpack.packb((1, 2)), b""):
        await cluster.far.say("to:c", data)
    assert (await ask("c", "twice", "ho")).values == {"c": "hoho"}
    failed, *unread = caplog.messages
    assert "the call 'fail' of a" in failed
    assert "by the handler" in failed
    assert [text.partition(":")[0] for text in unread] == ["what came over the bus cannot be read"] * 4


@pytest.mark.usefixtures("jumping_clock")
async def test_an_answer_to_an_earlier_process_of_the_name_or_of_another_node_is_no_answer(cluster: Cluster) -> None:
    asker, answers = cluster.nodes["c"], []

    async def ask() -> None:
        answers.append((await asker.ask_all("a", "nothing")).values)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ask)
        await trio.testing.wait_all_tasks_blocked()
        [number] = asker._waiting
        for sender in ("a earlier", f"b {asker._instance}"):
            await cluster.far.say("to:c", msgpack.packb((number, sender, "", ("forged", None, ""))))
    assert answers == [{}]


@pytest.mark.usefixtures("jumping_clock")
async def test_listeners_hear_their_channel_and_that_something_may_be_missing(cluster: Cluster) -> None:
    heard: list[object] = []
    cluster.nodes["c"].hear("lobby", heard.append)
    cluster.nodes["c"].after_gap(lambda: heard.append("gap"))
    await cluster.far.say("lobby", b"hello")
    await cluster.far.say("elsewhere", b"hello")
    cluster.far.bus.gap()
    await trio.testing.wait_all_tasks_blocked()
    assert heard == [b"hello", "gap"]
