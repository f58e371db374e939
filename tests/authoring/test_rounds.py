"""Rounds as a ready part: their lengths, their numbers, and what a host may order."""

from __future__ import annotations

from typing import Any

import pytest

from game_server.author import Entity, Game, Rounds, count, total
from game_server.errors import RulesError
from game_server.simulation import END_ROUND, NEVER, START_ROUND, Newcomer
from tests.authoring.coins import Coins, match, play


class Alone(Coins):
    seats = (1, 4)


@pytest.mark.parametrize("part", ["countdown", "play", "results"])
def test_a_phase_lasts_more_than_nothing_and_at_most_a_day(part: str) -> None:
    for least_or_most in (0.001, 86400):
        Rounds(**{part: least_or_most})
    beyond: tuple[Any, ...] = (0, -1, 86401, "60", None)
    for seconds in beyond:
        with pytest.raises(RulesError, match=rf"Rounds\({part}={seconds!r}\): it is seconds, more than 0 and at most"):
            Rounds(**{part: seconds})


def test_a_phase_lasts_its_seconds_in_ticks_and_one_tick_at_least() -> None:
    class Hasty(Coins):
        rounds = Rounds(countdown=0.001, play=0.26, results=0.24)

    game = match(Hasty)
    seen = []
    for _ in range(12):
        play(game, 1)
        seen.append(game.phase())
    assert seen == ["countdown", *["playing"] * 3, *["results"] * 2] * 2


def test_a_game_for_one_begins_a_round_with_one() -> None:
    game = match(Alone, players=0)
    play(game, 3)
    assert game.phase() == "warm-up"
    game.join(0, Newcomer())
    play(game, 1)
    assert game.phase() == "countdown"


def numbered(number: int) -> Any:
    """A match whose results are shown, of a round with this number."""
    game: Any = match()
    play(game, 12)
    game.end_round()
    game._phases.round.number = number
    return game


@pytest.mark.parametrize(("number", "after"), [(1, 2), (65534, 65535), (65535, 1)])
def test_rounds_are_numbered_from_1_to_65535_and_from_1_again(number: int, after: int) -> None:
    by_time, by_order = numbered(number), numbered(number)
    play(by_time, 20)
    by_order.order(START_ROUND)
    for game in (by_time, by_order):
        assert (game.phase(), game._phases.round.number) == ("countdown", after)


def test_a_round_that_is_started_again_keeps_its_number() -> None:
    game: Any = match()
    play(game, 12)
    game.order(START_ROUND)
    assert (game.phase(), game._phases.round.number) == ("countdown", 1)


def test_a_phase_is_due_when_it_ends_and_a_warm_up_never() -> None:
    game: Any = match(players=1)
    assert game._phases.due == NEVER
    game.join(1, Newcomer())
    for phase, lasts in (("countdown", 10), ("playing", 50), ("results", 20)):
        play(game, 1 if phase == "countdown" else game._phases.due - game.now)
        assert (game.phase(), game._phases.due - game.now) == (phase, lasts)


def test_a_round_goes_on_while_it_is_played_and_its_results_are_shown() -> None:
    game = match()
    seen: dict[str, bool] = {}
    for _ in range(90):
        seen.setdefault(game.phase(), game.round_goes_on)
        play(game, 1)
    assert seen == {"warm-up": False, "countdown": False, "playing": True, "results": True}


def test_a_host_ends_a_countdown_as_well_as_a_round_and_starts_one_only_for_somebody() -> None:
    game = match()
    assert not game.order(END_ROUND)
    play(game, 1)
    assert game.order(END_ROUND)
    assert game.phase() == "results"
    assert not game.order(7)
    for player in range(2):
        game.leave(player)
    assert not game.order(START_ROUND)
    assert game.phase() == "results"


def test_a_round_that_a_host_began_for_one_goes_on_with_one_but_the_next_needs_more() -> None:
    game = match(players=1)
    game.order(START_ROUND)
    play(game, 12)
    assert game.phase() == "playing"
    game.join(1, Newcomer())
    game.leave(1)
    play(game, 1)
    assert game.phase() == "playing"
    game.order(END_ROUND)
    play(game, 20)
    assert game.phase() == "warm-up"


def test_who_has_left_has_not_won_and_another_who_leaves_changes_nothing() -> None:
    game: Any = match(players=3)
    play(game, 12)
    game.end_round(winner=game.players[1])
    game.leave(2)
    assert game.winners == (1,)
    game.leave(1)
    assert game.winners == ()
    game.join(1, Newcomer())
    assert game.winners == ()


def test_the_first_total_of_a_round_decides_before_those_that_last() -> None:
    class Both(Game):
        seats, tick_rate = (2, 4), 10
        rounds = Rounds(countdown=1, play=5, results=2)

        class Player(Entity):
            ever = total("Ever", lasting=True)
            now = total("Now")

    game: Any = match(Both)
    play(game, 12)
    first, second = game.players
    first.ever, second.now = 9, 1
    game.end_round()
    assert game.winners == (1,)
    play(game, 20)
    assert (first.ever, second.now) == (9, 0)


def test_a_game_without_rounds_is_always_played_and_takes_no_orders() -> None:
    class Endless(Game):
        class Player(Entity):
            points = total("Points")
            lives = count(0, 3)

    game: Any = match(Endless)
    assert (game.phase(), game.playing, game.winners, game.round_goes_on) == ("playing", True, None, False)
    assert (game.rounds_finished, game.order(START_ROUND), game.order(END_ROUND)) == (0, False, False)
    assert (game.has_rounds, Coins.has_rounds) == (False, True)
    with pytest.raises(RulesError, match=r"Endless has no rounds to end; write rounds = Rounds\(play=60\)"):
        game.end_round()
    game.players[1].points = 4
    assert [game.score_of(player) for player in range(2)] == [0, 4]
