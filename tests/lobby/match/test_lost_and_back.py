"""Eighty people whose connections are cut at random for ten minutes, in virtual time."""

from __future__ import annotations

import random
from typing import Any, Final

import attrs
import pytest
import trio
import trio.testing

from game_server.errors import LinkClosed
from game_server.lobby.administration import Administration
from game_server.lobby.client_session import ClientSession
from game_server.lobby.lobby import Lobby
from game_server.lobby.lobby_options import LobbyOptions
from game_server.lobby.match.match_options import MatchContext, MatchOptions, StayOptions
from game_server.protocol import (
    ClientMessage,
    Hello,
    Home,
    Input,
    Join,
    Resume,
    ServerMessage,
    Welcome,
    decode_server,
    encode,
)
from game_server.transport.websocket.waiting import Bell, Flag
from tests.lobby.people import NoSockets
from tests.simulation.toy_game import Toy
from tests.waiting import bounded

PEOPLE: Final = 80
SECONDS: Final = 600.0
SEATS: Final = 16


class Cable:
    """A connection without a network: what `Link` is to the lobby, and the client's end of it."""

    round_trip = 0.0

    def __init__(self, name: str) -> None:
        self.peer = self.host = name
        self.ended_by_peer = False
        self.charged_to: tuple[str, ...] = (name,)
        self.query = ""
        self._closing = Flag()
        self._idle = Bell()
        self._up: list[bytes] = []
        self._came = trio.Event()
        self._down, self._read = trio.open_memory_channel[bytes](1_000)
        self._end = 1006, ""

    @property
    def closed(self) -> bool:
        return self._closing.is_set()

    def ended_with(self) -> tuple[int, str]:
        return self._end

    async def receive(self) -> bytes:
        while not self._up:
            if self.closed:
                raise LinkClosed(*self._end)
            self._came = trio.Event()
            await self._came.wait()
        return self._up.pop(0)

    def drain(self) -> list[bytes]:
        came, self._up = self._up, []
        return came

    def send(self, message: bytes, /) -> None:
        if not self.closed:
            self._down.send_nowait(message)

    def try_send(self, message: bytes, /) -> bool:
        self.send(message)
        return True

    def offer(self, snapshot: bytes, /) -> bool:
        if self._down.statistics().current_buffer_used:
            return False
        self.send(snapshot)
        return True

    def close(self, code: int, reason: str) -> None:
        if not self.closed:
            self._end = code, reason
            self._closing.set()
            self._idle.ring()
            self._came.set()

    async def idle(self) -> None:
        if not self.closed:
            await self._idle.wait()

    def rouse(self) -> None:
        self._idle.ring()

    async def wait_closed(self) -> LinkClosed:
        await self._closing.wait()
        return LinkClosed(*self._end)

    def say(self, *messages: ClientMessage) -> None:
        self._up += map(encode, messages)
        self._came.set()

    async def hear(self) -> ServerMessage:
        with bounded(SECONDS):
            return decode_server(await self._read.receive())


@attrs.define
class Fate:
    """Somebody whose connections are cut.

    Attributes:
        lives: connections so far.
        seat: where the first of them came to.
    """

    number: int
    lobby: Lobby
    guests: trio.Nursery
    random: random.Random
    lives: int = 0
    seat: tuple[str, int] = ("", -1)
    cable: Cable | None = None

    def taken(self) -> Any:
        game = self.lobby.match_index.find(self.seat[0]).match.game
        assert isinstance(game, Toy)
        return game.runners.rows.taken

    async def live(self) -> None:
        """Be connected, and cut, and connected again."""
        await trio.sleep(self.random.uniform(0, 10))
        token = ""
        while trio.current_time() < SECONDS:
            older = self.cable
            token = await self._connect(token)
            if older:
                older.close(1006, "")
            await self._play(self.random.uniform(0.1, 60))
            if self.random.random() < 0.8:  # else the newer connection comes while the older one stands
                assert self.cable
                self.cable.close(1006, "")
                await trio.sleep(self.random.uniform(0, 29))
        await self._connect(token)

    async def _connect(self, token: str) -> str:
        self.lives += 1
        self.cable = cable = Cable(f"host {self.number}")
        self.guests.start_soon(ClientSession(cable, self.lobby, Administration(self.lobby, None, lambda: None)).run)
        cable.say(Hello(f"Player {self.number}", "test"), Resume(token) if token else Join(""))
        while not isinstance(welcome := await cable.hear(), Welcome):
            assert isinstance(welcome, Home), welcome
        seat = welcome.match.id, welcome.player
        if token:
            assert seat == self.seat
            assert self.taken()[welcome.player] == 1000 + self.number
        else:
            self.seat = seat
            self.taken()[welcome.player] = 1000 + self.number
        return welcome.token

    async def _play(self, seconds: float) -> None:
        assert self.cable
        with trio.move_on_after(seconds):
            while True:
                await self.cable.hear()
                if self.random.random() < 0.05:
                    self.cable.say(Input(1, 1, 0))


async def test_everybody_is_back_in_the_same_seat_with_the_same_score_every_time(
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001
) -> None:
    options = MatchOptions(name="Friday", game=Toy, max_players=SEATS, tick_rate=2, seed=5)
    # They come and go, and press nothing.
    context = MatchContext(now=trio.current_time, stays=StayOptions(idle_to_watching=0))
    lobby = Lobby(LobbyOptions(options, {"toy": Toy}), context, NoSockets)
    async with trio.open_nursery() as server:
        await server.start(lobby.run)
        chance = random.Random(8)
        fates = [Fate(number, lobby, server, random.Random(chance.random())) for number in range(PEOPLE)]
        async with trio.open_nursery() as nursery:
            for fate in fates:
                nursery.start_soon(fate.live)
        assert sum(fate.lives for fate in fates) > 10 * PEOPLE
        assert len({fate.seat for fate in fates}) == PEOPLE
        assert sum(match.people for match in lobby.match_index) == PEOPLE
        for fate in fates:
            match, player = lobby.match_index.find(fate.seat[0]), fate.seat[1]
            person = match.state.member(player).person
            assert person
            assert person.link is fate.cable
            assert match.match.players[player].outlet is fate.cable
            assert fate.taken()[player] == 1000 + fate.number
        for fate in fates:
            assert fate.cable
            fate.cable.close(1006, "")
        await trio.sleep(31)
        assert len(lobby.people) == 0
        assert sum(len(match.state.roster) + len(match.match.players) for match in lobby.match_index) == 0
        server.cancel_scope.cancel()


@pytest.mark.parametrize("last", [b"\xc1 no message", encode(Input(1, 1, 0)), b""])
async def test_what_nobody_could_read_on_a_line_that_was_lost_gives_no_seat_up(
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001
    last: bytes,
) -> None:
    options = MatchOptions(name="Friday", game=Toy, max_players=4, seed=5)
    lobby = Lobby(LobbyOptions(options, {"toy": Toy}), MatchContext(now=trio.current_time), NoSockets)
    async with trio.open_nursery() as server:
        await server.start(lobby.run)
        cable = Cable("host")
        server.start_soon(ClientSession(cable, lobby, Administration(lobby, None, lambda: None)).run)
        cable.say(Hello("Ada", "test"), Join(""))
        while not isinstance(await cable.hear(), Welcome):
            pass
        await trio.sleep(1)
        cable._up.append(last)
        cable.close(1006, "")
        await trio.sleep(1)
        assert [len(match.state.roster) for match in lobby.match_index] == [1]
        server.cancel_scope.cancel()
