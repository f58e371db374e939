"""The answers to HTTP requests on one connection, and how long one waits for the budget of its address."""

from __future__ import annotations

import inspect
import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Final, TypeAlias, TypeVar
from urllib.parse import parse_qsl

import attrs
import trio

from game_server.protocol import WEBSOCKET_PATH
from game_server.throttling import AddressBudget, AddressSlot, Keys, Throttling
from game_server.transport.hand_over import HandedOver, Outgoing, Placing
from game_server.transport.http.client_address import (
    FORWARDED_FOR,
    FORWARDING,
    Address,
    Networks,
    client_address,
    is_in,
    is_loopback,
    may_read,
)
from game_server.transport.http.downloads import Download
from game_server.transport.http.origins import sharing
from game_server.transport.http.request import HttpConnection, Request
from game_server.transport.http.responses import (
    Response,
    json_response,
    refusal,
    security_headers,
    text_response,
    too_many,
)
from game_server.transport.http.static_files import Site
from game_server.transport.options import TransportOptions
from game_server.transport.peer import Peer
from game_server.transport.websocket.connection import Connection, ConnectionContext, OnLink
from game_server.transport.websocket.handshake import Upgrade, check_upgrade, refuse_unknown_host
from game_server.transport.websocket.traffic import Traffic

logger = logging.getLogger("game_server.transport")

T = TypeVar("T")

LINGER_SECONDS: Final = 2.0
"""For a peer to read the last answer, after which the connection is closed."""
PATIENCE: Final = 5.0
"""Seconds that a request waits for the budget of its address, before it is refused."""
WARNING_SECONDS: Final = 60.0
"""Between two warnings of the same kind, which any client can cause."""
DOWNLOAD_BURST: Final = 512
DOWNLOAD_RATE: Final = 64
"""Pieces of files for one address: 32 MB at once, the longest recordings of a match of 16, and 4 MB a second."""
PROBES: Final = ("/healthz", "/readyz")
"""Paths that are answered even to a connection for which there is no room."""
OUT_OF_REACH: Final = "the process that has this match cannot be reached; try again"
_READING: Final = ("GET", "HEAD")
_MOST_FIELDS: Final = 16
"""In a query."""


@attrs.frozen
class Guarded:
    """A text that only processes of this machine and of ``allowed`` networks may read.

    A request that a proxy forwards is not from this machine. If the proxy is not trusted, the client's address is
    unknown, and the request is refused.
    """

    text: Callable[[], bytes | Awaitable[bytes]]
    content_type: str
    allowed: Networks = ()


@attrs.frozen
class Queried:
    """What depends on the query, and below a path that ends with a slash on the rest of the path.

    Attributes:
        find: gets both, and the keys of the budgets that pay for the request; returns None for 404.
    """

    find: Callable[[str, Mapping[str, str], Keys], Response | Download | Awaitable[Response | Download | None] | None]


Api: TypeAlias = Mapping[str, Callable[[], object] | Guarded | Queried]
"""Path to a function that gives a JSON-able object or a whole `Response`, or to a text. They run in the event loop, so
they must be quick; coroutine functions wait with a deadline. A path like ``/files/`` stands for all that begin with it.
"""


