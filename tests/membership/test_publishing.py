"""The name of a node, which one at a time has, and what it publishes."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import attrs
import pytest
import trio

import game_server
from game_server.cluster import ROW_TTL, MemoryDirectory, Node, NodeRow, PublishedMatch
from game_server.errors import ConfigError
from game_server.membership.publishing import Publishing
from game_server.protocol import PROTOCOL_VERSION, MatchRow
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


@attrs.define
class Match:
    """A match as its node publishes it."""

    id: str
    people: int
    is_open: bool = True
    has_seat: bool = True
    is_watchable: bool = False

    def row(self) -> MatchRow:
        return MatchRow(self.id, "Friday", "toy", "", "playing", self.people, 2, 16, 0, 0)


class Index(list[Match]):
    """The matches of a node."""

    def opened_from(self, code: str) -> str:
        return f"address of {code}"


def publishing_of(*matches: Match, people: int = 0, draining: bool = False, stops: bool = False) -> Publishing:
    """What is published of a node with these matches, which may have three."""
    node = Node("berlin-1", 1, 2, b"k" * 32, (), Path(), "machine", "http://berlin")
    lobby: Any = SimpleNamespace(
        match_index=Index(matches), people=[None] * people, hosting=SimpleNamespace(draining=draining),
        options=SimpleNamespace(limits=SimpleNamespace(max_matches=3)),
    )  # fmt: skip
    opened: Any = SimpleNamespace(digest=lambda address: f"digest of {address}")
    return Publishing(node, lobby, opened, MemoryDirectory(), lambda: stops)


async def test_a_row_says_who_the_node_is_and_what_it_has() -> None:
    row = publishing_of(Match("A", 3, is_watchable=True), Match("B", 5, is_open=False), people=9).row()
    summary = row.summary
    assert (summary.name, summary.instance, summary.machine) == ("berlin-1", "machine-1", "machine")
    assert (summary.url, summary.version) == ("http://berlin", f"{game_server.__version__}/{PROTOCOL_VERSION}")
    assert (summary.people, summary.matches, summary.best) == (9, 2, 3)
    assert (summary.draining, summary.is_full) == (False, False)
    assert row.matches == (
        PublishedMatch(Match("A", 3).row(), True, True, True, "digest of address of A"),
        PublishedMatch(Match("B", 5).row(), False, False, True, "digest of address of B"),
    )


@pytest.mark.parametrize(
    ("matches", "best"),
    [
        ((), -1),
        ((Match("A", 0),), 0),
        ((Match("A", 4, has_seat=False), Match("B", 2)), 2),
        ((Match("A", 4, False),), -1),
    ],
)
async def test_a_node_is_ranked_by_its_fullest_open_match_with_a_seat(matches: tuple[Match, ...], best: int) -> None:
    assert publishing_of(*matches).row().summary.best == best


async def test_a_node_is_full_with_as_many_matches_as_it_may_have() -> None:
    assert [publishing_of(*[Match("A", 0)] * count).row().summary.is_full for count in (2, 3)] == [False, True]


@pytest.mark.parametrize("chosen", [{"draining": True}, {"stops": True}])
async def test_a_node_that_drains_or_stops_says_so(chosen: dict[str, bool]) -> None:
    assert publishing_of(**chosen).row().summary.draining


async def serial(directory: Any, seconds: float) -> int:
    """The serial of what is published after ``seconds``."""
    await trio.sleep(seconds)
    [node] = await directory.nodes()
    return int(node.serial)


async def test_a_row_is_published_each_second_and_at_once_when_something_has_changed(nursery: trio.Nursery) -> None:
    publishing = publishing_of()
    nursery.start_soon(publishing.run)
    await trio.sleep(3)
    assert await publishing._directory.nodes() == ()
    await publishing.opened()
    found = [await serial(publishing._directory, seconds) for seconds in (0.5, 1, 1)]
    assert found == [2, 3, 4]
    publishing.soon()
    assert await serial(publishing._directory, 0.01) == 5
    assert await serial(publishing._directory, 0.9) == 5
    await publishing.leave()
    await publishing.publish()
    assert await publishing._directory.nodes() == ()
    nursery.cancel_scope.cancel()
