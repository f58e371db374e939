"""The server: its rooms, one port, an orderly stop, and the answers of /healthz, /readyz and /api/matches."""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Awaitable, Callable, Collection
from contextlib import AbstractContextManager, ExitStack, nullcontext
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import attrs
import trio

import game_server
from game_server.agones import Load
from game_server.cluster import Node
from game_server.errors import ConfigError, ProtocolError
from game_server.games import all_games, web_folder
from game_server.journal import RECORDINGS, DataDirectory, Journals, Recordings, adopt_journals
from game_server.listening import inherited, listen, local_url
from game_server.lobby import (
    Administration,
    ClientSession,
    HostedMatch,
    Lobby,
    LobbyOptions,
    MatchContext,
    MatchIndex,
    Sessions,
    WordFilter,
)
from game_server.membership import Draining, DrainTerms, Membership, Whereto
from game_server.metrics_collector import MetricsCollector
from game_server.nodes_api import NodesApi
from game_server.options import ServerOptions
from game_server.page import rules_script, site_directory
from game_server.protocol import PROTOCOL_VERSION, CloseCode
from game_server.recordings_api import RecordingsApi
from game_server.simulation import Game
from game_server.telemetry import CONTENT_TYPE, FRESH_FOR, Exposition, Garbage
from game_server.throttling import Throttling
from game_server.transport import (
    Api,
    GameFiles,
    Guarded,
    Link,
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
)

logger = logging.getLogger("game_server.server")

STOP_TIMEOUT: Final = 3.0
"""Seconds that connections get to close when the server stops."""
STOPPING: Final = "the server is stopping"


@attrs.frozen
class Workshop:
    """What is special about a server for the author of a game, who changes it while people play.

    Attributes:
        listening: descriptors of sockets that listen already.
        key: signs session tokens.
        version: changes with what browsers are served of the game.
        api: answers beside those of any server.
    """

    listening: tuple[int, ...]
    key: bytes = attrs.field(repr=False)
    version: str
    api: Api


