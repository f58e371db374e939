"""Calls from node to node, over the bus of the cluster and over that of a machine."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
import trio

from game_server.cluster import MemoryDirectory, NodeCalls
from game_server.errors import DirectoryUnavailable

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
