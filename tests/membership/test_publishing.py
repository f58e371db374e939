"""The name of a node, which one at a time has."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
import trio

from game_server.cluster import ROW_TTL, MemoryDirectory, Node, NodeRow
from game_server.errors import ConfigError
from game_server.membership.publishing import Publishing
from tests.cluster.directories import row_of

pytestmark = pytest.mark.usefixtures("jumping_clock")


class Named(Publishing):
    """A node called berlin-0 without matches, of the process ``machine``."""

    def __init__(self, directory: MemoryDirectory, machine: str) -> None:
        node = Node("berlin-0", 0, 1, b"k" * 32, (), Path(), machine, "http://berlin")
        super().__init__(node, cast("Any", None), cast("Any", None), directory, lambda: False)

    def row(self) -> NodeRow:
        return row_of("berlin-0", instance=self._instance)

    async def start(self) -> None:
        await self.wait_for_name()
        await self.opened()


async def test_a_node_with_the_name_of_one_that_lives_does_not_start(nursery: trio.Nursery) -> None:
    directory = MemoryDirectory()
    first, second = Named(directory, "first"), Named(directory, "second")
    nursery.start_soon(first.run)
    await first.start()
    with pytest.raises(ConfigError, match="'berlin-0' is in the cluster already: give this one another --node-name"):
        await second.start()
    nursery.cancel_scope.cancel()


async def test_a_node_waits_until_nothing_is_left_of_one_of_its_name_that_was_killed() -> None:
    directory = MemoryDirectory()
    await Named(directory, "killed").start()
    began = trio.current_time()
    await Named(directory, "next").start()
    assert ROW_TTL - 0.01 < trio.current_time() - began < ROW_TTL + 1


async def test_a_worker_that_is_started_again_has_its_name_at_once() -> None:
    directory = MemoryDirectory()
    began = trio.current_time()
    for _ in range(2):
        await Named(directory, "same").start()
    assert trio.current_time() - began < 1


async def test_of_two_nodes_of_one_name_that_start_together_one_stops() -> None:
    directory = MemoryDirectory()
    first, second = Named(directory, "first"), Named(directory, "second")
    for node in (first, second):
        await node.wait_for_name()
    await first.opened()
    with pytest.raises(ConfigError, match="--node-name"):
        await second.opened()


async def test_that_its_name_was_taken_meanwhile_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    directory = MemoryDirectory()
    frozen, other = Named(directory, "frozen"), Named(directory, "other")
    await frozen.start()
    await other.start()
    for _ in range(3):
        await frozen.publish()
    assert [text.partition(":")[0] for text in caplog.messages] == ["the other nodes do not see this one"]
