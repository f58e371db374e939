"""Entities: fields as attributes of rows, and the rows of a table."""

from __future__ import annotations

import types
from typing import Any

import pytest

from game_server.author import Entity, Single, count, flag, number, place, total
from game_server.authoring.bot import Seen
from game_server.authoring.entities import PLACED, columns_of, has_place
from game_server.errors import RulesError
from game_server.simulation.world.columns import column_specs
from tests.authoring.coins import Coins, match


def test_fields_are_attributes_of_a_row() -> None:
    player = match().players[0]
    player.x, player.quick, player.level = 3.5, True, -2
    assert (player.x, player.quick, player.level) == (3.5, True, -2)
    assert player.quick is True


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("level", 4, r"Player.level is set to 4; it is a whole number from -3 to 3"),
        ("level", 0.5, r"Player.level is set to 0.5; it is a whole number"),
        ("tired", -1, r"Player.tired is set to -1; it is a whole number from 0 to 65535"),
        ("coins", "many", r"Player.coins is set to 'many', which is no number"),
        ("x", float("nan"), r"Player.x is set to nan; a field is finite"),
        ("quick", 2, r"Player.quick is set to 2; a flag is True or False"),
        ("colour", 1, r"Player has no field 'colour'; it has x, y, tired, level, quick, secret, coins"),
    ],
)
def test_what_a_field_cannot_hold_is_refused_by_name(name: str, value: object, words: str) -> None:
    player = match().players[0]
    with pytest.raises(RulesError, match=words):
        setattr(player, name, value)


def test_where_finds_rows_by_their_fields() -> None:
    game = match(players=3)
    game.players[1].quick = True
    assert [player.id for player in game.players.where(quick=True, level=0)] == [1]
    with pytest.raises(RulesError, match="Player has no field 'fast'"):
        game.players.where(fast=True)


def test_near_finds_others_by_distance_the_nearest_first() -> None:
    game = match(players=4)
    for player, x in zip(game.players, (100, 130, 90, 200), strict=True):
        player.place(x, 0)
    assert [player.id for player in game.players.near(game.players[0], 30)] == [2, 1]
    assert [player.id for player in game.players.near((130, 0), 0)] == [1]


def test_a_removed_row_can_be_read_but_is_gone() -> None:
    game: Any = match()
    coin = game.coins.add(x=1, y=2, worth=5)
    game.coins.remove(coin)
    later = game.coins.add(x=3, y=4, worth=6)
    assert (coin.worth, coin in game.coins, later in game.coins) == (5, False, True)
    game.coins.remove(coin)
    assert later in game.coins


def test_a_full_table_and_an_unknown_field_are_refused() -> None:
    game: Any = match()
    with pytest.raises(RulesError, match="Coin has no field 'price'"):
        game.coins.add(price=3)
    game.coins.add()
    game.coins.add()
    with pytest.raises(RulesError, match="all 3 rows are taken"):
        game.coins.add()


def test_players_are_not_added_or_removed_by_rules() -> None:
    game = match()
    with pytest.raises(RulesError, match="players join by themselves"):
        game.players.add()
    with pytest.raises(RulesError, match="players leave by themselves"):
        game.players.remove(game.players[0])
    with pytest.raises(RulesError, match="there is no Player 3; it has left"):
        game.players[3]


def test_reset_clears_all_but_totals_and_counts_the_placing() -> None:
    player = match().players[0]
    placed = player._columns["placed"].item(0)
    player.level, player.coins, player.quick = 2, 9, True
    player.reset(30, 40)
    assert (player.x, player.y, player.level, player.coins, player.quick) == (30, 40, 0, 9, False)
    assert player._columns["placed"].item(0) == placed + 1


def test_a_single_row_is_an_attribute_of_the_game() -> None:
    game: Any = match()
    game.purse.paid += 3
    assert game.purse.paid == 3


