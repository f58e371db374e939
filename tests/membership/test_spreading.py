"""Which matches move when a machine spreads them over its workers."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from game_server.cluster import Node
from game_server.membership.moving import Whereto
from game_server.membership.spreading import Spreading, to_move

Nodes = dict[str, dict[str, int]]
"""Loads of matches, by node and code."""


def spread(nodes: Nodes) -> list[tuple[str, str, str]]:
    """Let each node in turn move what it can; code, from and to of each move."""
    moves: list[tuple[str, str, str]] = []
    for name, own in nodes.items():
        stay = [code for code, *_ in moves]
        while True:
            others = {other: sum(matches.values()) for other, matches in nodes.items() if other != name}
            if (chosen := to_move(own, others, stay)) is None:
                break
            code, to = chosen
            nodes[to][code] = own.pop(code)
            moves.append((code, name, to))
    return moves


def loads(nodes: Nodes) -> list[int]:
    return [sum(matches.values()) for matches in nodes.values()]


def test_an_empty_node_gets_half_of_what_the_other_one_has() -> None:
    nodes = {"a": {f"M{number}": 5 for number in range(6)}, "b": {}}
    spread(nodes)
    assert loads(nodes) == [15, 15]


def test_the_matches_of_three_nodes_come_to_the_fourth_too() -> None:
    nodes = {name: {f"{name}{number}": 4 for number in range(4)} for name in "abc"} | {"d": {}}
    spread(nodes)
    assert loads(nodes) == [12, 12, 12, 12]


def test_the_only_match_stays_where_it_is() -> None:
    assert to_move({"M": 17}, {"b": 0}) is None


def test_empty_matches_are_spread_too() -> None:
    nodes = {"a": {f"M{number}": 1 for number in range(10)}, "b": {}}
    spread(nodes)
    assert loads(nodes) == [5, 5]


def test_who_is_alone_moves_nothing() -> None:
    assert to_move({"M": 17}, {}) is None


@given(st.lists(st.lists(st.integers(1, 65), max_size=8), min_size=2, max_size=6))
def test_nothing_moves_twice_and_spreading_again_and_again_comes_to_an_end(matches: list[list[int]]) -> None:
    nodes = {str(number): {f"{number}.{i}": load for i, load in enumerate(own)} for number, own in enumerate(matches)}
    before, moves = max(loads(nodes)), spread(nodes)
    assert max(loads(nodes)) <= before
    assert len({code for code, *_ in moves}) == len(moves)
    squares = sum(load**2 for load in loads(nodes))
    while spread(nodes):
        assert sum(load**2 for load in loads(nodes)) < squares
        squares = sum(load**2 for load in loads(nodes))


def test_a_match_moves_only_if_its_new_node_has_no_more_than_the_old_one_then() -> None:
    assert to_move({"A": 3, "B": 2}, {"b": 1}) == ("B", "b")
    assert to_move({"A": 2, "B": 1, "C": 1}, {"b": 0}) == ("A", "b")
    assert to_move({"A": 3, "B": 3}, {"b": 1}) is None
    assert to_move({"A": 2, "B": 2}, {"b": 0, "a": 0}, stay=["B"]) == ("A", "a")


@attrs.define
class Machine:
    """The workers of a machine: what ``w-0`` has, and what it has heard of the others, which publish now and then."""

    own: list[SimpleNamespace]
    published: dict[str, list[SimpleNamespace]]
    moves: list[tuple[str, str]] = attrs.Factory(list)
    draining: bool = False
    fresh_at: float = 0.0
    why: str = ""
    looks: int = 0
    asked: list[Whereto] = attrs.Factory(list)

    def spreading(self) -> Spreading:
        node = Node("w-0", 0, 1 + len(self.published), b"k" * 32, (), Path(), "machine", "http://127.0.0.1")
        hosting: Any = self
        moving: Any = self
        neighbours: Any = self
        return Spreading(node, hosting, moving, neighbours)

    @property
    def match_index(self) -> list[SimpleNamespace]:
        return self.own

    @property
    def rows(self) -> dict[str, SimpleNamespace]:
        return {name: SimpleNamespace(matches=matches) for name, matches in self.published.items()}

    async def targets(self, whereto: Whereto) -> list[SimpleNamespace]:
        self.asked.append(whereto)
        return [SimpleNamespace(name=name) for name in self.published]

    async def look(self) -> None:
        self.looks += 1

    def is_fresh(self, _name: str) -> bool:
        return trio.current_time() >= self.fresh_at

    async def move(self, code: str, to: str) -> str:
        self.moves.append((code, to))
        self.own = [match for match in self.own if match.id != code or self.why]
        return self.why


def having(**people: int) -> list[SimpleNamespace]:
    """Matches by code, with as many people."""
    return [SimpleNamespace(id=code, people=count) for code, count in people.items()]


def published(**people: int) -> list[SimpleNamespace]:
    """The same, as a node publishes them."""
    return [SimpleNamespace(row=match) for match in having(**people)]


async def test_matches_are_spread_by_their_number_and_their_people() -> None:
    machine = Machine(having(A=3, B=3, C=3, D=3), {"w-1": published(X=3), "w-2": []})
    assert await machine.spreading().spread(["B"]) == ["D", "C"]
    assert machine.moves == [("D", "w-2"), ("C", "w-1")]
    assert set(machine.asked) == {Whereto.THIS_MACHINE}
    assert machine.looks


async def test_a_match_counts_for_one_and_each_seat_of_a_person_for_one() -> None:
    machine = Machine(having(A=0, B=0, C=0, D=0, E=0, F=0), {"w-1": published(X=3)})
    assert len(await machine.spreading().spread()) == 1


async def test_what_has_moved_counts_once_though_it_is_published_meanwhile() -> None:
    machine = Machine(having(A=0, B=0, C=0, D=0), {"w-1": []})
    move = machine.move

    async def move_and_publish(code: str, to: str) -> str:
        why = await move(code, to)
        machine.published[to] += published(**{code: 0})
        return why

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Machine, "move", lambda _, code, to: move_and_publish(code, to))
        assert len(await machine.spreading().spread()) == 2


async def test_nothing_more_is_spread_when_a_match_is_not_taken_or_the_node_drains() -> None:
    machine = Machine(having(A=0, B=0, C=0, D=0), {"w-1": []}, why="it is full")
    assert await machine.spreading().spread() == []
    assert len(machine.moves) == 1
    machine = Machine(having(A=0, B=0), {"w-1": []}, draining=True)
    assert await machine.spreading().spread() == []
    assert machine.moves == []


@pytest.mark.usefixtures("jumping_clock")
@pytest.mark.parametrize(("after", "waits"), [(0.0, 0.0), (2.05, 2.1), (60.0, 5.0)])
async def test_a_worker_that_was_just_started_is_waited_for_until_it_is_seen(after: float, waits: float) -> None:
    machine = Machine(having(A=0, B=0), {"w-1": []}, fresh_at=trio.current_time() + after)
    began = trio.current_time()
    assert len(await machine.spreading().spread()) == 1
    assert trio.current_time() - began == pytest.approx(waits)
