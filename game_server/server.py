"""Puts the rooms together: one port, the matches behind it, and an orderly end."""

from __future__ import annotations

import errno
import logging
import ssl
import time
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any, Final

import attrs
import trio

import game_server
from game_server.errors import ConfigError, LinkClosed, ProtocolError
from game_server.lobby.directory import Directory
from game_server.lobby.hosted_match import HostedMatch, MatchOptions
from game_server.protocol.closes import CloseCode
from game_server.protocol.codec import decode_client
from game_server.protocol.limits import PROTOCOL_VERSION, message_budget
from game_server.protocol.messages import EXPELLED, LEFT, LOST, Hello
from game_server.simulation.drive import spread
from game_server.simulation.garbage import Garbage
from game_server.transport import Link, TickSockets, TransportOptions, secured, serve

logger = logging.getLogger("game_server.server")

STOP_TIMEOUT: Final = 3.0
"""Seconds that connections get to close when the server stops."""
STOPPING: Final = "the server is stopping"
RESTART_PAUSE: Final = 1.0
"""Seconds between the end of a match whose rules failed and the next one."""

_NO_CODE: Final = 1005
"""What stands for the code of a close frame without one (RFC 6455 section 7.1.5): a page's plain `close()`."""
_LEFT_BY_CHOICE: Final = frozenset({CloseCode.NORMAL, CloseCode.GOING_AWAY, _NO_CODE})
_LOST_TO_THE_NETWORK: Final = frozenset({CloseCode.ABNORMAL, CloseCode.TIMED_OUT, CloseCode.TOO_SLOW})


@attrs.frozen
class ServerOptions:
    """What a host chooses for the process.

    ``port`` 0 picks a free one. ``origins`` are allowed beside the server's own. ``ping_interval`` and ``timeout`` are
    in seconds (docs/PROTOCOL.md section 10). With ``tls_cert`` and ``tls_key``, PEM files, it speaks HTTPS alone.
    ``tick_drain`` chooses how seated players' sockets are read and written (`TransportOptions.drained`).
    """

    match: MatchOptions
    host: str = "127.0.0.1"
    port: int = 8000
    origins: tuple[str, ...] = ()
    ping_interval: float = 5.0
    timeout: float = 15.0
    tls_cert: Path | None = None
    tls_key: Path | None = None
    tick_drain: bool = True

    def tls_context(self) -> ssl.SSLContext | None:
        """What to encrypt with; None for plain HTTP.

        Raises:
            ConfigError: the files cannot be used.
        """
        if self.tls_cert is None and self.tls_key is None:
            return None
        if self.tls_cert is None:
            raise ConfigError("--tls-key is of no use without --tls-cert: give both")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        try:
            context.load_cert_chain(self.tls_cert, self.tls_key, password=_no_password)
        except (OSError, ValueError) as error:
            files = f"{self.tls_cert} and {self.tls_key}" if self.tls_key else f"{self.tls_cert}"
            raise ConfigError(f"cannot use {files} for TLS: {error}; both must be PEM files") from error
        return context


