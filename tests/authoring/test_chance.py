"""Chance for rules: the same draws in every version of Python, and in every process."""

from __future__ import annotations

import pytest

from game_server.authoring.chance import Chance
from game_server.errors import RulesError
from game_server.simulation import SplitMix64


def chance() -> Chance:
    return Chance(SplitMix64(7), (100, 50))


def test_draws_are_the_same_whatever_python() -> None:
    drawn = chance()
    assert [drawn.whole(1, 6) for _ in range(8)] == [3, 1, 6, 4, 3, 2, 3, 2]
    assert drawn.shuffle(range(6)) == [3, 1, 4, 5, 2, 0]
    assert drawn.pick("abc") == "c"


def test_draws_keep_to_their_limits() -> None:
    drawn = chance()
    assert {drawn.whole(-1, 1) for _ in range(200)} == {-1, 0, 1}
    assert all(-2 <= drawn.number(-2, 3) < 3 for _ in range(200))
    assert all(10 <= x <= 90 and 10 <= y <= 40 for x, y in (drawn.spot(10) for _ in range(200)))
    assert {drawn.pick([1, 2, 3]) for _ in range(200)} == {1, 2, 3}


def test_a_shuffle_leaves_what_it_is_given() -> None:
    cards = [1, 2, 3, 4]
    orders = {tuple(chance.shuffle(cards)) for chance in [Chance(SplitMix64(seed), None) for seed in range(300)]}
    assert (cards, len(orders)) == ([1, 2, 3, 4], 24)


def test_nothing_is_picked_from_nothing() -> None:
    assert chance().pick([]) is None


def test_what_has_no_order_is_refused() -> None:
    with pytest.raises(RulesError, match=r"chance.pick\(\) got a set, whose order differs"):
        chance().pick({1, 2})
    with pytest.raises(RulesError, match=r"chance.shuffle\(\) got a set"):
        chance().shuffle(frozenset({1}))
    with pytest.raises(RulesError, match=r"there is no number from 3 to 2"):
        chance().whole(3, 2)
    with pytest.raises(RulesError, match=r"the game has no field; say size = \(1280, 720\)"):
        Chance(SplitMix64(1), None).spot()


def test_limits_are_drawn_too_where_they_are_the_only_ones() -> None:
    drawn = chance()
    assert {drawn.whole(3, 3) for _ in range(5)} == {3}
    assert {drawn.spot(25)[1] for _ in range(5)} == {25}
    with pytest.raises(RulesError, match=r"chance.spot\(25.5\): a field of 100 by 50 has no place so far from its rim"):
        drawn.spot(25.5)
    assert all(0 <= x <= 100 and 0 <= y <= 50 for x, y in (drawn.spot() for _ in range(50)))


def test_a_number_is_from_0_to_1_unless_it_is_said() -> None:
    drawn = chance()
    numbers = [drawn.number() for _ in range(300)]
    assert 0 <= min(numbers) < 0.02
    assert 0.98 < max(numbers) < 1
    assert 9 < max(drawn.number(high=10) for _ in range(300)) < 10
