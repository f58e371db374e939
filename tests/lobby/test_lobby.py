"""The lobby, without a network: who is in it, and which requests need a new match."""

from __future__ import annotations

from typing import Any

import trio
import trio.testing

from game_server.lobby.lobby import Lobby
from game_server.lobby.lobby_options import LobbyOptions
from game_server.lobby.match.match_options import MatchContext, MatchOptions
from game_server.protocol import Home, HomeCode, LineKind
from game_server.protocol import Lobby as List
from tests.live_server import wish
from tests.lobby.people import NoSockets, come
from tests.simulation.toy_game import Toy


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


class Wires(NoSockets):
    """Sockets that note when they were read and written, and of which one read puts something off."""

    def __init__(self) -> None:
        self.reads: list[float] = []
        self.writes: list[float] = []
        self.puts_off_at = 3

    @property
    def put_off(self) -> bool:  # type: ignore[override]
        return len(self.reads) == self.puts_off_at

    def receive(self) -> Any:
        self.reads.append(trio.current_time())

    def flush(self) -> None:
        self.writes.append(trio.current_time())


class Collected:
    """Garbage that notes when it may be collected, and until when."""

    def __init__(self) -> None:
        self.asked: list[tuple[float, float]] = []

    def collect(self, now: float, until: float) -> None:
        self.asked.append((now, until))


async def test_who_browses_is_read_every_50_ms_and_after_one_where_something_was_put_off(
    nursery: trio.Nursery,
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001
) -> None:
    garbage: Any = Collected()
    options = LobbyOptions(MatchOptions(name="Friday", game=Toy), {"toy": Toy})
    make_wires: Any = Wires
    lobby = Lobby(options, MatchContext(now=trio.current_time), make_wires, garbage)
    wires: Any = lobby.sockets
    began = trio.current_time()
    await nursery.start(lobby.run)
    ada = come(lobby)
    lobby.browse(ada, True)
    ada.socket.heard()
    await trio.sleep(1.2)
    reads = [round(at - began, 6) for at in wires.reads]
    assert reads[:5] == [0.05, 0.1, 0.15, 0.151, 0.201]
    assert wires.writes == wires.reads
    assert [(round(now - began, 6), round(until - now, 6)) for now, until in garbage.asked] == [
        (at, 0.05) for at in reads
    ]


async def test_a_lobby_line_is_sent_at_the_next_read_and_a_changed_list_twice_a_second(
    nursery: trio.Nursery,
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001
) -> None:
    options = LobbyOptions(MatchOptions(name="Friday", game=Toy), {"toy": Toy})
    lobby = Lobby(options, MatchContext(now=trio.current_time), NoSockets)
    await nursery.start(lobby.run)
    ada = come(lobby)
    lobby.browse(ada, True)
    await trio.sleep(0.51)
    ada.socket.heard()
    lobby.say(ada, "hello", "")
    await trio.sleep(0.06)
    assert ada.socket.lines() == [(LineKind.LOBBY, "hello")]
    come(lobby, "Grace")
    await trio.sleep(0.3)
    assert ada.socket.heard() == []
    await trio.sleep(0.25)
    assert ada.socket.one(List).people == 2


async def test_the_chat_of_the_lobby_is_sent_once_to_each_who_browses(lobby: Lobby) -> None:
    ada = come(lobby)
    lobby.say(ada, "hello", "")
    lobby.chat.flush()
    ada.socket.heard()
    lines = []
    for wanted in (True, False, True):
        lobby.browse(ada, wanted)
        lines.append(ada.socket.lines())
    assert lines == [[(LineKind.LOBBY, "hello")], [], []]


async def test_one_who_has_a_seat_is_neither_sent_the_list_nor_read_among_those_who_browse(lobby: Lobby) -> None:
    ada = come(lobby)
    lobby.browse(ada, True)
    assert lobby.sockets_of(ada) is lobby.sockets
    match = lobby.hosting.open_for(ada, lobby.options.choose(wish(), "Ada", lobby.context.words))
    match.join(ada)
    lobby.moved_out(ada)
    assert len(lobby.browsing) == 0
    assert lobby.sockets_of(ada) is lobby.hosting.sockets_of(match.id) is not None
    assert lobby.match_of(ada) is match
    lobby.browse(ada, False)
    assert lobby.sockets_of(come(lobby, "Grace")) is None
