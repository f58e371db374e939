"""Which matches move when a machine spreads them over its workers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from game_server.membership.spreading import to_move

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
