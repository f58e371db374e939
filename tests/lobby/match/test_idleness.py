from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from game_server.games.arena import Arena
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.match.idleness import Idleness
from game_server.lobby.match.match_options import MatchContext, MatchOptions
from game_server.protocol import Input
from game_server.simulation import tick_alone
from tests.lobby.match.test_hosted_match import come
from tests.lobby.people import Clock, FakePerson, hosted


def inputs(*aims: int) -> npt.NDArray[np.uint16]:
    """Buttons and aim of one input of each seat."""
    return np.array([[0] * len(aims), aims], np.uint16)


def test_whose_input_stays_the_same_is_idle_for_as_long_as_match_time_goes_on() -> None:
    idleness = Idleness(2, 30)
    for aims, tick in [((7, 7), 30), ((7, 8), 90), ((7, 8), 105), ((7, 8), 105)]:
        idleness.look(inputs(*aims), tick)
    assert (idleness.of(0), idleness.of(1)) == (3.5, 0.5)


@pytest.mark.parametrize("do", ["ask", "arrive"])
def test_who_asks_for_something_or_arrives_does_something(do: str) -> None:
    idleness = Idleness(2, 30)
    idleness.look(inputs(7, 7), 150)
    if do == "arrive":
        idleness.did(1)
    idleness.look(inputs(7, 7), 180, asked={1} if do == "ask" else ())
    assert (idleness.of(0), idleness.of(1)) == (6, 0 if do == "ask" else 1)


def test_a_match_is_idle_since_the_last_thing_that_anybody_did() -> None:
    idleness = Idleness(3, 30)
    for tick, aim in ((120, 1), (240, 2), (360, 2)):
        idleness.look(inputs(7, aim, 7), tick)
    assert idleness.of_all == 4


def test_in_another_world_idleness_goes_on_from_its_first_tick() -> None:
    idleness = Idleness(2, 30)
    for tick in (300, 15, 30):
        idleness.look(inputs(7, 7), tick)
    assert idleness.of_all == 11


def test_a_key_pressed_and_released_between_two_looks_is_something() -> None:
    clock = Clock()
    match, ada = arena(clock, rests_after=60)
    idleness = Idleness(4, 30)
    idleness.look(match.match.inputs.latest, 0)
    for tick, buttons in enumerate((0, 1, 0, 0)):
        ada.socket.say(Input(tick + 1, buttons, 0, 0))
        tick_alone(match.match)
    idleness.look(match.match.inputs.latest, 4)
    assert idleness.of(ada.player) == 0


def arena(clock: Clock, rests_after: float = 2, game: type[Arena] = Arena) -> tuple[HostedMatch, FakePerson]:
    """A match that somebody opened, with a person and three bots."""
    options = MatchOptions("Friday", game, max_players=4, bots=3, seed=5)
    match = HostedMatch(options, MatchContext(now=clock), id="K7RW2P", rests_after=rests_after)
    ada = FakePerson("Ada", clock)
    match.join(ada)
    return match, ada


def play(match: HostedMatch, clock: Clock, seconds: float) -> list[list[list[int]]]:
    """Buttons and aims of the bots, tick by tick."""
    pressed: list[list[list[int]]] = []
    for tick in range(round(30 * seconds)):
        clock.now += 1 / 30
        tick_alone(match.match)
        if tick % 6 == 0:
            match.attend()
        pressed.append(match.match.inputs.used.all[:2, [bot.number for bot in match.match.players.bots]].tolist())
    return pressed


def test_the_bots_of_an_idle_match_stand_still_and_its_ticks_go_on() -> None:
    clock = Clock()
    match, _ = arena(clock, rests_after=5)
    assert any(any(buttons) for buttons, _ in play(match, clock, 5))
    pressed = play(match, clock, 2)
    assert not any(any(buttons) for buttons, _ in pressed[7:])
    assert match.match.world.tick == 7 * 30


def test_a_match_counts_idleness_in_seconds_at_its_tick_rate() -> None:
    clock = Clock()
    match, ada = arena(clock)
    play(match, clock, 2)
    match.attend()
    assert match.state.idleness.of(ada.player) == pytest.approx(2)


def test_while_ticks_are_late_bots_rest_after_five_seconds() -> None:
    clock = Clock()
    match, _ = arena(clock, rests_after=60)
    match.late = True
    play(match, clock, 4.5)
    assert not match.match.idle
    play(match, clock, 1)
    assert match.match.idle
    match.late = False
    match.attend()
    assert not match.match.idle


def test_bots_play_on_for_as_long_as_their_game_lets_people_do_nothing() -> None:
    class Waiting(Arena):
        may_idle = 4

    clock = Clock()
    match, _ = arena(clock, game=Waiting)
    play(match, clock, 3.5)
    assert not match.match.idle
    play(match, clock, 1)
    assert match.match.idle


def test_a_server_that_stood_still_has_nobody_idle_for_that() -> None:
    clock = Clock()
    match, _ = arena(clock)
    play(match, clock, 1)
    clock.now += 3600
    match.attend()
    assert not match.match.idle


def test_the_bots_play_again_as_soon_as_a_person_moves() -> None:
    clock = Clock()
    match, ada = arena(clock)
    play(match, clock, 3)
    assert match.match.idle
    ada.socket.say(Input(match.match.world.tick + 1, 1, 0, 0))
    assert any(any(buttons) for buttons, _ in play(match, clock, 2))
    assert not match.match.idle


def test_in_a_match_of_the_hosts_own_bots_never_rest() -> None:
    clock = Clock()
    match = hosted(clock, bots=1)
    come(match)
    play(match, clock, 90)
    assert not match.match.idle
