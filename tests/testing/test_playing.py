"""A match for tests of games."""

from __future__ import annotations

import pytest

from game_server.errors import RulesError
from game_server.games.tag import Tag
from game_server.simulation import Newcomer
from game_server.testing import Playing, play
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
