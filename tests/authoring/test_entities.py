"""Entities: fields as attributes of rows, and the rows of a table."""

from __future__ import annotations

from typing import Any

import pytest

from game_server.author import Entity, Single, count, flag, number, place, total
from game_server.authoring.bot import Seen
from game_server.authoring.entities import PLACED
from game_server.errors import RulesError
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
