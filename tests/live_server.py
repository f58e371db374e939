"""A whole server in this process on a free port of this machine, and guests that speak to it by hand."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

import attrs
import trio
import trio.testing
from wsproto.events import CloseConnection

from game_server.lobby.lobby_options import MatchLimits
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.match.match_options import MatchOptions, StayOptions
from game_server.options import ServerOptions
from game_server.protocol import (
    ClientMessage,
    Create,
    Events,
    Hello,
    Home,
    Join,
    Line,
    Resume,
    Said,
    ServerMessage,
    Snapshot,
    Spectating,
    Watch,
    Welcome,
    decode_server,
    encode,
)
from game_server.server import Server
from game_server.telemetry import Garbage
from tests.simulation.toy_game import Restless
from tests.transport.clients import WebSocketClient
from tests.waiting import WITHIN, bounded

M = TypeVar("M", bound=ServerMessage)

OpenServer = Callable[..., Awaitable["Served"]]

AUTOJUMP = 0.001
"""Seconds in which nothing happens on any socket before the clock jumps: bytes between sockets need a moment."""


def jumping_time(
    main: Callable[[], Awaitable[Any]],
    clock: trio.abc.Clock | None = None,
    instruments: Sequence[trio.abc.Instrument] = (),
) -> Any:
    """Run a test so that waiting takes hardly any time, and sockets of this machine can still do their work."""
    clock = clock or trio.testing.MockClock(autojump_threshold=AUTOJUMP)
    return trio.run(main, clock=clock, instruments=instruments)


class UsualGarbage(Garbage):
    """Garbage that Python itself collects when it likes: a server's way begins with all that the tests have made."""

    @contextmanager
    def tamed(self) -> Iterator[None]:
        yield

    def collect(self, now: float, until: float) -> str | None:  # noqa: ARG002
        return None


@attrs.define
class Guest:
    """A client of one server. It reads only when the test does."""

    socket: WebSocketClient
    home: Home
    events: deque[tuple[Any, ...]] = attrs.field(factory=deque)
    """What the last message said, apart from what a test has asked for."""
    lines: deque[Line] = attrs.field(factory=deque)
    """Heard, but not asked for yet."""
    _welcome: Welcome | None = None

    @property
    def welcome(self) -> Welcome:
        """Of the newest stay."""
        assert self._welcome is not None
        return self._welcome

    async def say(self, *messages: ClientMessage) -> None:
        for message in messages:
            await self.socket.send(encode(message))

    async def hear(self, *, within: float = WITHIN) -> ServerMessage:
        message = decode_server(await self.socket.message(within=within))
        self.events.clear()
        if isinstance(message, Welcome):
            self._welcome = message
        return message

    async def next(self, kind: type[M], *, within: float = WITHIN) -> M:
        """The next message of ``kind``; what comes before it is thrown away."""
        with bounded(within):
            while True:
                message = await self.hear(within=within)
                if isinstance(message, kind):
                    return message

    async def next_event(self, code: int, *, within: float = WITHIN) -> tuple[Any, ...]:
        """The next event with ``code``."""
        with bounded(within):
            while True:
                while self.events:
                    event = self.events.popleft()
                    if event[0] == code:
                        return event
                self.events.extend((await self.next(Events, within=within)).events)

    async def next_line(self, *, within: float = WITHIN) -> Line:
        """The next line of chat."""
        while not self.lines:
            self.lines.extend((await self.next(Said, within=within)).lines)
        return self.lines.popleft()

    async def ticks(self, count: int) -> list[int]:
        """The ticks of the next ``count`` snapshots."""
        return [(await self.next(Snapshot)).tick for _ in range(count)]

    async def idle(self, seconds: float) -> None:
        """Do nothing but read, and answer pings."""
        with trio.move_on_after(seconds):
            while True:
                await self.hear(within=seconds)

    async def ask(self, request: ClientMessage) -> ServerMessage:
        """Ask, and return what is no snapshot, event or line of chat."""
        await self.say(request)
        with bounded():
            while True:
                message = await self.hear()
                if not isinstance(message, Snapshot | Events | Said):
                    return message

    async def enter(self, request: Join | Watch | Resume | Create) -> Welcome:
        """Begin a stay."""
        answer = await self.ask(request)
        assert isinstance(answer, Welcome), answer
        return answer

    async def close_code(self, *, within: float = WITHIN) -> tuple[int, str]:
        """Read on to the end; returns how the server closed."""
        return await self.socket.close_code(within=within)

    async def quit(self) -> None:
        """Say goodbye and close."""
        await self.socket.send_event(CloseConnection(code=1000))
        await self.close_code()

    async def vanish(self) -> None:
        """Go without a word."""
        await self.socket.stream.aclose()


