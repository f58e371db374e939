"""Puts the rooms together: one port, the matches behind it, and an orderly end."""

from __future__ import annotations

import errno
import logging
import ssl
import time
from collections.abc import Awaitable, Collection
from functools import partial
from pathlib import Path
from typing import Any, Final

import attrs
import trio

import game_server
from game_server.census import Census
from game_server.errors import ConfigError, ProtocolError
from game_server.games import GAMES
from game_server.lobby.administration import Administration
from game_server.lobby.directory import Directory
from game_server.lobby.guest import Guest
from game_server.lobby.hosted_match import HostedMatch
from game_server.lobby.lobby import Lobby
from game_server.lobby.lobby_options import LobbyOptions
from game_server.lobby.match_options import MatchOptions, Terms
from game_server.lobby.word_filter import WordFilter
from game_server.protocol.closes import CloseCode
from game_server.protocol.limits import MATCHES_PER_ADDRESS, PROTOCOL_VERSION, SEAT_HOLD, message_budget
from game_server.simulation.garbage import Garbage
from game_server.telemetry.exposition import CONTENT_TYPE, Exposition
from game_server.transport import (
    Api,
    GroupSockets,
    Guarded,
    Link,
    Traffic,
    TransportOptions,
    networks,
    public_url,
    secured,
    serve,
    served_here,
)

logger = logging.getLogger("game_server.server")

