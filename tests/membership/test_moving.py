"""To which nodes matches may go, and why they go to none, with stand-ins for everything but the list of nodes."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import pytest
import trio

from game_server.cluster import MemoryDirectory, Neighbours, Node, NodeCalls
from game_server.errors import DirectoryUnavailable, RequestRefused
from game_server.membership.moving import MOST_TARGETS, Moving, Whereto
from game_server.protocol import MAX_SERVER_TEXT, RefusalCode
from tests.cluster.directories import row_of

pytestmark = pytest.mark.usefixtures("jumping_clock")

NODE = Node("w-0", 0, 2, b"k" * 32, (), Path("/s"), "machine", "http://127.0.0.1:8000")


class Nodes(MemoryDirectory):
    """A directory that may be gone."""

    is_gone = False

    async def nodes(self) -> Any:
        if self.is_gone:
            raise DirectoryUnavailable("no answer")
        return await super().nodes()


class Moved:
    """The moving of ``w-0``, one of two workers, beside nodes that have published themselves."""

    def __init__(self) -> None:
        self.directory = Nodes()
        self.neighbours = Neighbours(self.directory, "w-0", "machine")
        self.calls = NodeCalls(self.directory, "w-0")
        self.asked: list[tuple[str, str]] = []
        ownership: Any = SimpleNamespace(refused=lambda *_: None, move=self._move)
        index = SimpleNamespace(find=lambda code: SimpleNamespace(id=code, name="Friday"))
        hosting: Any = SimpleNamespace(rules_of={"toy": "1"}.get, match_index=index)
        self.why, self.takes = "", 0.0
        publishing: Any = None
        self.moving = Moving(NODE, ownership, hosting, self.neighbours, self.calls, publishing)

    async def _move(self, code: str, to: str, channel: str, *, afresh: bool) -> str:
        self.asked.append((code, to))
        assert (channel, afresh) == (f"offers:{to}", False)
        await trio.sleep(self.takes)
        return self.why

    async def publish(self, name: str, **changed: Any) -> None:
        row = row_of(name)
        await self.directory.publish(attrs.evolve(row, summary=attrs.evolve(row.summary, **changed)))
        await self.neighbours.look()

    async def targets(self, whereto: Whereto) -> list[str]:
        return [node.name for node in await self.moving.targets(whereto)]


async def test_matches_go_to_nodes_with_fewest_people_and_to_none_that_is_full_or_drains() -> None:
    moved = Moved()
    await moved.publish("w-1", people=5, matches=2)
    await moved.publish("a", people=5, matches=1, machine="other")
    await moved.publish("b", people=4, matches=9, machine="other")
    await moved.publish("full", people=0, is_full=True)
    await moved.publish("drains", people=0, draining=True)
    assert {whereto: await moved.targets(whereto) for whereto in Whereto} == {
        Whereto.ANYWHERE: ["b", "a", "w-1"],
        Whereto.THIS_MACHINE: ["w-1"],
        Whereto.OTHER_MACHINES: ["b", "a"],
    }


async def test_of_many_nodes_the_emptiest_are_asked() -> None:
    moved = Moved()
    for number in range(20):
        await moved.publish(f"n{number:02}", people=number)
    assert await moved.targets(Whereto.ANYWHERE) == [f"n{number:02}" for number in range(MOST_TARGETS)]


async def test_a_worker_that_is_started_again_and_a_full_node_may_take_matches_later() -> None:
    moved = Moved()
    assert moved.moving.may_be_taken(Whereto.THIS_MACHINE)
    assert not moved.moving.may_be_taken(Whereto.ANYWHERE)
    moved.directory.is_gone = True
    await moved.neighbours.look()
    assert moved.moving.may_be_taken(Whereto.ANYWHERE)
    moved.directory.is_gone = False
    await moved.publish("full", is_full=True, machine="other")
    assert moved.moving.may_be_taken(Whereto.OTHER_MACHINES)


async def why(moved: Moved, *besides: str) -> str:
    return moved.moving.why_nobody_takes(besides).partition(":")[0]


async def test_why_no_node_takes_matches_is_said_as_far_as_it_is_known() -> None:
    moved = Moved()
    assert await why(moved) == ""  # the other worker is being started
    assert await why(moved, "w-1") == "there is no other node"
    await moved.publish("w-1")
    assert await why(moved) == ""
    await moved.publish("w-1", draining=True)
    assert await why(moved) == "all other nodes drain"
    await moved.publish("a", is_full=True)
    assert await why(moved) == "all other nodes are full or drain"
    assert await why(moved, "a", "w-1") == "there is no other node"
    await moved.publish("b")
    assert await why(moved) == ""
    moved.directory.is_gone = True
    await moved.neighbours.look()
    assert "the directory does not answer just now" in await why(moved)


async def test_a_game_is_gone_when_all_nodes_that_take_matches_have_said_so(nursery: trio.Nursery) -> None:
    moved = Moved()
    match: Any = SimpleNamespace(options=SimpleNamespace(game=SimpleNamespace(name="toy")))
    await nursery.start(moved.calls.run)
    there = NodeCalls(moved.directory, "a")
    rules = {"toy": ""}
    there.answer("rules", rules.get)
    await nursery.start(there.run)
    assert not moved.moving.game_is_gone(match, Whereto.ANYWHERE)  # there is no node
    await moved.publish("a")
    await moved.publish("w-1")
    [node, other] = moved.neighbours.summaries.values()
    assert await moved.moving.has_other_rules(match, node)
    assert not moved.moving.game_is_gone(match, Whereto.ANYWHERE)  # the other has not said so
    assert moved.moving.game_is_gone(match, Whereto.OTHER_MACHINES)
    assert not await moved.moving.has_other_rules(match, other)  # which does not answer
    rules["toy"] = "1"
    assert await moved.moving.has_other_rules(match, node)  # it is what the process has loaded
    assert not await moved.moving.has_other_rules(match, attrs.evolve(node, started=99.0))
    nursery.cancel_scope.cancel()


async def test_an_admin_is_answered_what_has_become_of_a_move() -> None:
    moved = Moved()
    ask: Any = moved.moving._asked
    with pytest.raises(RequestRefused, match=r"Friday \(CODE\) is at w-0 already"):
        await ask("CODE", "w-0")
    with pytest.raises(RequestRefused, match=r"Friday \(CODE\) stays at w-0, as w-1 does not answer"):
        await ask("CODE", "w-1")
    assert moved.asked == []
    await moved.publish("w-1")
    assert await ask("CODE", "w-1") == "Friday (CODE) goes on at w-1"
    moved.why = "w-1 does not take it: " + "x" * 1000
    with pytest.raises(RequestRefused, match="stays at w-0, as w-1 does not take it") as refused:
        await ask("CODE", "w-1")
    assert (refused.value.code, refused.value.wait, len(refused.value.reason)) == (RefusalCode.BUSY, 1, MAX_SERVER_TEXT)


async def test_an_admin_waits_four_and_a_half_seconds_for_a_move_to_end() -> None:
    moved = Moved()
    await moved.publish("w-1")
    moved.takes = 60.0
    began = trio.current_time()
    assert await moved.moving._asked("CODE", "w-1") == "Friday (CODE) is on its way to w-1"
    assert trio.current_time() - began == pytest.approx(4.5)
    moved.directory.is_gone = True  # it may be there, and the directory decides
    assert await moved.moving._asked("CODE", "w-2") == "Friday (CODE) is on its way to w-2"
