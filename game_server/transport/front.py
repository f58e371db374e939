"""One connection from its first byte: HTTP answers, until an upgrade makes a WebSocket of it."""

from __future__ import annotations

import logging
from http import HTTPStatus
from pathlib import Path
from typing import Final

import attrs
import trio

from game_server.protocol.limits import WEBSOCKET_PATH
from game_server.throttling import Keys, Throttling
from game_server.transport.carrier import Carrier
from game_server.transport.client_address import FORWARDED_FOR, Address, client_address, is_loopback, may_read
from game_server.transport.handshake import Upgrade, judge
from game_server.transport.http import HttpConnection, Request
from game_server.transport.options import Api, Guarded, OnLink, TransportOptions
from game_server.transport.peer import Peer
from game_server.transport.responses import Response, json_response, refusal, text_response
from game_server.transport.static import Site
from game_server.transport.traffic import Traffic

logger = logging.getLogger("game_server.transport")

LINGER_SECONDS: Final = 2.0
_READING: Final = ("GET", "HEAD")


class Front:
    """What all connections share: the site, the API, and whom to tell of a link.

    Args:
        owners: where ``on_link`` runs: one for all takes less room than one for each.
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
    ) -> None:
        self._site = Site(site)
        self._api = api
        self._on_link = on_link
        self._options = options
        self._owners = owners
        self._traffic = traffic or Traffic()
        self.throttling = throttling or Throttling()

    async def answer(self, stream: trio.abc.Stream, address: Address) -> Carrier | None:
        """Answer requests until one is an upgrade: what carries the WebSocket is to be run then.

        With None the connection has had its end; in either case the caller closes ``stream``. A cancellation may cut
        an answer short.

        Args:
            stream: a fresh connection; any trio stream will do.
            address: of the peer, for the log and for `Link.peer`, unless it is a trusted proxy's.

        Raises:
            trio.BrokenResourceError: the peer broke the connection off, or did not read.
        """
        peer = Peer(stream, str(address), self._options.slow_timeout, address.host)
        http = HttpConnection(peer, self._options.head_timeout)
        while (request := await http.next_request()) is not None:
            # Anew for each request: a proxy sends those of several clients over one connection.
            client = client_address(address, request.values(FORWARDED_FOR), self._options.trusted_proxies)
            answer = self._answer(request, address, client)
            if isinstance(answer, Upgrade):
                peer.address, peer.host = str(client), client.host
                charged_to = self._charged_to(address, client)
                return Carrier(
                    peer, answer, http.rest, self._on_link, self._options, self._owners, self._traffic, charged_to
                )
            if request.has_body:  # nobody will read it, so nothing after it can be understood
                answer = attrs.evolve(answer, close=True)
            logger.debug("%s %s %r: %d", client, request.method, request.path, answer.status)
            if not await http.respond(answer):
                break
        await peer.linger(LINGER_SECONDS)
        return None

    async def refuse(self, stream: trio.abc.Stream, address: Address) -> None:
        """Turn a connection away with 503 without reading what it asks."""
        self._traffic.refused += 1
        peer = Peer(stream, str(address), LINGER_SECONDS)
        headers = (("Retry-After", "10"),)
        answer = refusal(HTTPStatus.SERVICE_UNAVAILABLE, "too many connections", headers=headers, close=True)
        await HttpConnection(peer, LINGER_SECONDS).respond(answer)
        await peer.linger(LINGER_SECONDS)

    def _charged_to(self, direct: Address, client: Address) -> Keys:
        if client is not direct:
            return self.throttling.keys(client.host, forwarded=True)
        # What calls this machine by its address in the network, and from there, is as near as what calls localhost.
        nearer = direct.here and not is_loopback(direct.host)
        return self.throttling.keys("127.0.0.1" if nearer else direct.host)

    def _answer(self, request: Request, direct: Address, client: Address) -> Response | Upgrade:
        path = request.path
        if path is None:
            return refusal(HTTPStatus.BAD_REQUEST, "the path is not UTF-8")
        if path == WEBSOCKET_PATH:
            return judge(request, self._options.origins)
        if path in self._api:
            found = self._call(path, request, direct, client) if request.method in _READING else None
        else:
            found = self._site.get(path, request.text(b"if-none-match"), request.text(b"accept-encoding"))
            if found is None:
                return refusal(HTTPStatus.NOT_FOUND)
        if found is None or request.method not in _READING:
            return refusal(HTTPStatus.METHOD_NOT_ALLOWED, headers=(("Allow", "GET, HEAD"),))
        if request.has_body:
            return refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "no body is taken here")
        return found

    def _call(self, path: str, request: Request, direct: Address, client: Address) -> Response:
        told = self._api[path]
        try:
            if not isinstance(told, Guarded):
                return json_response(told())
            if may_read(direct, client, (name for name, _ in request.headers), told.allowed):
                return text_response(told.text(), told.content_type)
        except Exception:
            logger.exception("the API function of %s failed", path)
            return refusal(HTTPStatus.INTERNAL_SERVER_ERROR)
        return refusal(HTTPStatus.FORBIDDEN, "this is told to the server's own machine, and to networks that it allows")
