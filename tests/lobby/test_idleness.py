from __future__ import annotations

from game_server.games.arena import Arena
from game_server.lobby.hosted_match import HostedMatch
from game_server.lobby.idleness import Idleness
from game_server.lobby.match_options import MatchOptions, Terms
from game_server.protocol.client_messages import Input
from tests.lobby.people import Clock, FakePerson, hosted
from tests.lobby.test_hosted_match import come


def test_a_match_is_idle_when_nothing_has_been_done_for_so_long_and_until_something_is() -> None:
    idleness = Idleness(60, now=0)
    looks = [(b"a", 59, False), (b"a", 118, False), (b"a", 119, True), (b"b", 120, False), (b"b", 180, True)]
    assert [idleness.look(commands, now, asked=False) for commands, now, _ in looks] == [idle for *_, idle in looks]
    assert not idleness.look(b"b", 181, asked=True)
    assert not idleness.look(b"b", 240, asked=False)


def test_while_ticks_are_late_a_match_is_idle_after_five_seconds() -> None:
    idleness = Idleness(60, now=0)
    assert not idleness.look(b"a", 1, asked=False, late=True)
    assert not idleness.look(b"a", 5, asked=False, late=True)
    assert idleness.look(b"a", 6, asked=False, late=True)
    assert not idleness.look(b"a", 7, asked=False)


def arena(clock: Clock) -> tuple[HostedMatch, FakePerson]:
    """A match that somebody opened, with a person and three bots."""
    options = MatchOptions("Friday", Arena, max_players=4, bots=3, seed=5)
    match = HostedMatch(options, Terms(now=clock), id="K7RW2P", rests_after=60)
    ada = FakePerson("Ada", clock)
    match.join(ada)
    return match, ada


def play(match: HostedMatch, clock: Clock, seconds: float) -> list[list[list[int]]]:
    """Buttons and aims of the bots, tick by tick."""
    pressed: list[list[list[int]]] = []
    for tick in range(round(30 * seconds)):
        clock.now += 1 / 30
        match.match.tick()
        if tick % 6 == 0:
            match.attend()
        pressed.append(match.match.inputs.used.all[:2, [bot.number for bot in match.match.players.bots]].tolist())
    return pressed


def test_the_bots_of_an_idle_match_stand_still_and_its_ticks_go_on() -> None:
    clock = Clock()
    match, _ = arena(clock)
    assert any(any(buttons) for buttons, _ in play(match, clock, 5))
    clock.now += 60
    pressed = play(match, clock, 2)
    assert not any(any(buttons) for buttons, _ in pressed[1:])
    assert match.match.world.tick == 7 * 30


def test_the_bots_play_again_as_soon_as_a_person_moves() -> None:
    clock = Clock()
    match, ada = arena(clock)
    play(match, clock, 1)
    clock.now += 60
    play(match, clock, 1)
    assert match.match.bots_rest
    ada.socket.say(Input(match.match.world.tick + 1, 1, 0, 0))
    assert any(any(buttons) for buttons, _ in play(match, clock, 2))
    assert not match.match.bots_rest


def test_in_a_match_of_the_hosts_own_bots_never_rest() -> None:
    clock = Clock()
    match = hosted(clock, bots=1)
    come(match)
    clock.now += 3600
    match.attend()
    assert not match.match.bots_rest