@attrs.define
class Served:
    """A server that runs."""

    server: Server
    stop: trio.Event = attrs.Factory(trio.Event)
    stopped: trio.Event = attrs.Factory(trio.Event)
    streams: list[trio.SocketStream] = attrs.Factory(list)

    @property
    def match(self) -> HostedMatch:
        """Its only match."""
        [match] = self.server.match_index
        return match

    def hang_up(self) -> None:
        """Cut every connection that was made here."""
        for stream in self.streams:
            stream.socket.close()

    async def dial(self) -> trio.SocketStream:
        """A fresh connection."""
        address = urlsplit(self.server.url)
        stream = await trio.open_tcp_stream(str(address.hostname), int(address.port or 0))
        self.streams.append(stream)
        return stream

    async def connect(self) -> WebSocketClient:
        """A WebSocket on which nothing has been said."""
        return await WebSocketClient.open(await self.dial())

    async def come(self, nickname: str = "Ada", key: str = "") -> Guest:
        """Somebody in the lobby."""
        socket = await self.connect()
        await socket.send(encode(Hello(nickname, "test", key)))
        home = decode_server(await socket.message())
        assert isinstance(home, Home), home
        return Guest(socket, home)

    async def join(self, nickname: str = "Ada", match: str = "") -> Guest:
        """Somebody with a seat."""
        guest = await self.come(nickname)
        await guest.enter(Join(match))
        return guest

    async def watch(self, nickname: str = "Vera", match: str = "") -> Guest:
        """Somebody who watches."""
        guest = await self.come(nickname)
        await guest.enter(Watch(match))
        return guest

    async def resume(self, token: str, nickname: str = "Ada") -> Guest:
        """Somebody who is back."""
        guest = await self.come(nickname)
        await guest.enter(Resume(token))
        return guest

    async def refusal(self, *messages: bytes | str, within: float = WITHIN) -> tuple[int, str]:
        """How a fresh connection ends that says ``messages``."""
        socket = await self.connect()
        for message in messages:
            await socket.send(message)
        return await socket.close_code(within=within)


def toy_options(port: int = 0, *, options: dict[str, Any] | None = None, **match: Any) -> ServerOptions:
    """A server's options for toys; ``match`` goes to `MatchOptions`, ``options`` to `composed`."""
    chosen: dict[str, Any] = {"name": "Friday", "game": Restless, "max_players": 4, "seed": 5}
    return ServerOptions(MatchOptions(**chosen | match), port=port, **composed(options or {}))


def composed(options: dict[str, Any]) -> dict[str, Any]:
    """``options`` of `ServerOptions` and, without their prefix, of the options that it is composed of."""
    rest = dict(options)
    for part, kind in {"limits": MatchLimits, "stays": StayOptions}.items():
        of_part = {field.name: rest.pop(field.name) for field in attrs.fields(kind) if field.name in rest}
        if of_part:
            rest[part] = kind(**of_part)
    return rest


def wish(**chosen: Any) -> Create:
    """What somebody asks for who opens a match of toys."""
    plain = Create(
        name="Ours", game="toy", mode="", max_players=4, bots=0, rounds=0, private=0, password="", options={},
        takeover=0, spectating=Spectating.ALLOWED, delay=0, rotation=0, recorded=1,
    )  # fmt: skip
    return attrs.evolve(plain, **chosen)


async def serve(nursery: trio.Nursery, options: ServerOptions) -> Served:
    """Start a server in ``nursery``, and return when it listens."""
    served = Served(Server(options))

    async def run(task_status: trio.TaskStatus[str]) -> None:
        await served.server.run(served.stop, task_status=task_status)
        served.stopped.set()

    await nursery.start(run)
    return served