class Server:
    """One process that hosts matches. Use `run` once.

    Attributes:
        url: where to play, once it listens.
        directory: its matches.
        links: connections that are open.
    """

    def __init__(self, options: ServerOptions) -> None:
        self.options = options
        self.url = ""
        self.directory = Directory()
        self.links: set[Link] = set()
        self._sockets: dict[str, TickSockets] = {}
        self._hosted = 0
        self._garbage = Garbage()
        self._started = time.monotonic()
        self._stopping = False

    async def run(self, stop: trio.Event, *, task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve until ``stop`` is set, then tell every player and return within 5 seconds.

        Started in a nursery it reports its URL when it accepts connections. Cancelled, it ends at once and players see
        the connection break.

        Raises:
            ConfigError: an option cannot be used, or it cannot listen at that host and port.
        """
        tls, transport, site = self.options.tls_context(), self._transport_options(), site_directory()
        listeners = await listen(self.options.host, self.options.port)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._host_match)
            await nursery.start(
                partial(
                    serve,
                    [secured(listener, tls) for listener in listeners] if tls else listeners,
                    site=site,
                    api={"/healthz": self.health, "/api/matches": self.matches},
                    on_link=self._on_link,
                    options=transport,
                )
            )
            self._started = time.monotonic()
            self.url = _url(self.options, listeners)
            task_status.started(self.url)
            with self._garbage.tamed():
                await stop.wait()
                await self._say_goodbye()
            nursery.cancel_scope.cancel()

    def health(self) -> dict[str, Any]:
        """``GET /healthz``."""
        return {
            "status": "ok",
            "version": game_server.__version__,
            "protocol": PROTOCOL_VERSION,
            "matches": len(self.directory),
            "players": sum(len(match.roster) for match in self.directory),
            "people": sum(match.people for match in self.directory),
            "uptime": round(time.monotonic() - self._started, 3),
        }

    def matches(self) -> list[dict[str, Any]]:
        """``GET /api/matches``."""
        return [match.status() for match in self.directory]

    def _transport_options(self) -> TransportOptions:
        options = self.options
        return TransportOptions(
            origins=options.origins,
            ping_interval=options.ping_interval,
            timeout=options.timeout,
            drained=options.tick_drain,
            message_budget=message_budget(options.match.tick_rate),
        )

    async def _host_match(self) -> None:
        while True:
            match = HostedMatch(self.options.match, timeout=self.options.timeout, now=trio.current_time)
            self._hosted += 1
            sockets = self._sockets[match.id] = TickSockets()
            self.directory.add(match)
            try:
                await match.run(sockets, phase=spread(self._hosted), garbage=self._garbage)
            finally:
                self.directory.remove(match)
                del self._sockets[match.id]
            await trio.sleep(RESTART_PAUSE)

    async def _on_link(self, link: Link) -> None:
        self.links.add(link)
        try:
            await self._serve_link(link)
        except ProtocolError as error:
            link.close(error.code, error.reason)
        except LinkClosed as closed:
            logger.info("%s went before taking a seat: %s", link.peer, closed)
        finally:
            self.links.discard(link)

    async def _serve_link(self, link: Link) -> None:
        if self._stopping:
            raise ProtocolError(CloseCode.GOING_AWAY, STOPPING)
        hello = decode_client(await link.receive())
        if not isinstance(hello, Hello):
            raise ProtocolError(CloseCode.BAD_MESSAGE, "the first message must be hello")
        match = self.directory.find(hello.match)
        async with AsyncExitStack() as stack:
            match.expected += 1
            try:
                await stack.enter_async_context(self._sockets[match.id].seat(link))
            finally:
                match.expected -= 1
            player = match.join(hello, link)
            try:
                await link.closing.wait()
            finally:
                code = link.verdict()[0] if link.closed else CloseCode.GOING_AWAY
                match.leave(player.number, _why_left(code))

    async def _say_goodbye(self) -> None:
        self._stopping = True
        for link in self.links:
            link.close(CloseCode.GOING_AWAY, STOPPING)
        with trio.move_on_after(STOP_TIMEOUT):
            for link in list(self.links):
                await link.wait_closed()


def site_directory() -> Path:
    """Where the browser client lies: inside the package when installed, beside it in a checkout.

    Raises:
        ConfigError: in neither place.
    """
    package = Path(game_server.__file__).parent
    for site in (package / "_web", package.parent / "web_client"):
        if (site / "index.html").is_file():
            return site
    raise ConfigError(f"the browser client is missing: no index.html in {package / '_web'}; install the package again")


def _why_left(code: int) -> int:
    if code in _LEFT_BY_CHOICE:
        return LEFT
    return LOST if code in _LOST_TO_THE_NETWORK else EXPELLED


async def listen(host: str, port: int) -> list[trio.SocketListener]:
    """Sockets that accept connections at ``host`` and ``port``; 0 is any free port.

    Raises:
        ConfigError: it is in use, or no address of this machine.
    """
    try:
        return await trio.open_tcp_listeners(port, host=host)
    except OSError as error:
        # trio wraps what each address said; the first is as good as any.
        code = error.errno or getattr(error.__cause__, "errno", None)
        if isinstance(error.__cause__, BaseExceptionGroup):
            code = next((getattr(e, "errno", None) for e in error.__cause__.exceptions), code)
        if code == errno.EADDRINUSE:
            raise ConfigError(f"port {port} of {host} is in use; choose another with --port, or 0 for any") from error
        raise ConfigError(f"cannot listen at {host!r} port {port}: {error.strerror or error}") from error


def _url(options: ServerOptions, listeners: list[trio.SocketListener]) -> str:
    scheme = "http" if options.tls_cert is None else "https"
    host, port = options.host, listeners[0].socket.getsockname()[1]
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def _no_password() -> str:
    raise ValueError("the key is encrypted, and nobody is here to type its password")
