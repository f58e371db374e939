"""The server: its rooms, one port, an orderly stop, and the answers of /healthz, /readyz and /api/matches."""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Awaitable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import trio

import game_server
from game_server.errors import ConfigError, ProtocolError
from game_server.games import GAMES
from game_server.journal import OPEN, RECORDINGS, DataDirectory, Journals, Recordings, Summary
from game_server.listening import listen, local_url
from game_server.lobby import (
    Administration,
    ClientSession,
    Directory,
    HostedMatch,
    Lobby,
    LobbyOptions,
    MatchContext,
    Sessions,
    WordFilter,
)
from game_server.metrics_collector import MetricsCollector
from game_server.options import ServerOptions
from game_server.protocol import PROTOCOL_VERSION, CloseCode
from game_server.telemetry import CONTENT_TYPE, FRESH_FOR, Exposition, Garbage
from game_server.throttling import Keys, Throttling
from game_server.transport import (
    Api,
    Download,
    Guarded,
    Link,
    Queried,
    Response,
    SeatedSockets,
    Traffic,
    TransportOptions,
    json_response,
    message_budget,
    networks,
    secured,
    serve,
    served_here,
    too_many,
)

logger = logging.getLogger("game_server.server")

STOP_TIMEOUT: Final = 3.0
"""Seconds that connections get to close when the server stops."""
STOPPING: Final = "the server is stopping"


