"""A match for tests of games."""

from __future__ import annotations

import pytest

from game_server.errors import RulesError
from game_server.games.tag import Tag
from game_server.simulation import Newcomer
from game_server.testing import Playing, play
from tests.authoring.coins import Coins
from tests.simulation.toy_game import RIGHT, Snatched, Toy, Welcoming


def test_players_do_what_they_press_tick_by_tick() -> None:
    match = play(Tag, players=2)
    player = match.game.players[0]
    player.place(100, 100)
    match.press(0, move=(1, 0))
    match.step(30)
    assert player.x > 200
    assert match.world.tick == 30


def test_a_game_without_declared_inputs_gets_buttons() -> None:
    match = play(Toy, players=1, seed=4)
    before = match.game.runners.rows.x[0]
    match.press(0, buttons=RIGHT)
    match.step(10)
    assert match.game.runners.rows.x[0] > before
    with pytest.raises(RulesError, match="Toy declares no inputs: press buttons= and aim="):
        match.press(0, move=(1, 0))


def test_a_step_returns_the_events_of_all_its_ticks() -> None:
    match = play(Toy, players=1)
    match.press(0, buttons=16)
    events = match.step(30)
    assert {type(event) for event in events} == {Snatched}
    assert len(events) > 1
    assert match.events == events


def test_one_steps_to_a_phase_and_a_phase_that_never_comes_is_an_error() -> None:
    match = play(Tag, players=2)
    match.step_until("playing")
    assert match.game.phase() == "playing"
    with pytest.raises(RulesError, match="Tag was not in phase 'siesta' within 5 ticks"):
        match.step_until("siesta", most=5)


def test_seats_are_taken_and_given_back() -> None:
    match = play(Toy, players=2, seats=2, options={"generous": True})
    assert match.game.rules.chosen == {"generous": True}
    with pytest.raises(RulesError, match="all 2 seats are taken"):
        match.join()
    match.leave(0)
    with pytest.raises(RulesError, match="nobody is player 0; there is 1"):
        match.press(0, buttons=1)
    assert match.join() == 0


def test_rules_know_who_joins_and_have_a_nickname_when_the_test_gives_none() -> None:
    Welcoming.came_lately()
    match = play(Welcoming, players=1)
    match.join("Argon", bot=True)
    assert Welcoming.came_lately() == [(0, Newcomer("Player 1")), (1, Newcomer("Argon", bot=True))]


def test_the_same_seed_is_the_same_match() -> None:
    def place() -> float:
        match: Playing[Toy] = play(Toy, players=1, seed=9)
        return float(match.game.runners.rows.x[0])

    assert place() == place()


def test_commands_are_asked_for_by_name_and_done_in_the_next_tick() -> None:
    match = play(Toy, players=1)
    match.send(0, "wish", 3, "please")
    assert match.game.wishes == 0
    match.step()
    match.step()
    assert match.game.wishes == 1
    with pytest.raises(RulesError, match="Toy has no command 'hope'; it has wish"):
        match.send(0, "hope")
    with pytest.raises(RulesError, match="wish comes with worth, why, not with 1 values"):
        match.send(0, "wish", 3)


def test_a_command_of_one_who_has_left_since_is_dropped() -> None:
    match = play(Toy, players=2)
    match.send(1, "wish", 3, "please")
    match.leave(1)
    match.step()
    assert match.game.wishes == 0


def test_a_match_has_sixteen_seats_unless_the_game_has_fewer_or_the_test_says_so() -> None:
    class Small(Toy):
        seats = (1, 3)

    seats = [play(game, players=0, **chosen).world.max_players for game, chosen in (
        (Toy, {}), (Small, {}), (Toy, {"seats": 5}), (Toy, {"seats": 40}),
    )]  # fmt: skip
    assert seats == [16, 3, 5, 40]
    assert [play(Toy, **chosen).world.tick_rate for chosen in ({}, {"tick_rate": 7})] == [Toy.tick_rate, 7]
    assert [play(Toy, **chosen).world.seed for chosen in ({}, {"seed": 9})] == [1, 9]
    assert [len(play(Toy, **chosen).seated) for chosen in ({}, {"players": 3})] == [2, 3]


def test_one_who_leaves_holds_nothing_any_more() -> None:
    match = play(Toy, players=2)
    match.press(1, buttons=RIGHT, aim=7)
    assert match.inputs.all[:, 1].tolist() == [RIGHT, 7, 0]
    match.leave(1)
    assert match.inputs.all[:, 1].tolist() == [0, 0, 0]
    assert match.join() == 1


def test_a_declared_game_is_pressed_by_names_and_the_aim_among_them() -> None:
    match = play(Coins, players=1)
    match.press(0, move=(1, 0), dash=True, aim=7)
    assert match.inputs.all[:, 0].tolist() == [8 | 16, 7, 0]
    match.press(0, move=(0, 1))
    assert match.inputs.all[:, 0].tolist() == [2, 0, 0]
    with pytest.raises(RulesError, match="nobody is player 1; there is 0"):
        match.press(1, move=(1, 0))
    with pytest.raises(RulesError, match="nobody is player 1; there is 0"):
        match.send(1, "pay", 3, "x")
    match.leave(0)
    with pytest.raises(RulesError, match="nobody is player 0; there is nobody"):
        match.press(0)


def test_a_phase_is_stepped_to_and_not_beyond() -> None:
    match = play(Tag, players=2)
    match.step_until("countdown")
    assert match.world.tick == 1
    match.step_until("countdown", most=1)
    assert match.world.tick == 1
    match.step_until("playing", most=91)
    assert (match.world.tick, match.game.phase()) == (91, "playing")
    with pytest.raises(RulesError, match="within 2 ticks"):
        match.step_until("warm-up", most=2)
    assert match.world.tick == 93


def test_a_game_without_commands_says_so() -> None:
    with pytest.raises(RulesError, match="Tag has no command 'hope'; it has none"):
        play(Tag, players=1).send(0, "hope")
