"""A connected person, as the lobby and the matches see them: how often they may ask and are sent lists."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

import attrs

from game_server.cluster import Ticket
from game_server.errors import LinkClosed
from game_server.lobby.text.chat import Voice
from game_server.protocol import (
    NO_PLAYER,
    ClientMessage,
    CloseCode,
    HomeCode,
    LeaveReason,
    Queued,
    ServerMessage,
    encode,
)
from game_server.simulation import Outlet
from game_server.throttling import Keys, TokenBucket, address_key

LOBBY_INTERVAL: Final = 0.5
"""Seconds between two updates of the list of matches, or of a place in a queue, at least."""
REQUESTS_BURST: Final = 30
REQUESTS_PER_SECOND: Final = 3.0
"""Requests, which are granted or refused, of one connection: nobody clicks as often for long."""


class PersonLink(Outlet, Protocol):
    """A connection: an outlet for the tick, and outside of it the messages that one task waits for.

    Attributes:
        peer: address and port of the other end, for the log.
        host: the address alone; `Person.address` is what bans and kicks go by.
        ended_by_peer: whether the peer chose the code of the close.
        charged_to: keys of the budgets that its actions are charged to; empty for none.
        query: of the request that opened it.
    """

    peer: str
    host: str
    charged_to: Keys
    ended_by_peer: bool
    query: str

    @property
    def closed(self) -> bool:
        """Whether it is closing or closed, by either side."""
        ...

    def ended_with(self) -> tuple[int, str]:
        """Code and reason of the close that has begun."""
        ...

    async def receive(self) -> bytes:
        """Wait for the next message. Cancelled, it takes none.

        Raises:
            LinkClosed: none will come.
        """
        ...

    def idle(self) -> Awaitable[None]:
        """Wait, when awaited, until the connection begins to end or somebody calls `rouse`."""
        ...

    def rouse(self) -> None:
        """Let `idle` return."""
        ...

    async def wait_closed(self) -> LinkClosed:
        """Wait until the connection is gone, and return why."""
        ...


class JoinedMatch(Protocol):
    """What a person needs of the match in which they stay, or in whose queue they wait."""

    @property
    def id(self) -> str:
        """Its code."""
        ...

    @property
    def name(self) -> str:
        """Its name, as the lobby lists it."""
        ...

    def leave(self, person: Person, reason: LeaveReason = LeaveReason.LEFT) -> None:
        """Take the seat or the view of ``person`` away; the caller decides where they go."""
        ...

    def lose(self, person: Person) -> None:
        """Note that the connection of ``person`` is lost: a seat is kept for a while, a spectator is removed."""
        ...

    def dequeue(self, person: Person) -> None:
        """Take ``person`` out of the queue and notify the client."""
        ...

    def pass_over(self, person: Person) -> None:
        """Take ``person``, who has got a seat, out of the queue: the `welcome` to it says so."""
        ...


@attrs.define(eq=False)
class Person:
    """A person and where they are: in the lobby, or in a match with or without a seat. They wait in one queue at most.

    Attributes:
        link: the connection.
        name: the nickname that they asked for, cleaned.
        nickname: in the lobby, that nobody has at any node; empty if there is one node, or the directory is gone.
        client: the name of the client program, cleaned.
        key: shared by the connections of one client alone; empty for none.
        rate: limits lines of chat.
        asks: limits requests.
        handle: handles a message that came at the tick.
        moved: called when a stay in a match has begun.
        came_home: called with code and text of the `Home` to send when a stay is over.
        stays_in: the match; None in the lobby.
        waits_for: the match in whose queue they are.
        voice: in the chat of the match.
        browses: whether they want the list of matches whenever they are in the lobby.
        caught_up: whether the earlier lines of the lobby's chat have been sent.
        listed_at: when a part of the list was last sent, in seconds.
        seat_at: the code of a match of another node in which they have got a seat by the request that they make again.
        ticket: with which another node has sent the client here; None for most.
    """

    link: PersonLink
    name: str
    client: str
    key: str = attrs.field(repr=False)
    rate: TokenBucket
    handle: Callable[[ClientMessage], None]
    moved: Callable[[], None]
    came_home: Callable[[HomeCode, str], None]
    asks: TokenBucket = attrs.field(factory=lambda: TokenBucket(REQUESTS_BURST, REQUESTS_PER_SECOND, 0.0))
    nickname: str = ""
    stays_in: JoinedMatch | None = None
    waits_for: JoinedMatch | None = None
    voice: Voice | None = None
    browses: bool = False
    caught_up: bool = False
    listed_at: float = -math.inf
    seat_at: str = ""
    ticket: Ticket | None = None

    @property
    def player(self) -> int:
        """The seat in the match; `NO_PLAYER` without one."""
        return self.voice.player if self.voice else NO_PLAYER

    @property
    def address(self) -> str:
        """The key of the address, by which bans, kicks and limits go."""
        return address_key(self.link.host)

    def is_client_of(self, other: Person) -> bool:
        """Whether ``other`` is another connection of the same client."""
        return bool(self.key) and self.key == other.key and self is not other

    @property
    def watches(self) -> bool:
        """Whether they are in a match without a seat."""
        return self.stays_in is not None and self.player == NO_PLAYER

    def send(self, message: ServerMessage) -> None:
        """Send ``message`` to this person alone."""
        self.link.send(encode(message))

    def enter(self, match: JoinedMatch, voice: Voice) -> None:
        """Begin a stay in ``match``, with the seat of ``voice`` or to watch."""
        self.stays_in, self.voice = match, voice
        self.moved()

    def home(self, code: HomeCode, text: str) -> None:
        """End the stay, and notify the client."""
        self.part()
        self.came_home(code, text)

    def part(self) -> None:
        """End the stay of a connection that is being closed, without a message."""
        self.stays_in, self.voice = None, None

    def replaced(self) -> None:
        """Close this connection: the client goes on over a newer one. `ClientSession` gives back what it still has."""
        self.link.close(CloseCode.REPLACED, "you go on over a newer connection")

    def queued(self, match: JoinedMatch, place: int, length: int) -> None:
        """Send the place in the queue of ``match``; 0 for none any more."""
        self.waits_for = match if place else None
        self.send(Queued(match.id, place, length, match.name))