def test_fields_that_cannot_be_are_refused_when_the_class_is_made() -> None:
    with pytest.raises(RulesError, match=r"Box.size = 3 is no field; write size = count\(0, 100\), say"):

        class Box(Entity):
            size = 3

    with pytest.raises(RulesError, match=r"Ball.reset: a field cannot be called so"):

        class Ball(Entity):
            reset = flag()

    with pytest.raises(RulesError, match=r"Door.open = flag is no field; write open = flag\(...\)"):

        class Door(Entity):
            open = flag

    with pytest.raises(RulesError, match="most=0; a table has 1 to 65535 rows"):

        class Many(Entity, most=0):
            x = flag()

    with pytest.raises(RulesError, match=r"Car.speed: a number that everybody sees needs limits and a step"):

        class Car(Single):
            speed = number()


@pytest.mark.parametrize("name", [*(name for name in vars(Seen) if name.isalpha()), "placed", "here"])
def test_a_field_is_not_called_as_what_bots_have_of_a_row(name: str) -> None:
    with pytest.raises(RulesError, match=f"Ship.{name}: a field cannot be called so"):
        type("Ship", (Entity,), {name: flag()})


@pytest.mark.parametrize("name", ["name", "colour", "bot"])
def test_a_field_of_a_player_is_not_called_as_what_the_roster_has(name: str) -> None:
    with pytest.raises(RulesError, match=f"Player.{name}: a field cannot be called so"):
        type("Player", (Entity,), {name: flag()})
    type("Ship", (Entity,), {name: flag()})


@pytest.mark.parametrize(
    ("declare", "words"),
    [
        (lambda: place(5, 5), "two numbers, the second the larger one"),
        (lambda: count(3, 1), "whole numbers within 2.31, the second the larger one"),
        (lambda: number(0, 1), "give two limits and a step"),
    ],
)
def test_limits_that_make_no_sense_are_refused(declare: Any, words: str) -> None:
    with pytest.raises(RulesError, match=words):
        declare()


def test_a_place_has_the_finest_step_that_two_bytes_hold() -> None:
    assert (place(0, 1280).step, place(-100, 100).step) == (1 / 32, 1 / 256)


def test_fields_of_players_alone_cannot_stand_elsewhere() -> None:
    for field in (number(seen_by="owner"), total("Points")):
        with pytest.raises(RulesError, match=r"Tree.height: (a number that its owner sees needs|a total belongs)"):
            type("Wood", (Coins,), {"Tree": type("Tree", (Entity,), {"height": field})})


def test_the_owner_of_a_row_with_a_place_is_sent_exactly_how_often_it_was_placed() -> None:
    table = match().owned
    assert [spec.owner for spec in table.specs if spec.name == PLACED] == [True]


def test_rows_are_the_same_by_entity_and_id() -> None:
    game: Any = match()
    player, coin = game.players[0], game.coins[0]
    assert (player.id, coin.id) == (0, 0)
    assert player == Coins.Player({}, 0)
    assert player != game.players[1]
    assert player != coin
    assert len({player, coin, game.players[0], Coins.Player({}, 0)}) == 2
    assert [repr(row) for row in (player, coin)] == ["Player 0", "Coin 0"]


def test_rows_that_are_as_near_come_in_the_order_of_their_ids() -> None:
    game = match(players=4)
    for player, x in zip(game.players, (120, 80, 100, 131), strict=True):
        player.place(x, 0)
    assert [player.id for player in game.players.near((100, 0), 20)] == [2, 0, 1]
    assert [player.id for player in game.players.near(game.players[2], 30.5)] == [0, 1]
    assert game.players[0].distance_to((117, 4)) == 5
    assert game.players[0].distance_to(game.players[3]) == 11


def test_a_row_that_never_was_or_is_gone_cannot_be_asked_for() -> None:
    game: Any = match(players=4)
    game.leave(2)
    for gone in (-1, 2, 4, 1000):
        with pytest.raises(RulesError, match=f"there is no Player {gone}; it has left, or never was"):
            game.players[gone]
    assert [game.players[there].id for there in (0, 3)] == [0, 3]


def test_rows_hold_their_own_and_no_others() -> None:
    game: Any = match()
    coin = game.coins[0]
    assert (coin in game.coins, coin in game.players, 0 in game.coins) == (True, False, False)
    game.coins.remove(coin)
    assert (coin in game.coins, len(game.coins), list(game.coins)) == (False, 0, [])
    game.coins.remove(coin)
    assert (coin.x, coin.y, coin.worth) == (100, 100, 3)


