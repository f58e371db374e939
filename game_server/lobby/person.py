"""Somebody who is connected, as the lobby and the matches see them."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

import attrs

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
from game_server.throttling import Keys, address_key
from game_server.throttling.token_bucket import TokenBucket

LOBBY_INTERVAL: Final = 0.5
"""Seconds between two updates of the list of matches, or of a place in a queue, at least."""
REQUESTS_BURST: Final = 30
REQUESTS_PER_SECOND: Final = 3.0
"""Requests, which are granted or refused, of one connection: nobody clicks as often for long."""


class PersonLink(Outlet, Protocol):
    """A connection: an outlet for the tick, and what one task waits for outside of it.

    Attributes:
        peer: address and port of the other end, for the log.
        host: the address alone; `Person.address` is what bans and kicks go by.
        ended_by_peer: whether the peer chose the code of the close.
        charged_to: whose budgets what it does is charged to; nobody's where it is empty.
    """

    peer: str
    host: str
    charged_to: Keys
    ended_by_peer: bool

    @property
    def closed(self) -> bool:
        """Whether it is closing or closed, by either side."""
        ...

    def ended_with(self) -> tuple[int, str]:
        """Code and reason of the close that has begun."""
        ...

    async def receive(self) -> bytes:
        """The next message, waiting for it; cancelled, it takes nothing.

        Raises:
            LinkClosed: none will come.
        """
        ...

    def idle(self) -> Awaitable[None]:
        """Wait, when awaited, until the connection begins to end or somebody calls `rouse`."""
        ...

    def rouse(self) -> None:
        """Let who waits in `idle` look again at what else there is."""
        ...

    async def wait_closed(self) -> LinkClosed:
        """Wait until the connection is gone, and tell why."""
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
    """Where somebody is: in the lobby; or staying in a match, with a seat or without. One waits in one queue at most.

    Attributes:
        link: the connection.
        name: the nickname wished for, cleaned.
        client: what the client calls itself, cleaned.
        key: what the client's connections have in common, and nobody else's; empty for nothing.
        rate: lines of chat that may still be written.
        asks: requests that may still be made.
        handle: takes a message that came at the tick.
        moved: called when a stay in a match has begun.
        came_home: called with code and text of the `Home` to send when a stay is over.
        stays_in: the match; None in the lobby.
        player: the seat there; `NO_PLAYER` while watching.
        waits_for: the match in whose queue this one stands.
        voice: in the conversation of the match.
        browses: whether the list of matches is wanted, whenever this one is in the lobby.
        caught_up: whether what was said in the lobby before has been sent.
        listed_at: when something of the list was last sent.
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
    stays_in: JoinedMatch | None = None
    player: int = NO_PLAYER
    waits_for: JoinedMatch | None = None
    voice: Voice | None = None
    browses: bool = False
    caught_up: bool = False
    listed_at: float = -math.inf

    @property
    def address(self) -> str:
        """Whom the address of the link stands for: the key of all that goes by address."""
        return address_key(self.link.host)

    def is_client_of(self, other: Person) -> bool:
        """Whether ``other`` is the same client, over another connection."""
        return bool(self.key) and self.key == other.key and self is not other

    @property
    def watches(self) -> bool:
        """Whether this one stays in a match without a seat."""
        return self.stays_in is not None and self.player == NO_PLAYER

    def send(self, message: ServerMessage) -> None:
        """Tell this one alone."""
        self.link.send(encode(message))

    def enter(self, match: JoinedMatch, player: int, voice: Voice) -> None:
        """A stay in ``match`` begins."""
        self.stays_in, self.player, self.voice = match, player, voice
        self.moved()

    def home(self, code: HomeCode, text: str) -> None:
        """The stay is over, and the client is told so."""
        self.part()
        self.came_home(code, text)

    def part(self) -> None:
        """The stay is over for this connection, which does not come home: it is closed."""
        self.stays_in, self.player, self.voice = None, NO_PLAYER, None

    def replaced(self) -> None:
        """The client goes on over a newer connection; `ClientSession` gives back what this one still has."""
        self.link.close(CloseCode.REPLACED, "you go on over a newer connection")

    def queued(self, match: JoinedMatch, place: int, length: int) -> None:
        """The place in the queue of ``match`` is another one; 0 for none any more."""
        self.waits_for = match if place else None
        self.send(Queued(match.id, place, length, match.name))