STOP_TIMEOUT: Final = 3.0
"""Seconds that connections get to close when the server stops."""
STOPPING: Final = "the server is stopping"
_LOOPBACK: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""What stands for every address of this machine, and one of them."""


@attrs.frozen
class ServerOptions:
    """What a host chooses for the process.

    Attributes:
        match: what quick play opens when no match has a seat; its tick rate and bots' skill go for every match.
        matches: those that are open from the start and stay; ``match`` alone when left out, and () for none.
        host, port: where to listen; port 0 picks a free one.
        origins: pages that may connect beside the server's own.
        ping_interval, timeout: seconds (docs/PROTOCOL.md section 10).
        tls_cert, tls_key: PEM files; with them it speaks HTTPS alone.
        tick_drain: how the sockets of those in a match are read and written (`TransportOptions.drained`).
        ring: whether that may be done by io_uring, where the kernel has it.
        public_url: where players reach a proxy in front of this.
        trusted_proxies: addresses or networks of proxies whose ``X-Forwarded-For`` is believed.
        seat_hold: seconds for which the seat of a lost connection is kept; 0 not to keep it.
        max_matches: in this process.
        max_matches_per_address: of them, opened by people from one address.
        max_spectators: of one match.
        admin_token: what `admin` messages have to know, 16 characters or more; None draws one.
        word_filter: a text file of words, one a line, that nobody is shown.
        metrics: whether ``GET /metrics`` is answered.
        metrics_from: addresses or networks to which it is, beside this machine.
    """

    match: MatchOptions
    matches: tuple[MatchOptions, ...] | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    origins: tuple[str, ...] = ()
    ping_interval: float = 5.0
    timeout: float = 15.0
    tls_cert: Path | None = None
    tls_key: Path | None = None
    tick_drain: bool = True
    ring: bool = True
    public_url: str | None = attrs.field(default=None, converter=attrs.converters.optional(public_url))
    trusted_proxies: tuple[str, ...] = ()
    seat_hold: float = SEAT_HOLD
    max_matches: int = 64
    max_matches_per_address: int = MATCHES_PER_ADDRESS
    max_spectators: int = 64
    admin_token: str | None = attrs.field(default=None, repr=False)
    word_filter: Path | None = None
    metrics: bool = True
    metrics_from: tuple[str, ...] = ()

    @property
    def opened(self) -> tuple[MatchOptions, ...]:
        """The matches that are there from the start."""
        return (self.match,) if self.matches is None else self.matches

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

    Args:
        options: what its host chose.

    Attributes:
        url: where this machine can play, once it listens.
        lobby: its people and its matches.
        administration: what its host may do while it runs.

    Raises:
        ConfigError: a match cannot be played as it was chosen (`MatchOptions.check`), the word filter cannot be read,
            the admin token is too short, or there are more matches than there may be.
    """

    def __init__(self, options: ServerOptions) -> None:
        self.options = options
        self.url = ""
        self._garbage = Garbage()
        self._traffic = Traffic()
        self._census = Census()
        self._started = time.monotonic()
        self._stopping = False
        self._stop = trio.Event()
        if len(options.opened) > options.max_matches:
            raise ConfigError(
                f"{len(options.opened)} matches shall be open, and {options.max_matches} may be; raise --max-matches"
            )
        for chosen in (options.match, *options.opened):
            chosen.check()
        known = {chosen.game.name: chosen.game for chosen in (options.match, *options.opened)}
        terms = Terms(
            now=trio.current_time,
            timeout=options.timeout,
            hold=options.seat_hold,
            max_spectators=options.max_spectators,
            words=WordFilter.load(options.word_filter) if options.word_filter else WordFilter(()),
        )
        self.lobby = Lobby(
            LobbyOptions(
                default=options.match,
                games={**GAMES, **known},
                opened=options.opened,
                max_matches=options.max_matches,
                max_matches_per_address=options.max_matches_per_address,
            ),
            terms,
            partial(GroupSockets, self._traffic, ring=options.ring),
            self._garbage,
            self._census.ended,
        )
        self.administration = Administration(self.lobby, options.admin_token, self._stop.set)

    @property
    def admin_token(self) -> str:
        """What `admin` messages have to know."""
        return self.administration.token

    @property
    def directory(self) -> Directory[HostedMatch]:
        """Its matches."""
        return self.lobby.directory

    async def run(self, stop: trio.Event, *, task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve until ``stop`` is set or the admin says so, then tell everybody and return within 5 seconds.

        Started in a nursery it reports its URL when it accepts connections. Cancelled, it ends at once and people see
        the connection break.

        Raises:
            ConfigError: an option cannot be used, or it cannot listen at that host and port.
        """
        tls, transport, api, site = self.options.tls_context(), self._transport_options(), self._api(), site_directory()
        listeners = await listen(self.options.host, self.options.port)
        async with trio.open_nursery() as nursery:
            await nursery.start(self.lobby.run)
            nursery.start_soon(self.administration.run)
            nursery.start_soon(self._obey, stop)
            await nursery.start(
                partial(
                    serve,
                    [secured(listener, tls) for listener in listeners] if tls else listeners,
                    site=site,
                    api=api,
                    on_link=self._on_link,
                    options=transport,
                    traffic=self._traffic,
                )
            )
            logger.info(
                "sockets of those who play are served %s",
                served_here(ring=self.options.ring) if transport.drained and not tls else "by tasks of their own",
            )
            self._started = time.monotonic()
            self.url = local_url(self.options, listeners)
            task_status.started(self.url)
            with self._garbage.tamed():
                await self._stop.wait()
                await self._say_goodbye()
            nursery.cancel_scope.cancel()

    @property
    def links(self) -> Collection[Link]:
        """Connections that are open."""
        return self._traffic.links

    def health(self) -> dict[str, Any]:
        """``GET /healthz``."""
        return {
            "status": "ok",
            "version": game_server.__version__,
            "protocol": PROTOCOL_VERSION,
            "matches": len(self.directory),
            "players": sum(len(match.roster) for match in self.directory),
            "people": len(self.lobby.people),
            "uptime": round(time.monotonic() - self._started, 3),
        }

    def matches(self, *, private: bool = False) -> list[dict[str, Any]]:
        """``GET /api/matches``; the ``private`` ones for the host's own screen alone."""
        return [match.status() for match in self.directory if private or not match.options.private]

    def _api(self) -> Api:
        told: Api = {"/healthz": self.health, "/api/matches": self.matches}
        if not self.options.metrics:
            return told
        exposition = Exposition(lambda: self._census.read(self.lobby, self._traffic, self._garbage), trio.current_time)
        allowed = networks(self.options.metrics_from, "metrics network")
        return {**told, "/metrics": Guarded(exposition.text, CONTENT_TYPE, allowed)}

    def _transport_options(self) -> TransportOptions:
        options = self.options
        return TransportOptions(
            origins=(*options.origins, *([options.public_url] if options.public_url else [])),
            trusted_proxies=options.trusted_proxies,
            ping_interval=options.ping_interval,
            timeout=options.timeout,
            drained=options.tick_drain,
            message_budget=message_budget(max(chosen.tick_rate for chosen in (options.match, *options.opened))),
        )

    async def _obey(self, stop: trio.Event) -> None:
        await stop.wait()
        self._stop.set()

    def _on_link(self, link: Link) -> Awaitable[None]:
        if self._stopping:
            raise ProtocolError(CloseCode.GOING_AWAY, STOPPING)
        return Guest(link, self.lobby, self.administration).run()

    async def _say_goodbye(self) -> None:
        self._stopping = True
        links = list(self._traffic.links)
        for link in links:
            link.close(CloseCode.GOING_AWAY, STOPPING)
        with trio.move_on_after(STOP_TIMEOUT):
            for link in links:
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


def local_url(options: ServerOptions, listeners: list[trio.SocketListener]) -> str:
    """Where this machine reaches ``listeners``, opened for ``options``."""
    scheme = "http" if options.tls_cert is None else "https"
    bound, port = listeners[0].socket.getsockname()[:2]
    host = _LOOPBACK.get(bound, options.host)
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def _no_password() -> str:
    raise ValueError("the key is encrypted, and nobody is here to type its password")
