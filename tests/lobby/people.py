"""People without a network: a link that a test reads from and writes to, and the person at its end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import trio

from game_server.errors import LinkClosed
from game_server.lobby.lobby import Lobby
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.match.match_options import MatchContext, MatchOptions, Opening, StayOptions
from game_server.lobby.person import Person
from game_server.protocol import ClientMessage, Home, Said, ServerMessage
from game_server.simulation import DirectWire, tick_alone
from game_server.throttling import TokenBucket, address_keys
from tests.simulation.fake_outlet import FakeOutlet
from tests.simulation.toy_game import Toy

M = TypeVar("M", bound=ServerMessage)


class Clock:
    """Seconds, as a test says."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class FakeLink(FakeOutlet):
    """An outlet that belongs to somebody."""

    def __init__(self, host: str = "10.0.0.1") -> None:
        super().__init__()
        self.host = host
        self.peer = f"{host}:50312"
        self.charged_to = address_keys(host)
        self.query = ""
        self.ended_by_peer = False

    def ended_with(self) -> tuple[int, str]:
        assert self.closed
        return self.closed

    async def receive(self) -> bytes:
        raise LinkClosed(1006)

    async def idle(self) -> None:
        await trio.sleep_forever()

    def rouse(self) -> None:
        pass

    async def wait_closed(self) -> LinkClosed:
        return LinkClosed(1006)

    def one(self, kind: type[M]) -> M:
        """The one message of ``kind`` that was sent since the last call."""
        [message] = [message for message in self.heard() if isinstance(message, kind)]
        return message

    def lines(self) -> list[tuple[int, str]]:
        """Kind and text of what was said since the last call."""
        return [(line.kind, line.text) for said in self.heard() if isinstance(said, Said) for line in said.lines]


class NoSockets(DirectWire):
    """Links that see to their bytes themselves."""

    put_off = False

    @asynccontextmanager
    async def seat(self, link: Any, /) -> AsyncIterator[None]:  # noqa: ARG002
        await trio.lowlevel.checkpoint()
        yield


class FakePerson(Person):
    """Somebody who hands on to a match what is said at the tick."""

    def __init__(
        self,
        name: str,
        clock: Callable[[], float],
        host: str = "10.0.0.1",
        handle: Callable[[Any], None] | None = None,
        key: str = "",
    ) -> None:
        self.said: list[ClientMessage] = []
        self.socket = FakeLink(host)
        super().__init__(
            link=self.socket,  # type: ignore[arg-type]
            name=name,
            client="test",
            key=key,
            rate=TokenBucket(5, 1, clock()),
            handle=handle or self.said.append,
            moved=lambda: None,
            came_home=lambda code, text: self.send(Home(code, text, name, ())),
        )

    def events(self) -> list[tuple[Any, ...]]:
        """What the match has sent since the last call, up to its next tick."""
        if isinstance(self.stays_in, HostedMatch):
            tick_alone(self.stays_in.match)
        return self.socket.events()


def come(lobby: Lobby, name: str = "Ada") -> FakePerson:
    """Somebody who has just come into ``lobby``."""
    person = FakePerson(name, lobby.context.now)
    lobby.enter(person)
    return person


def hosted(
    clock: Clock | None = None,
    *,
    has_host: bool = False,
    stays: dict[str, Any] | None = None,
    waits_for_author: bool = False,
    **chosen: Any,
) -> HostedMatch:
    """A match of toys that a test drives; ``chosen`` goes to `MatchOptions`, ``stays`` to `StayOptions`."""
    options: dict[str, Any] = {"name": "Friday", "game": Toy, "max_players": 4, "seed": 5}
    return HostedMatch(
        MatchOptions(**options | chosen),
        MatchContext(now=clock or Clock(), stays=StayOptions(**stays or {}), waits_for_author=waits_for_author),
        id="K7RW2P",
        opening=Opening(has_host),
    )