class Server:
    """One process that hosts matches. Use `run` once.

    Args:
        options: chosen by its host.

    Attributes:
        url: the link for this machine, once the server listens.
        lobby: its people and matches.
        administration: commands of its host.

    Raises:
        ConfigError: a match cannot be played as it was chosen (`MatchOptions.check`), the word filter cannot be read,
            the admin token is too short, or more matches are configured than `MatchLimits.max_matches`.
    """

    def __init__(self, options: ServerOptions) -> None:
        self.options = options
        self.url = ""
        self._garbage = Garbage()
        self._traffic = Traffic()
        self._metrics = MetricsCollector()
        self._started = time.monotonic()
        self._stopping = False
        self._tls: ssl.SSLContext | None = None
        self._matches_response: Response
        self._matches_stale_at = float("-inf")
        self._recorded_response: tuple[int, Response] | None = None
        """Made once for each version of the list: everybody in the lobby asks for it."""
        self._stop = trio.Event()
        self._recordings: Recordings | None = None
        if options.data and options.recordings:
            self._recordings = Recordings(options.data / RECORDINGS, self._room_for_recordings)
        self._journals: Journals | None = None
        if len(options.opened) > options.limits.max_matches:
            raise ConfigError(
                f"{len(options.opened)} matches configured, but --max-matches is {options.limits.max_matches}"
            )
        for chosen in (options.match, *options.opened):
            chosen.check()
        known = {chosen.game.name: chosen.game for chosen in (options.match, *options.opened)}
        self._throttling = Throttling(options.budgets, networks(options.trusted_networks, "trusted network"))
        self._sessions = Sessions()
        context = MatchContext(
            now=trio.current_time,
            sessions=self._sessions,
            timeout=options.timeout,
            stays=options.stays,
            words=WordFilter.load(options.word_filter) if options.word_filter else WordFilter(()),
            throttling=self._throttling,
            recordings=self._recordings,
        )
        self.lobby = Lobby(
            LobbyOptions(options.match, {**GAMES, **known}, options.opened, options.limits),
            context,
            partial(SeatedSockets, self._traffic, ring=options.ring),
            self._garbage,
            self._metrics.ended,
        )
        self.administration = Administration(self.lobby, options.admin_token, self._stop.set)

    @property
    def admin_token(self) -> str:
        """The secret of `admin` messages."""
        return self.administration.token

    @property
    def directory(self) -> Directory[HostedMatch]:
        """Its matches."""
        return self.lobby.directory

    async def run(self, stop: trio.Event, *, task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve until ``stop`` is set or an admin stops it, then close every connection and return within 5 seconds.

        Started in a nursery it reports its URL when it accepts connections. Cancelled, it ends at once and people see
        the connection break.

        Raises:
            ConfigError: an option or the data directory cannot be used, or it cannot listen at that host and port.
        """
        transport, api, site = self._transport_options(), self._api(), site_directory()
        self._tls = self.options.tls_context()
        listeners = await listen(self.options.host, self.options.port)
        with self._open_data() as data:
            self._journals = Journals(data, self.options.data_limit) if data else None
            try:
                await self._serve(listeners, transport, api, site, stop, task_status)
            finally:
                if self._journals:
                    with trio.CancelScope(shield=True):
                        await self._journals.close(keep=self.options.keep_matches)

    async def _serve(
        self,
        listeners: list[trio.SocketListener],
        transport: TransportOptions,
        api: Api,
        site: Path,
        stop: trio.Event,
        task_status: trio.TaskStatus[str],
    ) -> None:
        async with trio.open_nursery() as nursery:
            if self._recordings:
                await nursery.start(self._recordings.run)
            await nursery.start(self.lobby.run, self._journals)
            nursery.start_soon(self.administration.run)
            nursery.start_soon(self._obey, stop)
            await nursery.start(
                partial(
                    serve,
                    [secured(listener, self._tls_now) for listener in listeners] if self._tls else listeners,
                    site=site,
                    api=api,
                    on_link=self._on_link,
                    options=transport,
                    traffic=self._traffic,
                    throttling=self._throttling,
                )
            )
            self._started = time.monotonic()
            self.url = local_url(self.options, listeners)
            task_status.started(self.url)
            with self._garbage.tamed():
                await self._stop.wait()
                await self._say_goodbye()
            if self._recordings:
                await self._recordings.close()
            nursery.cancel_scope.cancel()

    async def reload_certificate(self) -> bool:
        """Read the certificate and its key again, in a thread; they are for handshakes from now on.

        Returns:
            Whether there is one: False without TLS.

        Raises:
            ConfigError: the files cannot be used; the old certificate stays.
        """
        if self._tls is None:
            return False
        # A context that has a certificate already keeps it beside a new one whose key is of another kind.
        self._tls = await trio.to_thread.run_sync(self.options.tls_context)
        return True

    def _tls_now(self) -> ssl.SSLContext:
        assert self._tls
        return self._tls

    @property
    def served(self) -> str:
        """How the sockets of those who play are read and written, in words for a log."""
        options = self.options
        at_ticks = options.tick_drain and options.tls_cert is None
        return served_here(ring=options.ring) if at_ticks else "by tasks of their own"

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
            "players": sum(len(match.state.roster) for match in self.directory),
            "people": len(self.lobby.people),
            "uptime": round(time.monotonic() - self._started, 3),
        }

    def readiness(self) -> Response:
        """``GET /readyz``: whether newcomers can play; 503 as soon as the server begins to stop."""
        if self._stopping or self.lobby.stopping:
            return json_response({"status": "stopping"}, HTTPStatus.SERVICE_UNAVAILABLE)
        return json_response({"status": "ready"})

    def matches(self, *, private: bool = False) -> list[dict[str, Any]]:
        """``GET /api/matches``; the ``private`` ones for the host's own screen alone."""
        return [match.status() for match in self.directory if private or not match.options.private]

    def _fresh_matches(self) -> Response:
        """The response, made once in `FRESH_FOR` seconds: for 64 matches it takes 2 ms to make."""
        now = trio.current_time()
        if now >= self._matches_stale_at:
            self._matches_response, self._matches_stale_at = json_response(self.matches()), now + FRESH_FOR
        return self._matches_response

    def _api(self) -> Api:
        api: Api = {
            "/healthz": self.health,
            "/readyz": self.readiness,
            "/api/matches": self._fresh_matches,
            "/recordings": Queried(self._recorded),
            "/recordings/": Queried(self._recording),
        }
        if not self.options.metrics:
            return api
        exposition = Exposition(
            lambda: self._metrics.read(self.lobby, self._traffic, self._garbage, self._throttling), trio.current_time
        )
        allowed = networks(self.options.metrics_from, "metrics network")
        return {**api, "/metrics": Guarded(exposition.text, CONTENT_TYPE, allowed)}

    def _recorded(self, _rest: str, query: Mapping[str, str], charged_to: Keys) -> Response:
        """``GET /recordings``: what everybody may watch, or what there is of the match with the code ``match``."""
        recordings, match = self._recordings, query.get("match", "").upper()
        version = recordings.version if recordings else 0
        if match or self._recorded_response is None or self._recorded_response[0] != version:
            listed = recordings.listed(match) if recordings else []
            if match and (refused := self._refused_guess(match, listed, charged_to)):
                return refused
            response = json_response([summary.to_json() for summary in listed])
            if match:
                return response
            self._recorded_response = version, response
        return self._recorded_response[1]

    def _refused_guess(self, code: str, found: list[Summary], charged_to: Keys) -> Response | None:
        """The refusal of a question about the match with ``code``, after too many wrong codes from the address.

        As in the lobby, what everybody is shown cannot be guessed.
        """
        hosted = [match for match in self.directory if match.id == code]
        if any(match.is_open for match in hosted) or any(summary.header.access == OPEN for summary in found):
            return None
        guesses, now = self._throttling.guesses, trio.current_time()
        if (wait := guesses.wait(charged_to, now)) > 0:
            guesses.refused += 1
            return too_many("wrong codes", wait)
        if not (hosted or found):
            guesses.charge(charged_to, now)
        return None

    def _recording(self, id: str, query: Mapping[str, str], charged_to: Keys) -> Response | Download | None:
        """``GET /recordings/ID``: the file; of a private match, for those who know its code."""
        recordings, code = self._recordings, query.get("match", "").upper()
        found = recordings.find(id, code) if recordings else None
        if code and (refused := self._refused_guess(code, [found] if found else [], charged_to)):
            return refused
        if recordings is None or found is None:
            return None
        path = recordings.path(id)
        if not path.is_file():
            recordings.forget(id)
            return None
        # The bytes of one that goes on stay, and more come.
        return Download(
            path=path,
            size=found.size,
            etag=f"{id}-{found.size}",
            name=path.name,
            final=recordings.is_finished(id),
            secret=bool(found.header.access),
        )

    def _transport_options(self) -> TransportOptions:
        options = self.options
        return TransportOptions(
            origins=(*options.origins, *([options.public_url] if options.public_url else [])),
            trusted_proxies=options.trusted_proxies,
            ping_interval=options.ping_interval,
            timeout=options.timeout,
            tls_ended_by_proxy=bool(options.public_url and options.public_url.startswith("https:")),
            drained=options.tick_drain,
            message_budget=message_budget(max(chosen.tick_rate for chosen in (options.match, *options.opened))),
        )

    def _room_for_recordings(self) -> int:
        """Bytes that recordings may take: what journals leave of the limit."""
        return self.options.data_limit - (self._journals.used if self._journals else 0)

    def _open_data(self) -> AbstractContextManager[DataDirectory | None]:
        """Open the data directory, whose key signs the session tokens; without one, another key each time."""
        if self.options.data is None:
            return nullcontext()
        data = DataDirectory.open(self.options.data)
        self._sessions.key = data.key
        logger.info("data is kept in %s", data.path)
        return data

    async def _obey(self, stop: trio.Event) -> None:
        await stop.wait()
        self._stop.set()

    def _on_link(self, link: Link) -> Awaitable[None]:
        if self._stopping:
            raise ProtocolError(CloseCode.GOING_AWAY, STOPPING)
        return ClientSession(link, self.lobby, self.administration).run()

    async def _say_goodbye(self) -> None:
        self._stopping = True
        links = [link for link in self._traffic.links if not link.closed]
        for link in links:
            link.close(CloseCode.GOING_AWAY, STOPPING)
        with trio.move_on_after(STOP_TIMEOUT):
            for link in links:
                await link.wait_closed()


def site_directory() -> Path:
    """The directory of the browser client: inside the package when installed, beside it in a checkout.

    Raises:
        ConfigError: in neither place.
    """
    package = Path(game_server.__file__).parent
    for site in (package / "_web", package.parent / "web_client"):
        if (site / "index.html").is_file():
            return site
    raise ConfigError(f"the browser client is missing: no index.html in {package / '_web'}; install the package again")
