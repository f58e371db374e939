"""The lobby, without a network: who is in it, and which requests need a new match."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from game_server.lobby.lobby import Lobby
from game_server.lobby.lobby_options import LobbyOptions
from game_server.lobby.match.match_options import MatchContext, MatchOptions
from game_server.protocol import Create, Home, HomeCode, Join
from tests.live_server import wish
from tests.lobby.match.test_lost_and_back import NoSockets
from tests.lobby.people import Clock, FakePerson
from tests.simulation.toy_game import Toy

CLOCK = Clock()


@pytest.fixture
async def lobby(nursery: trio.Nursery, autojump_clock: trio.testing.MockClock) -> Lobby:  # noqa: ARG001
    """A lobby with no match."""
    options = MatchOptions(name="Friday", game=Toy, max_players=1, seed=5)
    lobby = Lobby(LobbyOptions(options, {"toy": Toy}), MatchContext(now=CLOCK), NoSockets)
    await nursery.start(lobby.run)
    return lobby


def come(lobby: Lobby, name: str = "Ada") -> FakePerson:
    person = FakePerson(name, CLOCK)
    lobby.enter(person)
    return person


async def test_who_has_gone_is_nowhere_and_their_name_is_free(lobby: Lobby) -> None:
    ada, grace = come(lobby), come(lobby, "Grace")
    lobby.browse(ada, True)
    assert lobby.people == {ada, grace}
    lobby.part(ada)
    lobby.part(grace)
    assert lobby.people == set()
    assert lobby.voices() == []
    ada.socket.heard()
    grace.socket.heard()
    lobby.browsing.publish(lobby.rows(), 9, 10.0)
    lobby.announce("Is anybody there?")
    lobby.chat.publish()
    assert ada.socket.heard() == grace.socket.heard() == []
    assert [voice.nickname for _, voice in lobby.voices()] == []
    come(lobby)
    assert [voice.nickname for _, voice in lobby.voices()] == ["Ada"]


async def test_two_with_one_name_get_different_ones_and_each_is_greeted_by_theirs(lobby: Lobby) -> None:
    ada, other = come(lobby), come(lobby)
    home, home_of_other = ada.socket.one(Home), other.socket.one(Home)
    assert (home.code, home.text, home.nickname) == (HomeCode.WELCOME, "Welcome, Ada", "Ada")
    assert (home_of_other.text, home_of_other.nickname) == ("Welcome, Ada 2", "Ada 2")


@pytest.mark.parametrize(
    ("message", "room", "opens"),
    [
        (Join(""), False, True),
        (Join(" \t"), False, True),
        (Join(""), True, False),
        (Join("K7RW2P"), False, False),
        (wish(), False, True),
        (wish(), True, True),
    ],
)
async def test_a_request_opens_a_match_if_it_asks_for_one_or_none_has_room(
    lobby: Lobby, message: Join | Create, room: bool, opens: bool
) -> None:
    ada = come(lobby)
    if room:
        lobby.hosting.open_for(come(lobby, "Grace"), lobby.options.choose(wish(max_players=2), "", lobby.context.words))
    assert lobby.opens(ada, message) is opens
    ada.socket.charged_to = ()
    assert not lobby.opens(ada, message)
