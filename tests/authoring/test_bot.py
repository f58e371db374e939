"""Bots of declared games: what they see of rows, and what they do when nobody has written them."""

from __future__ import annotations

from typing import Any

import pytest

from game_server.author import Bot
from game_server.authoring.bot import Seen, SeenRows, Sight
from game_server.errors import RulesError
from game_server.simulation import View
from tests.authoring.coins import Coins

HERE, NEAR, ALSO_NEAR, FAR = (
    Seen(number, {"x": x, "y": 4.0}) for number, x in ((7, 3.0), (5, 0.0), (2, 6.0), (1, 9.0))
)


def test_the_nearest_row_is_another_one_and_of_several_that_with_the_lowest_id() -> None:
    assert HERE.nearest([FAR, NEAR, HERE, ALSO_NEAR]) is ALSO_NEAR
    assert HERE.nearest([HERE, FAR, NEAR]) is NEAR
    assert HERE.nearest([HERE]) is None


def test_distances_and_directions_are_those_on_the_field() -> None:
    origin = Seen(0, {"x": 0.0, "y": 0.0})
    assert origin.distance_to(HERE) == 5
    assert (origin.towards(HERE), origin.away_from(HERE)) == ((3, 4), (-3, -4))
    assert (origin.towards(None), origin.away_from(None)) == ((0, 0), (0, 0))


def test_a_row_is_equal_to_itself_as_it_was_seen_in_one_tick() -> None:
    values = {"x": 1.0}
    assert Seen(3, values) == Seen(3, values)
    assert hash(Seen(3, values)) == hash(Seen(3, {}))
    assert Seen(3, values) != Seen(4, values)
    assert Seen(3, values) != Seen(3, {"x": 1.0})
    assert Seen(3, values) != 3


def test_rows_are_seen_in_the_order_of_their_ids() -> None:
    rows = SeenRows({seen.id: seen for seen in (HERE, FAR, NEAR)})
    assert [row.id for row in rows] == [1, 5, 7]
    assert (len(rows), rows.get(5), rows.get(6)) == (3, NEAR, None)
    with pytest.raises(AttributeError, match="a bot sees no 'coins', but players"):
        print(Sight(0, {"players": rows}).coins)


def view(tick: int, own: dict[str, Any] | None = None) -> View:
    row = {"x": 1.0, "y": 1.0, "quick": 0}
    return View(0, tick, own or {}, {"player": {0: row, 1: row}, "coin": {}, "purse": {0: {"paid": 0}}})


def test_a_bot_that_nobody_has_written_turns_every_seven_tenths_of_a_second() -> None:
    class Strolled(Coins):
        pass

    brain = Strolled.brain({}, 0, 10, "normal", 4)
    held = [brain.decide(view(tick)).buttons for tick in range(70 * 7)]
    assert all(len(set(held[at : at + 7])) == 1 for at in range(0, len(held), 7))
    assert set(held) == {0, 1, 2, 4, 8, 1 | 4, 1 | 8, 2 | 4, 2 | 8}
    assert Strolled.bot_class.__doc__ == "Strolls about."
    slow = Strolled.brain({}, 0, 1, "normal", 4)
    assert len({slow.decide(view(tick)).buttons for tick in range(20)}) > 4


def test_bots_with_other_seeds_stroll_elsewhere() -> None:
    class Strolled(Coins):
        pass

    first, second, again = (Strolled.brain({}, 0, 10, "normal", seed) for seed in (4, 5, 4))
    held = [[brain.decide(view(tick)).buttons for tick in range(200)] for brain in (first, second, again)]
    assert held[0] == held[2] != held[1]


def test_a_bot_knows_who_and_how_strong_it_is_and_its_own_row_exactly() -> None:
    seen: list[Any] = []

    class Noting(Bot):
        game = Coins

        def think(self, me: Any, seen_: Any) -> Any:
            seen.append((self.player, self.tick_rate, self.skill, me.id, me.x, me.quick, seen_.tick))

    class Noted(Coins):
        bot_class = Noting

    Noted.bot_class = Noting
    assert Noted.brain({}, 0, 10, "hard", 4).decide(view(8, {"x": 1.5, "quick": 1}))[:2] == (0, 0)
    assert seen == [(0, 10, "hard", 0, 1.5, True, 8)]
    assert type(seen[0][5]) is bool


def test_a_bot_without_a_row_presses_nothing() -> None:
    assert Coins.brain({}, 2, 10, "normal", 4).decide(View(2, 1, {}, view(1).tables))[:2] == (0, 0)


def test_a_bot_that_does_not_think_is_refused() -> None:
    with pytest.raises(RulesError, match=r"Idle does not say what it presses; write def think\(self, me, seen\):"):
        type("Idle", (Bot,), {}, plays=Coins)
