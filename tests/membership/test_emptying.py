"""Emptying a node as an admin or its supervisor asks, with stand-ins for its matches, people and the other nodes."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from game_server.cluster import Node
from game_server.errors import RequestRefused
from game_server.membership.draining import DrainTerms
from game_server.membership.emptying import LEAVE_TIMEOUT, Emptying
from game_server.membership.moving import Whereto
from game_server.protocol import RefusalCode

pytestmark = pytest.mark.usefixtures("jumping_clock")

NODE = Node("w-0", 0, 2, b"k" * 32, (), Path(), "machine", "http://127.0.0.1")


class Drained:
    """In place of `Draining`: what it was asked for, and what is left then."""

    why_not_taken = ""

    def __init__(self) -> None:
        self.terms: list[DrainTerms] = []
        self.left = 0
        self.goes_on = False

    async def drain(self, terms: DrainTerms) -> int:
        self.terms.append(terms)
        if self.goes_on:
            await trio.sleep_forever()
        return self.left


class Emptied:
    """A node with ``matches``, and people who are sent away and leave after ``leave_after`` seconds."""

    def __init__(self, matches: int = 2, people: int = 0, *, leave_after: float = 0.0) -> None:
        self.answers: dict[str, Callable[..., Any]] = {}
        self.draining = Drained()
        self.said: list[str] = []
        self.sent: list[object] = []
        self.hosting = SimpleNamespace(draining=False, open_own=self._open_own)
        self.people = [SimpleNamespace(stays_in=None) for _ in range(people)]
        self.leave_after = leave_after
        self.takes_people = True
        self.why = ""
        lobby: Any = SimpleNamespace(match_index=range(matches), hosting=self.hosting, people=self.people)
        redirects: Any = SimpleNamespace(send_to_lobby=self._send)
        moving: Any = SimpleNamespace(why_nobody_takes=self._why)
        publishing: Any = SimpleNamespace(soon=lambda: self.said.append("soon"), publish=self._publish)
        calls: Any = SimpleNamespace(answer=self.answers.__setitem__)
        self.emptying = Emptying(NODE, lobby, redirects, moving, publishing, calls)
        self.emptying._draining = self.draining  # type: ignore[assignment]
        self.besides: object = None

    def _why(self, besides: object) -> str:
        self.besides = besides
        return self.why

    def _send(self, person: Any) -> bool:
        if person.stays_in == "refuses":
            raise RequestRefused(RefusalCode.BUSY, "not now")
        if not self.takes_people:
            return False
        self.sent.append(person)
        return True

    async def _open_own(self) -> None:
        self.said.append("own matches")

    async def _publish(self) -> None:
        self.said.append("published")

    async def leave(self) -> None:
        await trio.sleep(self.leave_after)
        self.people.clear()


async def test_a_drain_and_its_end_are_asked_for_by_name() -> None:
    emptied = Emptied()
    assert emptied.answers == {"drain": emptied.emptying.begin, "drain off": emptied.emptying.end}


async def test_an_admin_drains_a_node_to_any_other_and_what_is_left_ends(nursery: trio.Nursery) -> None:
    emptied = Emptied()
    nursery.start_soon(emptied.emptying.run)
    assert emptied.emptying.begin() == "w-0 drains: 2 matches to move"
    assert emptied.hosting.draining  # at once
    assert emptied.said == ["soon"]
    await wait_all_tasks_blocked()
    assert emptied.emptying.begin(True, 60, ("w-1",)) == "w-0 drains: 2 matches to move"
    assert emptied.besides == ("w-1",)
    await wait_all_tasks_blocked()
    assert emptied.draining.terms == [
        DrainTerms(Whereto.ANYWHERE, after_round=False, ends=True, within=math.inf),
        DrainTerms(Whereto.ANYWHERE, after_round=True, ends=True, within=60),
    ]
    nursery.cancel_scope.cancel()


async def test_an_admin_is_answered_why_matches_do_not_leave_if_there_are_any() -> None:
    assert Emptied(1).emptying.begin() == "w-0 drains: 1 match to move"
    emptied = Emptied(1)
    emptied.draining.why_not_taken = "w-1 is full"
    assert emptied.emptying.begin() == "w-0 drains: 1 match to move; w-1 is full"
    emptied.why = "there is no other node"
    assert emptied.emptying.begin() == "w-0 drains: 1 match to move; there is no other node"
    empty = Emptied(0)
    empty.why = "there is no other node"
    assert empty.emptying.begin() == "w-0 drains: 0 matches to move"


async def test_the_end_of_a_drain_cuts_it_short_and_opens_the_matches_of_the_host(
    nursery: trio.Nursery, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    emptied = Emptied()
    emptied.draining.goes_on = True
    nursery.start_soon(emptied.emptying.run)
    assert emptied.emptying.end() == "w-0 does not drain"
    assert emptied.said == []
    emptied.emptying.begin()
    await wait_all_tasks_blocked()
    assert emptied.emptying.end() == "w-0 takes newcomers again"
    assert not emptied.hosting.draining
    await wait_all_tasks_blocked()
    assert emptied.said == ["soon", "soon", "own matches"]
    assert [text.partition(":")[0] for text in caplog.messages] == [
        "this node drains",
        "this node does not drain any more",
    ]
    emptied.draining.goes_on = False
    emptied.emptying.begin()
    await wait_all_tasks_blocked()
    assert caplog.messages[-1] == "this node is drained"
    nursery.cancel_scope.cancel()


@pytest.mark.parametrize("drains", [False, True])
async def test_a_process_whose_matches_have_to_stay_goes_on_as_before(drains: bool) -> None:
    emptied = Emptied(people=1)
    emptied.draining.left = 2
    if drains:
        emptied.emptying.begin()
    emptied.hosting.draining = True
    assert await emptied.emptying.make_way() == 2
    assert emptied.hosting.draining is drains
    assert emptied.said[-1] == "published"
    assert emptied.sent == []
    assert emptied.draining.terms == [DrainTerms(Whereto.THIS_MACHINE, within=3600.0)]
    emptied.hosting.draining = True
    assert emptied.emptying.end() == "w-0 takes newcomers again"


@pytest.mark.parametrize("retires", [False, True])
async def test_when_a_process_is_to_end_its_people_are_sent_on_and_no_admin_has_it_go_on(retires: bool) -> None:
    emptied = Emptied(people=2, leave_after=1.0)
    emptied.draining.left = 3 if retires else 0
    began = trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(emptied.leave)
        if retires:
            assert await emptied.emptying.retire(60.0, ends=True) == 3
            assert emptied.draining.terms == [DrainTerms(Whereto.OTHER_MACHINES, ends=True, within=60.0)]
        else:
            assert await emptied.emptying.make_way() == 0
    assert len(emptied.sent) == 2
    assert 0.99 < trio.current_time() - began < 1.1
    with pytest.raises(RequestRefused, match="w-0 goes on draining: its process is to end") as refused:
        emptied.emptying.end()
    assert refused.value.code == RefusalCode.STOPPING


async def test_people_who_do_not_leave_are_not_waited_for_longer_than_three_seconds() -> None:
    emptied, began = Emptied(people=2), trio.current_time()
    await emptied.emptying.retire(60.0, ends=False)
    assert trio.current_time() - began == pytest.approx(LEAVE_TIMEOUT)


async def test_where_nobody_takes_people_they_stay_and_are_not_waited_for() -> None:
    emptied, began = Emptied(people=2), trio.current_time()
    emptied.takes_people = False
    assert await emptied.emptying.make_way() == 0
    assert trio.current_time() == began


async def test_those_who_play_or_cannot_be_sent_keep_nobody_else_from_going() -> None:
    emptied = Emptied(people=3)
    emptied.people[0].stays_in = "a match"
    await emptied.emptying.make_way()
    assert emptied.sent == emptied.people[1:]
