"""How matches leave a node that drains, with stand-ins for matches and for the other nodes, in virtual time."""

from __future__ import annotations

import math
from typing import Any, cast

import attrs
import pytest
import trio

from game_server.lobby import Hosting
from game_server.membership.draining import ENDED_BY_DRAIN, GAME_IS_GONE, UNTAKEN_FOR, Draining, DrainTerms
from game_server.membership.moving import Moving, Whereto

pytestmark = pytest.mark.usefixtures("jumping_clock")

ROUND_ENDS = 30.0


@attrs.define(eq=False)
class FakeMatch:
    """A match whose round ends at a time; ``rounds`` grows then."""

    id: str
    round_ends: float = -math.inf
    ended: str = ""
    stands_still: bool = False
    is_empty_and_stays: bool = False

    @property
    def round_goes_on(self) -> bool:
        return math.isfinite(self.round_ends)  # the next round begins at once

    @property
    def rounds(self) -> tuple[int, int]:
        return 0, int(trio.current_time() >= self.round_ends)

    def end(self, _code: int, text: str) -> None:
        self.ended = text


@attrs.define
class FakeNode:
    name: str
    has_other_rules: bool = False
    has_game: bool = True
    takes: bool = True
    near: bool = True


@attrs.define
class FakeHosting:
    match_index: list[FakeMatch]
    draining: bool = False


@attrs.define
class FakeMoving:
    """Other nodes: what they have taken, when, and whether it began again there."""

    hosting: FakeHosting
    nodes: list[FakeNode]
    taken: list[tuple[str, str, float, bool]] = attrs.Factory(list)
    asked: int = 0
    more_may_come: bool = False
    answers_after: float = 0.0
    moves_after: float = 0.0

    async def targets(self, whereto: Whereto) -> list[FakeNode]:
        await trio.sleep(self.answers_after)
        return [node for node in self.nodes if node.near or whereto is not Whereto.THIS_MACHINE]

    def may_be_taken(self, _whereto: Whereto) -> bool:
        return bool(self.nodes) or self.more_may_come

    async def has_other_rules(self, _match: FakeMatch, node: FakeNode) -> bool:
        await trio.lowlevel.checkpoint()
        return node.has_other_rules

    def game_is_gone(self, _match: FakeMatch, _whereto: Whereto) -> bool:
        return bool(self.nodes) and not any(node.has_game for node in self.nodes)

    async def move(self, code: str, to: str, *, afresh: bool) -> str:
        await trio.sleep(self.moves_after)
        self.asked += 1
        [node] = [node for node in self.nodes if node.name == to]
        if not node.takes or afresh != node.has_other_rules:
            return f"{to} does not take it: it is full"
        [match] = [match for match in self.hosting.match_index if match.id == code]
        self.hosting.match_index.remove(match)
        self.taken.append((code, to, trio.current_time(), afresh))
        return ""

    def show_soon(self) -> None:
        pass


def drained(matches: list[FakeMatch], nodes: list[FakeNode] | None) -> tuple[Draining, FakeHosting, FakeMoving]:
    hosting = FakeHosting(matches)
    moving = FakeMoving(hosting, nodes or [])
    found = cast("Moving", moving) if nodes is not None else None
    return Draining(cast("Hosting", hosting), found), hosting, moving


def near(**chosen: Any) -> DrainTerms:
    return DrainTerms(Whereto.THIS_MACHINE, **chosen)


async def test_matches_go_at_once_to_a_node_with_the_same_rules() -> None:
    began = trio.current_time()
    draining, hosting, moving = drained([FakeMatch("A", began + ROUND_ENDS), FakeMatch("B")], [FakeNode("n")])
    assert await draining.drain(near()) == 0
    assert hosting.draining
    assert moving.taken == [("A", "n", began, False), ("B", "n", began, False)]


async def test_a_match_goes_to_a_node_with_other_rules_when_its_round_is_over() -> None:
    began = trio.current_time()
    matches = [FakeMatch("A", began + ROUND_ENDS), FakeMatch("B")]
    draining, _, moving = drained(matches, [FakeNode("n", has_other_rules=True)])
    assert await draining.drain(near()) == 0
    [(b, _, b_went, _), (a, _, a_went, afresh)] = moving.taken
    assert (b, b_went, a, afresh) == ("B", began, "A", True)
    assert began + ROUND_ENDS <= a_went < began + ROUND_ENDS + 1


async def test_a_node_with_the_same_rules_comes_first() -> None:
    draining, _, moving = drained([FakeMatch("A")], [FakeNode("other", has_other_rules=True), FakeNode("same")])
    await draining.drain(near())
    assert [to for _, to, *_ in moving.taken] == ["same"]


async def test_by_the_end_of_the_round_each_match_plays_it_to_its_end() -> None:
    began = trio.current_time()
    matches = [FakeMatch("A", began + ROUND_ENDS), FakeMatch("B", began + 2 * ROUND_ENDS), FakeMatch("C")]
    draining, _, moving = drained(matches, [FakeNode("n")])
    assert await draining.drain(near(after_round=True)) == 0
    assert [(code, math.floor((went - began) / ROUND_ENDS)) for code, _, went, _ in moving.taken] == [
        ("C", 0),
        ("A", 1),
        ("B", 2),
    ]