class Router:
    """The site, the API and the links, for requests on any connection.

    Args:
        owners: where ``on_link`` runs: one nursery for all takes less memory than one for each.
        placing: decides which process a WebSocket is for; None if there is only this one.
    """

    def __init__(
        self,
        site: Path,
        api: Api,
        on_link: OnLink,
        options: TransportOptions,
        owners: trio.Nursery,
        traffic: Traffic | None = None,
        throttling: Throttling | None = None,
        placing: Placing | None = None,
    ) -> None:
        self._placing = placing
        self._outgoing = Outgoing()
        self._security = security_headers(options.frame_ancestors, elsewhere=options.elsewhere)
        self._site = Site(site, options.games, options.version)
        self._api = api
        self._options = options
        self._traffic = traffic or Traffic()
        self.throttling = throttling or Throttling()
        self._context = ConnectionContext(on_link, options, owners, self._traffic, self.throttling)
        self._downloads = AddressBudget(DOWNLOAD_BURST, DOWNLOAD_RATE)
        self._warned = False
        self._name_warned_at = float("-inf")
        self._hand_over_warned_at = float("-inf")

    async def answer(
        self, stream: trio.abc.Stream, address: Address, slot: AddressSlot | None = None
    ) -> Connection | None:
        """Answer requests until one is an upgrade, and return the connection that is to be run then.

        After None there is nothing more to do; in either case the caller closes ``stream``. A cancellation may cut an
        answer short.

        Args:
            stream: a fresh connection; any trio stream will do.
            address: of the peer, for the log and for `Link.peer`, unless it is a trusted proxy's.
            slot: where the connection is counted. A proxy's counts at the address of the client whose request it
                carries, since one client could otherwise take all that the proxy may have.

        Raises:
            trio.BrokenResourceError: the peer broke the connection off, or did not read.
        """
        slot = slot or AddressSlot(self.throttling.connections)
        peer = Peer(stream, str(address), self._options.slow_timeout, address.host)
        http = HttpConnection(
            peer,
            self._options.head_timeout,
            self.throttling.turns,
            hsts=self._over_tls(stream, address),
            security=self._security,
        )
        while (request := await http.next_request()) is not None:
            # For each request by itself: a proxy sends those of several clients over one connection.
            client = client_address(address, request.values(FORWARDED_FOR), self._options.trusted_proxies)
            charged_to = self.charged_to(address, client)
            if client is address and not (charged_to or self._warned):
                self._warn_of_proxy(request, address)
            proxied = client is not address
            answer: Response | Upgrade
            if proxied and not slot.hold(charged_to):
                answer = too_many("connections", LINGER_SECONDS)
            else:
                refused = await self._wait_for_budget(request, charged_to)
                answer = refused or await self._answer(request, address, client)
            if isinstance(answer, Upgrade):
                code = _code(request)
                path = await self._placing.place(code, _ticket(request)) if self._placing else None
                if self._placing and path is not None:
                    passed = HandedOver(answer, http.rest, request.query, client.host, client.port or 0, charged_to)
                    try:
                        await self._outgoing.hand_over(stream, passed, path, slot)
                    except OSError as error:
                        self._placing.failed(path)
                        self._warn_of_hand_over(client, error)
                    else:
                        logger.debug("%s handed over to %s", client, path)
                        return None
                if path is None or not code:  # who has named no match can be served by any process
                    peer.address, peer.host = str(client), client.host
                    return Connection(peer, answer, http.rest, charged_to, self._context, request.query)
                answer = refusal(HTTPStatus.SERVICE_UNAVAILABLE, OUT_OF_REACH, headers=(("Retry-After", "1"),))
            if answer.status is HTTPStatus.MISDIRECTED_REQUEST:
                self._warn_of_name(request)
            if request.has_body:  # it is not read, so nothing after it can be understood
                answer = attrs.evolve(answer, close=True)
            logger.debug("%s %s %r: %d", client, request.method, request.path, answer.status)
            if not await http.respond(answer, partial(self._pace, charged_to)):
                break
            if proxied:  # until the next request it serves no client
                slot.release()
        await peer.linger(LINGER_SECONDS)
        return None

    def take_over(self, stream: trio.SocketStream, passed: HandedOver) -> Connection:
        """The connection that is to be run over ``stream``, which another process has handed over."""
        address = Address(passed.host, passed.port or None)
        peer = Peer(stream, str(address), self._options.slow_timeout, passed.host)
        return Connection(peer, passed.upgrade, passed.rest, passed.charged_to, self._context, passed.query)

    async def answer_probe(self, stream: trio.abc.Stream, address: Address) -> None:
        """Answer one request for one of `PROBES`, and any other with 503: there is no room for the connection."""
        self._traffic.refused += 1
        peer = Peer(stream, str(address), LINGER_SECONDS)
        http = HttpConnection(peer, LINGER_SECONDS, self.throttling.turns)
        if request := await http.next_request():
            if request.path in PROBES and request.method in _READING and not request.has_body:
                answer = await self._answer(request, address, address)
                assert isinstance(answer, Response)
            else:
                headers = (("Retry-After", "10"),)
                answer = refusal(HTTPStatus.SERVICE_UNAVAILABLE, "too many connections", headers=headers)
            await http.respond(attrs.evolve(answer, close=True))
        await peer.linger(LINGER_SECONDS)

    async def turn_away(self, stream: trio.abc.Stream, address: Address, answer: Response) -> None:
        """Send ``answer`` without reading what is asked."""
        peer = Peer(stream, str(address), LINGER_SECONDS)
        await HttpConnection(peer, LINGER_SECONDS, self.throttling.turns).respond(answer)
        await peer.linger(LINGER_SECONDS)

    def charged_to(self, direct: Address, client: Address) -> Keys:
        """Keys of the budgets that pay for what ``client`` does over a connection from ``direct``; none for a proxy.

        A caller on this machine that uses its network address is treated like one that uses localhost.
        """
        if client is not direct:
            return self.throttling.keys(client.host, forwarded=True)
        if is_in(direct, self._options.trusted_proxies):
            return ()
        return self.throttling.keys("127.0.0.1" if direct.here and not is_loopback(direct.host) else direct.host)

    def _warn_of_proxy(self, request: Request, direct: Address) -> None:
        """Warn, once, of a proxy that no option names: its clients pass for the machine it runs on."""
        if any(name in FORWARDING for name, _ in request.headers) and not is_in(direct, self._options.trusted_proxies):
            self._warned = True
            logger.warning(
                "requests from %s come through a proxy that is not named: everybody behind it passes for this machine, "
                "and has no budgets; start with --trust-proxy %s",
                direct,
                direct.host or "and its address",
            )

    def _warn_of_name(self, request: Request) -> None:
        """Warn, at most once a minute, of a request to an unknown name: the page loads, and can say no reason."""
        if trio.current_time() >= self._name_warned_at + WARNING_SECONDS:
            self._name_warned_at = trio.current_time()
            name = request.text(b"host") or ""
            logger.warning(
                "refused a connection to %.100r, a name by which this server does not go; if it is yours, start with "
                "--public-url https://%.100s",
                name,
                name,
            )

    def _warn_of_hand_over(self, client: Address, error: OSError) -> None:
        """Warn, at most once a minute, of a process that does not take a connection over: all of its clients come."""
        level = logging.DEBUG
        if trio.current_time() >= self._hand_over_warned_at + WARNING_SECONDS:
            self._hand_over_warned_at, level = trio.current_time(), logging.WARNING
        logger.log(level, "%s is not handed over: %s", client, error)

    def _over_tls(self, stream: trio.abc.Stream, direct: Address) -> bool:
        proxied = self._options.tls_ended_by_proxy and is_in(direct, self._options.trusted_proxies)
        return proxied or isinstance(stream, trio.SSLStream)

    async def _pace(self, charged_to: Keys) -> None:
        """Wait until the address may have one more piece of a file."""
        await trio.sleep(self._downloads.take(charged_to, trio.current_time(), patience=math.inf))
        await self.throttling.turns.take()

    async def _wait_for_budget(self, request: Request, charged_to: Keys) -> Response | None:
        """Wait until the address has a budget for ``request``; return a refusal if that takes more than `PATIENCE`."""
        now, budgets = trio.current_time(), self.throttling
        wait = budgets.requests.take(charged_to, now, patience=PATIENCE)
        if wait > PATIENCE:
            return too_many("requests", wait)
        if request.path == WEBSOCKET_PATH and not self._is_expected(request):
            wait = max(wait, budgets.handshakes.take(charged_to, now, patience=PATIENCE))
            if wait > PATIENCE:
                return too_many("handshakes", wait)
        if wait:
            await trio.sleep(wait)
            await budgets.turns.take()  # the waits of many may end in one moment
        return None

    def _is_expected(self, request: Request) -> bool:
        """Whether another process has sent the client here, which then is charged for one handshake alone."""
        ticket = _ticket(request)
        return bool(ticket) and self._placing is not None and self._placing.takes(ticket)

    async def _answer(self, request: Request, direct: Address, client: Address) -> Response | Upgrade:
        path = request.path
        if path is None:
            return refusal(HTTPStatus.BAD_REQUEST, "the path is not UTF-8")
        if path == WEBSOCKET_PATH:
            others = self._placing.origins() if self._placing else ()
            return check_upgrade(request, (*self._options.origins, *others))
        key = path if path in self._api else path[: path.find("/", 1) + 1]
        if key in self._api:
            found = await self._call(key, path.removeprefix(key), request, direct, client)
        else:
            self._site.refresh(self._context.owners)
            has, takes = request.text(b"if-none-match"), request.text(b"accept-encoding")
            found = self._site.get(path, has, takes, request.query) or refusal(HTTPStatus.NOT_FOUND)
            shared = sharing(request.values(b"origin"), self._options.origins)
            found = attrs.evolve(found, headers=(*found.headers, *shared))
            if found.status is HTTPStatus.NOT_FOUND:
                return found
        if found is None or request.method not in _READING:
            return refusal(HTTPStatus.METHOD_NOT_ALLOWED, headers=(("Allow", "GET, HEAD"),))
        if request.has_body:
            return refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "no body is taken here")
        return found

    async def _call(self, path: str, rest: str, request: Request, direct: Address, client: Address) -> Response | None:
        if request.method not in _READING:
            return None
        found = self._api[path]
        try:
            if isinstance(found, Queried):
                charged_to = self.charged_to(direct, client)
                answer = await _made(found.find(rest, _fields(request.query), charged_to))
                answer = answer or refusal(HTTPStatus.NOT_FOUND)
                return answer.answer(request) if isinstance(answer, Download) else answer
            if not isinstance(found, Guarded):
                value = await _made(found())
                return value if isinstance(value, Response) else json_response(value)
            if misdirected := refuse_unknown_host(request, self._options.origins):
                return misdirected
            if may_read(direct, client, (name for name, _ in request.headers), found.allowed):
                return text_response(await _made(found.text()), found.content_type)
        except Exception:
            logger.exception("the API function of %s failed", path)
            return refusal(HTTPStatus.INTERNAL_SERVER_ERROR)
        return refusal(HTTPStatus.FORBIDDEN, "this is for the server's own machine, and for networks that it allows")


async def _made(value: T | Awaitable[T]) -> T:
    """What a function of the API has returned, when it is there."""
    return await value if inspect.isawaitable(value) else value


def _code(request: Request) -> str:
    """The code of the match that a WebSocket is for; empty for none."""
    return _fields(request.query).get("match", "").strip().upper()


def _ticket(request: Request) -> str:
    """The ticket with which another process has sent a client here; empty for none."""
    return _fields(request.query).get("ticket", "")


def _fields(query: str) -> dict[str, str]:
    """The fields of a query, the last of those with one name; none of a query with too many."""
    try:
        return dict(parse_qsl(query, max_num_fields=_MOST_FIELDS))
    except ValueError:
        return {}
