"""What a game says of itself before it is played."""

from __future__ import annotations

from typing import ClassVar

import pytest

from game_server.errors import RulesError
from game_server.simulation import (
    END_ROUND,
    START_ROUND,
    Choice,
    Game,
    Inputs,
    Mode,
    Newcomer,
    Number,
    Option,
    Rules,
    Switch,
    Value,
    World,
)
from tests.simulation.toy_game import Toy, toy


class Chess(Toy):
    modes: ClassVar[tuple[Mode, ...]] = (Mode("blitz", "Blitz"), Mode("bullet", "Bullet"))
    options: ClassVar[tuple[Option, ...]] = (
        Switch("takeback", "Moves may be taken back"),
        Number("minutes", "Minutes a player", 1, 180, default=5),
        Choice("board", "Board", (("wood", "Wood"), ("glass", "Glass"))),
    )


PRESET: dict[str, Value] = {"takeback": False, "minutes": 5, "board": "wood"}


def world() -> World:
    return World(seed=1, max_players=2, tick_rate=30)


def test_a_host_who_names_no_mode_gets_the_first() -> None:
    assert Chess(world()).rules == Rules("blitz", PRESET)


def test_options_that_nobody_sets_have_the_values_that_the_game_says() -> None:
    assert Chess(world(), Rules("", {"minutes": 3})).rules.chosen == {**PRESET, "minutes": 3}


@pytest.mark.parametrize(
    ("chosen", "why"),
    [
        ({"hours": 1}, "the game 'toy' has no option 'hours'; there is takeback, minutes, board"),
        ({"takeback": 2}, "the option 'takeback' is on or off, not 2"),
        ({"minutes": 0}, "the option 'minutes' is a whole number from 1 to 180, not 0"),
        ({"minutes": True}, "the option 'minutes' is a whole number from 1 to 180, not True"),
        ({"board": "stone"}, "the option 'board' is one of wood, glass, not 'stone'"),
    ],
)
def test_a_value_that_does_not_fit_an_option_is_refused(chosen: dict[str, Value], why: str) -> None:
    with pytest.raises(RulesError, match=why):
        Chess(world(), Rules("", chosen))


def test_a_host_gets_the_mode_that_is_asked_for() -> None:
    assert Chess(world(), Rules("bullet")).rules.mode == "bullet"


def test_a_mode_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(RulesError, match="the game 'toy' has no mode 'slow'; there is blitz, bullet"):
        Chess(world(), Rules("slow"))


def test_a_game_of_one_kind_has_no_modes() -> None:
    assert toy().rules == Rules("", {"generous": False})
    with pytest.raises(RulesError, match="no mode 'blitz'; it has none"):
        Toy(world(), Rules("blitz"))


def test_a_game_without_rounds_finishes_none_and_lets_orders_be() -> None:
    game = toy()
    before = game.world.hash()
    game.order(START_ROUND)
    assert (game.rounds_finished, game.world.hash()) == (0, before)


def test_a_game_that_says_nothing_of_itself_is_played_as_the_guide_says() -> None:
    class Plain(Toy):
        name = "own_game"
        has_rounds = Game.has_rounds
        commands = Game.commands

    game = Plain(world())
    assert (game.called(), game.seats, game.tick_rate, game.may_idle) == ("Own game", (1, 4096), 30, None)
    assert (game.camera, game.minimap, game.maps, game.has_rounds) == ("follow", False, False, False)
    assert (game.rounds_finished, game.round_goes_on, game.winners, game.score_of(0)) == (0, False, None, 0)
    assert (game.order(START_ROUND), game.order(END_ROUND), game.allows_line(0, "hi")) == (False, False, True)
    assert (game.commands, game.interest, game.due) == ((), None, 1)
    with pytest.raises(NotImplementedError, match="the game 'own_game' declares commands"):
        Game.command(game, 0, 0, ())


def test_orders_and_seats_are_those_that_journals_know() -> None:
    assert (START_ROUND, END_ROUND) == (0, 1)
    assert Newcomer() == Newcomer("", bot=False)


def test_rules_may_be_a_key_whatever_is_chosen() -> None:
    assert hash(Rules("blitz", {"minutes": 3})) == hash(Rules("blitz", {"minutes": 5}))


def test_one_who_presses_nothing_presses_nothing_at_all() -> None:
    inputs = Inputs.none(2)
    assert not inputs.all.any()
    inputs.give(1, (3, 4095, 9))
    assert (inputs.buttons.tolist(), inputs.aim.tolist(), inputs.behind.tolist()) == ([0, 3], [0, 4095], [0, 9])
    inputs.clear(1)
    assert not inputs.all.any()