async def test_what_no_node_takes_ends_when_its_round_is_over() -> None:
    began = trio.current_time()
    match = FakeMatch("A", began + ROUND_ENDS)
    draining, hosting, _ = drained([match], None)
    with trio.move_on_after(ROUND_ENDS - 1):
        await draining.drain(near(ends=True))
    assert hosting.match_index == [match]
    assert await draining.drain(near(ends=True)) == 0
    assert match.ended == ENDED_BY_DRAIN
    assert hosting.match_index == []


async def test_where_there_is_no_other_node_a_match_without_a_round_ends_at_once() -> None:
    began, match = trio.current_time(), FakeMatch("A")
    draining, _, _ = drained([match], None)
    assert await draining.drain(near(ends=True)) == 0
    assert trio.current_time() == began
    assert match.ended


async def test_a_match_is_offered_for_a_while_before_it_ends() -> None:
    began, match = trio.current_time(), FakeMatch("A")
    draining, _, moving = drained([match], [FakeNode("n", takes=False)])
    assert await draining.drain(near(ends=True)) == 0
    assert match.ended
    assert trio.current_time() - began > UNTAKEN_FOR - 0.01
    assert moving.asked == 4  # at once, and each five seconds


async def test_what_is_not_to_end_stays_when_nobody_has_taken_it_for_a_while() -> None:
    began, match = trio.current_time(), FakeMatch("A")
    draining, hosting, _ = drained([match], [FakeNode("n", takes=False)])
    assert await draining.drain(near()) == 1
    assert not match.ended
    assert hosting.match_index == [match]
    assert UNTAKEN_FOR - 0.01 < trio.current_time() - began < UNTAKEN_FOR + 1


async def test_why_other_nodes_do_not_take_matches_is_known_meanwhile_and_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    draining, _, _ = drained([FakeMatch("A"), FakeMatch("B")], [FakeNode("n", takes=False)])
    assert draining.why_not_taken == ""
    with trio.move_on_after(12):
        await draining.drain(near())
    assert draining.why_not_taken == "n does not take it: it is full"
    assert caplog.messages == ["match A stays for now: n does not take it: it is full"]


async def test_a_node_that_comes_later_is_asked_too() -> None:
    draining, _, moving = drained([FakeMatch("A")], [])
    moving.more_may_come = True

    async def comes() -> None:
        await trio.sleep(UNTAKEN_FOR - 1)
        moving.nodes.append(FakeNode("n"))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(comes)
        assert await draining.drain(near(ends=True)) == 0
    assert len(moving.taken) == 1


@pytest.mark.parametrize("ends", [True, False])
async def test_a_match_whose_game_no_other_node_has_ends_with_its_round(ends: bool) -> None:
    began, match = trio.current_time(), FakeMatch("A", trio.current_time() + ROUND_ENDS)
    draining, hosting, moving = drained([match], [FakeNode("n", has_other_rules=True, has_game=False)])
    assert await draining.drain(near(ends=ends)) == 0
    assert (match.ended, hosting.match_index, moving.asked) == (GAME_IS_GONE, [], 0)
    assert began + ROUND_ENDS <= trio.current_time() < began + ROUND_ENDS + 1


async def test_a_match_whose_game_some_node_has_goes_there() -> None:
    nodes = [FakeNode("new", has_other_rules=True, has_game=False, takes=False), FakeNode("old")]
    draining, _, moving = drained([FakeMatch("A")], nodes)
    assert await draining.drain(near()) == 0
    assert [to for _, to, *_ in moving.taken] == ["old"]


@pytest.mark.parametrize("ends", [True, False])
async def test_when_the_time_is_over_what_is_left_ends_or_stays(ends: bool) -> None:
    began = trio.current_time()
    match = FakeMatch("A", began + ROUND_ENDS)
    draining, _, _ = drained([match], [FakeNode("n", has_other_rules=True)])
    assert await draining.drain(near(ends=ends, within=10)) == (0 if ends else 1)
    assert trio.current_time() - began == pytest.approx(10)
    assert bool(match.ended) is ends


@pytest.mark.parametrize("whereto", Whereto)
@pytest.mark.parametrize("near", [True, False])
async def test_a_match_of_the_host_that_nobody_is_in_leaves_its_machine_for_no_other(
    whereto: Whereto, near: bool
) -> None:
    match = FakeMatch("A", is_empty_and_stays=True)
    draining, hosting, moving = drained([match], [FakeNode("n", near=near)])
    assert await draining.drain(DrainTerms(whereto, ends=True)) == 0
    assert hosting.match_index == []
    goes = near and whereto is not Whereto.OTHER_MACHINES
    assert [code for code, *_ in moving.taken] == (["A"] if goes else [])
    assert match.ended == ("" if goes else ENDED_BY_DRAIN)


async def test_a_drain_ends_in_time_though_the_outcome_of_a_move_is_not_known() -> None:
    draining, hosting, moving = drained([FakeMatch("A"), FakeMatch("B")], [FakeNode("n")])
    moving.moves_after = math.inf
    began = trio.current_time()
    assert await draining.drain(DrainTerms(Whereto.ANYWHERE, ends=True, within=5)) == 0
    assert trio.current_time() - began == pytest.approx(5)
    assert hosting.match_index == []


async def test_a_drain_ends_in_time_though_each_question_takes_a_while() -> None:
    draining, hosting, moving = drained([FakeMatch(str(number)) for number in range(64)], [FakeNode("n", takes=False)])
    moving.answers_after = 1.0
    began = trio.current_time()
    assert await draining.drain(DrainTerms(Whereto.ANYWHERE, ends=True, within=5)) == 0
    assert 4.99 < trio.current_time() - began < 7
    assert hosting.match_index == []