class Server:
    """One process that hosts matches. Use `run` once.

    Args:
        options: chosen by its host.
        node: its place among several processes that are one server; None if it is alone.
        workshop: of an author; None for everybody else.

    Attributes:
        url: the link for this machine, once the server listens.
        lobby: its people and matches.
        administration: commands of its host.
        membership: in a cluster; None if it is alone.
        retiring: it drains, and then stops.
        before_accepting: awaited when its matches are there, before connections are accepted; None for nothing.

    Raises:
        ConfigError: a match cannot be played as it was chosen (`MatchOptions.check`), the word filter cannot be read,
            the admin token is too short, or more matches are configured than `MatchLimits.max_matches`.
    """

    def __init__(self, options: ServerOptions, node: Node | None = None, workshop: Workshop | None = None) -> None:
        self.options = options
        self._node = node
        self._workshop = workshop
        self.url = ""
        self._garbage = Garbage()
        self._traffic = Traffic()
        self._metrics = MetricsCollector()
        self._started = time.monotonic()
        self._stopping = False
        self._tls: ssl.SSLContext | None = None
        self._matches_response: Response
        self._matches_stale_at = float("-inf")
        self._stop = trio.Event()
        self._drain = trio.Event()
        self.retiring = False
        self.before_accepting: Callable[[], Awaitable[None]] | None = None
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
        self._games = {**known, **all_games(), **known}
        """What can be played: first what the host plays, which the page then offers first."""
        self._throttling = Throttling(options.budgets, networks(options.trusted_networks, "trusted network"))
        place = node or workshop
        self._sessions = Sessions(place.key if place else None)
        context = MatchContext(
            now=trio.current_time,
            sessions=self._sessions,
            timeout=options.timeout,
            stays=options.stays,
            words=WordFilter.load(options.word_filter) if options.word_filter else WordFilter(()),
            throttling=self._throttling,
            recordings=self._recordings,
            waits_for_author=workshop is not None,
        )
        self.lobby = Lobby(
            LobbyOptions(
                options.match,
                self._games,
                options.opened,
                options.limits,
                to_open=self._to_open,
            ),
            context,
            partial(SeatedSockets, self._traffic, ring=options.ring),
            self._garbage,
            self._metrics.ended,
        )
        self.administration = Administration(self.lobby, options.admin_token, self._stop.set)
        self.membership = (
            Membership(node, self.lobby, self.administration, lambda: self.lobby.stopping or self._stopping)
            if node
            else None
        )

    @property
    def admin_token(self) -> str:
        """The secret of `admin` messages."""
        return self.administration.token

    @property
    def match_index(self) -> MatchIndex[HostedMatch]:
        """Its matches."""
        return self.lobby.match_index

    async def run(self, stop: trio.Event, *, task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve until ``stop`` is set or an admin stops it, then close every connection and return within 5 seconds.

        Started in a nursery it reports its URL when it accepts connections, or nothing if it is stopped before: then
        matches that it was about to go on with are kept for the next start. Cancelled, it ends at once and people see
        the connection break.

        Raises:
            ConfigError: an option or the data directory cannot be used, or it cannot listen at that host and port.
        """
        transport, api, site = self._transport_options(), self._api(), site_directory()
        self._tls = self.options.tls_context()
        if place := self._node or self._workshop:
            listeners = inherited(place.listening)
        else:
            listeners = await listen(self.options.host, self.options.port)
        with ExitStack() as stack:
            for listener in listeners:
                stack.callback(listener.socket.close)
            data = stack.enter_context(self._open_data())
            self._journals = Journals(data, self.options.data_limit) if data else None
            try:
                await self._serve(listeners, transport, api, site, stop, task_status)
            finally:
                if self._journals:
                    with trio.CancelScope(shield=True):
                        await self._journals.close(keep=self.options.keep_matches or not self.url)

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
            # Others may have to answer before it has its matches, or many ticks be played again: a stop does not wait.
            with trio.CancelScope() as starting:
                nursery.start_soon(self._obey, stop)
                nursery.start_soon(self._cancel_at_stop, starting)
                if self._recordings:
                    await nursery.start(self._recordings.run)
                if self.membership:
                    await nursery.start(self.membership.run)
                await nursery.start(self.lobby.run, self._journals)
                nursery.start_soon(self.administration.run)
                nursery.start_soon(self._drain_when_asked)
                if self.before_accepting:
                    await self.before_accepting()
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
                        placing=self.membership.placing if self.membership else None,
                        takes_over_at=self._node.socket_of(self._node.name) if self._node else None,
                    )
                )
                if self.membership:
                    await self.membership.publishing.opened()
                self._started = time.monotonic()
                self.url = local_url(self.options, listeners)
            task_status.started(self.url)
            if not self.url:
                nursery.cancel_scope.cancel()
                return
            with self._garbage.tamed():
                await self._stop.wait()
                if self.membership:
                    await self.membership.publishing.leave()
                await self._say_goodbye()
            if self._recordings:
                await self._recordings.close()
            nursery.cancel_scope.cancel()

    def drain(self) -> None:
        """Drain for at most `ServerOptions.drain_timeout` seconds, and stop then; before it serves, stop at once.

        From now on it is not ready, and no match is opened. Without other nodes, matches are played to the end of their
        rounds.
        """
        if not self.url or self.options.keep_matches:
            self._stop.set()
            return
        self.retire()
        self._drain.set()

    def retire(self) -> None:
        """Report from now on that newcomers cannot play here, and open no match."""
        self.retiring = self.lobby.hosting.draining = True

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
        self._tls = await trio.to_thread.run_sync(self.options.tls_context, abandon_on_cancel=True)
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
            "matches": len(self.match_index),
            "players": sum(len(match.state.roster) for match in self.match_index),
            "people": len(self.lobby.people),
            "uptime": round(time.monotonic() - self._started, 3),
        }

    def readiness(self) -> Response:
        """``GET /readyz``: whether newcomers can play; 503 as soon as the server begins to stop or drains.

        A worker that drains is ready as long as newcomers can be handed to another one.
        """
        if self._stopping or self.lobby.stopping:
            return json_response({"status": "stopping"}, HTTPStatus.SERVICE_UNAVAILABLE)
        if self.retiring or (self.lobby.hosting.draining and not self._hands_newcomers_on()):
            return json_response({"status": "draining"}, HTTPStatus.SERVICE_UNAVAILABLE)
        return json_response({"status": "ready"})

    def _hands_newcomers_on(self) -> bool:
        """Whether another worker of this machine takes those that come here."""
        return self.membership is not None and self.membership.placing.others_take_newcomers

    def matches(self, *, private: bool = False) -> list[dict[str, Any]]:
        """``GET /api/matches``; the ``private`` ones for the host's own screen alone."""
        return [match.status() for match in self.match_index if private or not match.options.private]

    def load(self) -> Load:
        """What there is to do for people here."""
        theirs = {match.id for match, _ in self.match_index.opened_by_people()}
        kept = sum(match.people > 0 or match.id in theirs for match in self.match_index)
        return Load(
            matches=len(self.match_index),
            players=sum(match.people for match in self.match_index),
            kept=kept,
            open=int(not (self.lobby.hosting.draining or self.lobby.stopping or self._stopping)),
        )

    @property
    def works(self) -> bool:
        """Whether its ticks go on. It is asked between them, so not at all while one hangs."""
        return True

    def people(self) -> tuple[int, int]:
        """People who are connected, and those of them who are in the lobby."""
        return len(self.lobby.people), len(self.lobby.voices())

    def _fresh_matches(self) -> Response:
        """The response, made once in `FRESH_FOR` seconds: for 64 matches it takes 2 ms to make."""
        now = trio.current_time()
        if now >= self._matches_stale_at:
            self._matches_response, self._matches_stale_at = json_response(self.matches()), now + FRESH_FOR
        return self._matches_response

    def _api(self) -> Api:
        recordings = RecordingsApi(self._recordings, self._is_open, self._throttling)
        api: Api = {
            "/healthz": self.health,
            "/readyz": self.readiness,
            "/api/matches": self._fresh_matches,
            **recordings.paths(),
            **(self._workshop.api if self._workshop else {}),
        }
        exposition = Exposition(
            lambda: self._metrics.read(self.lobby, self._traffic, self._garbage, self._throttling),
            trio.current_time,
            self._node.name if self._node else "",
        )
        text: Callable[[], bytes | Awaitable[bytes]] = exposition.text
        if self.membership:
            every = NodesApi(self.membership, self.health, self.matches, exposition.text, recordings)
            text, api = every.metrics, {**api, **every.paths()}
        if not self.options.metrics:
            return api
        allowed = networks(self.options.metrics_from, "metrics network")
        return {**api, "/metrics": Guarded(text, CONTENT_TYPE, allowed)}

    async def _to_open(self, missing: Collection[int]) -> Collection[int]:
        """Which of the host's matches, by number, this process opens among those ``missing`` here."""
        if self._node is None or self.membership is None:
            return missing
        own = [number for number in missing if self._node.opens(number)]
        taken = await self.membership.taken() if own else ()
        return [number for number in own if number not in taken]

    def _is_open(self, code: str) -> bool | None:
        """Whether everybody is shown the match with ``code``; None if there is no such match."""
        if (match := self.match_index.get(code)) is not None:
            return match.is_open
        return self.membership.is_open(code) if self.membership else None

    def _transport_options(self) -> TransportOptions:
        options = self.options
        rates = [chosen.tick_rate for chosen in (options.match, *options.opened)]
        rates += [game.tick_rate for game in self._games.values()]
        return TransportOptions(
            origins=(*options.origins, *([options.public_url] if options.public_url else [])),
            trusted_proxies=options.trusted_proxies,
            ping_interval=options.ping_interval,
            timeout=options.timeout,
            tls_ended_by_proxy=bool(options.public_url and options.public_url.startswith("https:")),
            drained=options.tick_drain,
            message_budget=message_budget(max(rates)),
            frame_ancestors=options.frame_ancestors,
            elsewhere=options.redis is not None,
            version=self._workshop.version if self._workshop else "",
            games=tuple(self._files_of(game) for game in self._games.values()),
        )

    def _files_of(self, game: type[Game]) -> GameFiles:
        opened = {chosen.game for chosen in (self.options.match, *self.options.opened)}
        return GameFiles(game.name, web_folder(game), {"rules.js": rules_script(game)}, preloaded=game in opened)

    def _room_for_recordings(self) -> int:
        """Bytes that recordings may take: what journals leave of the limit."""
        return self.options.data_limit - (self._journals.used if self._journals else 0)

    def _open_data(self) -> AbstractContextManager[DataDirectory | None]:
        """Open the data directory, whose key signs the session tokens; without one, another key each time."""
        if self.options.data is None:
            return nullcontext()
        data = DataDirectory.open(self.options.data)
        if not self._node:
            self._sessions.key = data.key
            logger.info("data is kept in %s", data.path)
            adopt_journals(data.path, [data.path])
        return data

    async def _drain_when_asked(self) -> None:
        await self._drain.wait()
        terms = DrainTerms(Whereto.OTHER_MACHINES, ends=True, within=self.options.drain_timeout)
        await Draining(self.lobby.hosting).drain(terms)
        self._stop.set()

    async def _obey(self, stop: trio.Event) -> None:
        await stop.wait()
        self._stop.set()

    async def _cancel_at_stop(self, scope: trio.CancelScope) -> None:
        await self._stop.wait()
        scope.cancel()

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
