"""The lobby, without a network: who is in it, and which requests need a new match."""

from __future__ import annotations

from game_server.lobby.lobby import Lobby
from game_server.protocol import Home, HomeCode
from tests.lobby.people import come


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