def test_a_removed_row_is_read_from_where_it_was_however_many_there_were() -> None:
    game: Any = match()
    second = game.coins.add(x=7, y=8, worth=9)
    game.coins.remove(second)
    game.coins.add(x=1, y=1, worth=1)
    assert (second.id, second.x, second.y, second.worth) == (1, 7, 8, 9)
    second.worth = 2
    assert [coin.worth for coin in game.coins] == [3, 1]


def made(kind: type[Entity], name: str = "Made", **options: Any) -> Any:
    return types.new_class(name, (kind,), options, lambda body: body.update(n=flag()))


def test_a_table_has_up_to_65535_rows_and_256_unless_it_says_so() -> None:
    assert [made(Entity).most, made(Single).most, made(Entity, most=1).most, made(Entity, most=65535).most] == [
        256, 1, 1, 65535,
    ]  # fmt: skip
    with pytest.raises(RulesError, match="most=65536; a table has 1 to 65535 rows"):
        made(Entity, most=65536)


@pytest.mark.parametrize(
    ("name", "plural"), [("Coin", "coins"), ("GoldCoin", "gold_coins"), ("Player2Go", "player2_gos")]
)
def test_rows_are_called_as_their_entity_in_small_letters_and_the_plural(name: str, plural: str) -> None:
    assert made(Entity, name).plural == plural
    assert made(Single, name).plural == plural.removesuffix("s")
    assert made(Entity, name, plural="them").plural == "them"


@pytest.mark.parametrize(("places", "others"), [(0, 16), (1, 13)])
def test_a_record_has_16_fields_with_the_engines_own_for_a_place(places: int, others: int) -> None:
    fields = {name: place(0, 9) for name in "xy"[: 2 * places]} | {f"f{at}": flag() for at in range(others)}
    columns_of(type("Box", (Entity,), dict(fields)), ())
    with pytest.raises(
        RulesError, match="Box has 17 fields that everybody sees, the engine's own for a place included"
    ):
        columns_of(type("Box", (Entity,), {**fields, "one_more": flag()}), ())


def test_an_entity_may_have_no_fields_and_what_browsers_glide_to_is_a_place_of_two() -> None:
    [column] = column_specs(columns_of(type("Mark", (Entity,), {}), ()))
    assert (column.name, column.wire) == ("nothing", None)
    for fields in ({"x": place(0, 9)}, {"x": count(0, 9), "y": count(0, 9)}):
        assert not has_place(type("Mark", (Entity,), fields))
    assert has_place(type("Mark", (Entity,), {"x": place(0, 9), "y": number(0, 9, step=1)}))


def test_placings_are_counted_up_to_255_and_from_0_again() -> None:
    player = match().players[0]
    counted = []
    for _ in range(257):
        player.place(1, 1)
        counted.append(player._columns[PLACED].item(0))
    assert sorted(set(counted)) == list(range(256))
    assert counted[0] == counted[256]


def test_a_row_is_put_somewhere_only_with_both_parts_of_a_place_and_where_it_has_one() -> None:
    game: Any = match()
    player, placed = game.players[0], game.players[0]._columns[PLACED].item(0)
    player.level = 2
    player.reset(30)
    assert (player.x, player.level, player._columns[PLACED].item(0)) == (0, 0, placed)
    with pytest.raises(RulesError, match=r"Purse has no place; declare x = place\(...\) and y = place\(...\)"):
        game.purse.place(1, 2)


def test_no_field_begins_with_a_line_and_a_row_has_constants_and_methods() -> None:
    with pytest.raises(RulesError, match=r"Ship\._speed: a field cannot be called so"):
        type("Ship", (Entity,), {"_speed": flag()})

    class Ship(Entity):
        sides = (1, 2)
        speed = flag()

        @property
        def fast(self) -> bool:
            return bool(self.speed)

        @staticmethod
        def horn() -> str:
            return "toot"

    assert list(Ship.fields) == ["speed"]
