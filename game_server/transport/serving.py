"""The accept loop, and the barrier around every connection."""

from __future__ import annotations

import errno
import logging
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import trio

from game_server.throttling import Throttling
from game_server.transport.client_address import UNKNOWN, Address, is_loopback, plain
from game_server.transport.front import Front
from game_server.transport.options import Api, OnLink, TransportOptions
from game_server.transport.traffic import Traffic

logger = logging.getLogger("game_server.transport")

_EXHAUSTED: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_RETRY_SECONDS: Final = 0.1
_COMPLAIN_SECONDS: Final = 10.0


async def serve(
    listeners: Sequence[trio.abc.Listener[trio.abc.Stream]],
    *,
    site: Path,
    api: Api,
    on_link: OnLink,
    options: TransportOptions,
    traffic: Traffic | None = None,
    throttling: Throttling | None = None,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve HTTP and WebSocket on ``listeners`` until cancelled; takes them over and closes them.

    Whatever goes wrong in one connection is logged in one line and ends that connection alone.
    A cancellation cuts all connections; close the links first to take leave of the players.

    Args:
        listeners: where connections come from: `trio.SocketListener`, or any other kind.
        site: the folder of the browser client's files.
        api: what answers at which path beside the files and ``/ws``.
        on_link: is awaited once for each WebSocket. When it returns or raises `LinkClosed`, the link is closed
            with 1000 if it is still open; a `ProtocolError` closes it with its code and reason; any other
            exception is a fault of ours: 1011 and a traceback in the log. It is not cancelled when the peer
            goes, but learns of it from the link.
        traffic: counts what is exchanged over WebSockets.
        throttling: what one address may cost.
        task_status: told once connections are accepted.
    """
    async with trio.open_nursery() as nursery:
        connections = _Connections(Front(site, api, on_link, options, nursery, traffic, throttling), options)
        await nursery.start(trio.serve_listeners, connections.run, [_PatientListener(item) for item in listeners])
        task_status.started()


def secured(listener: trio.SocketListener, context: ssl.SSLContext) -> trio.abc.Listener[trio.abc.Stream]:
    """``listener`` with TLS; `serve` gives a peer ``head_timeout`` for the handshake, as for a request head."""
    return trio.SSLListener(listener, context, https_compatible=True)


class _Connections:
    def __init__(self, front: Front, options: TransportOptions) -> None:
        self._front = front
        self._limit = options.max_connections
        self._head_timeout = options.head_timeout
        self._open = 0

    async def run(self, stream: trio.abc.Stream) -> None:
        """One connection, behind its barrier."""
        address = UNKNOWN
        room = self._open < self._limit
        self._open += room
        try:
            address = _address(stream)
            if isinstance(stream, trio.SSLStream):
                with trio.fail_after(self._head_timeout):
                    await stream.do_handshake()
            if not room:
                await self._front.refuse(stream, address)
            elif carrier := await self._front.answer(stream, address):
                await carrier.run()
        except* (OSError, trio.BrokenResourceError, trio.ClosedResourceError, trio.TooSlowError) as group:
            logger.debug("%s went away: %r", address, group)
        except* Exception as group:
            logger.error("the connection to %s failed: %r", address, group)
        finally:
            self._open -= room


class _PatientListener(trio.abc.Listener[trio.abc.Stream]):
    """Waits when the system has no room for a further connection, complaining once in a while."""

    def __init__(self, listener: trio.abc.Listener[trio.abc.Stream]) -> None:
        self._listener = listener
        self._complain_at = float("-inf")

    async def accept(self) -> trio.abc.Stream:
        """The next connection, as soon as there is room for it."""
        while True:
            try:
                return await self._listener.accept()
            except OSError as error:
                if error.errno not in _EXHAUSTED:
                    raise
                if trio.current_time() >= self._complain_at:
                    logger.error("no room for a further connection: %s; raise the limit of open files", error)
                    self._complain_at = trio.current_time() + _COMPLAIN_SECONDS
            await trio.sleep(_RETRY_SECONDS)

    async def aclose(self) -> None:
        """Close the listener."""
        await self._listener.aclose()


def _address(stream: trio.abc.Stream) -> Address:
    if isinstance(stream, trio.SSLStream):
        stream = stream.transport_stream
    if not isinstance(stream, trio.SocketStream):
        return UNKNOWN
    name, own = stream.socket.getpeername(), stream.socket.getsockname()
    if not isinstance(name, tuple):  # a Unix socket's peer has no address
        return UNKNOWN
    host = plain(name[0])
    # Whoever calls an address of this machine from this machine calls, unless told otherwise, from that address.
    return Address(host, name[1], here=is_loopback(host) or host == plain(own[0]))
