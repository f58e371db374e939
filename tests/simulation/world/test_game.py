"""What a game says of itself before it is played."""

from __future__ import annotations

from typing import ClassVar

import pytest

from game_server.errors import RulesError
from game_server.simulation import START_ROUND, Rules, World
from tests.simulation.toy_game import Toy, toy


class Chess(Toy):
    modes: ClassVar[tuple[str, ...]] = ("blitz", "bullet")


def world() -> World:
    return World(seed=1, max_players=2, tick_rate=30)


def test_a_host_who_names_no_mode_gets_the_first() -> None:
    assert Chess(world()).rules == Rules("blitz")
    assert Chess(world(), Rules(friendly_fire=True)).rules == Rules("blitz", friendly_fire=True)


def test_a_host_gets_the_mode_that_is_asked_for() -> None:
    assert Chess(world(), Rules("bullet")).rules.mode == "bullet"


def test_a_mode_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(RulesError, match="the game 'toy' has no mode 'slow'; there is blitz, bullet"):
        Chess(world(), Rules("slow"))


def test_a_game_of_one_kind_has_no_modes() -> None:
    assert toy().rules == Rules()
    with pytest.raises(RulesError, match="no mode 'blitz'; it has none"):
        Toy(world(), Rules("blitz"))


def test_a_game_without_rounds_finishes_none_and_lets_orders_be() -> None:
    game = toy()
    before = game.world.hash()
    game.order(START_ROUND)
    assert (game.rounds_finished, game.world.hash()) == (0, before)
