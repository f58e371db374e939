"""The accept loop, and the barrier around every connection."""

from __future__ import annotations

import errno
import logging
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import trio

from game_server.throttling import AddressBudget, AddressSlot, Keys, Throttling
from game_server.transport.hand_over import HandedOver, Placing, receiver, taken_over
from game_server.transport.http.client_address import UNKNOWN, Address
from game_server.transport.http.responses import Response, too_many
from game_server.transport.options import TransportOptions
from game_server.transport.router import LINGER_SECONDS, Api, Router
from game_server.transport.tls import begin_tls
from game_server.transport.websocket.connection import OnLink
from game_server.transport.websocket.traffic import Traffic

logger = logging.getLogger("game_server.transport")

_EXHAUSTED: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""Errors of `accept` that pass once other connections have been closed."""
_RETRY_SECONDS: Final = 0.1
_COMPLAIN_SECONDS: Final = 10.0
"""Between two lines of the log about those errors."""
SPARE: Final = 64
"""Connections beyond the limit, for health checks; as many again for trusted networks, which no stranger can fill."""
SPARE_SECONDS: Final = 2.0
"""For such a connection, from the first byte to the last."""
REFUSALS_AT_ONCE: Final = 8
REFUSALS_A_SECOND: Final = 1
"""Answers that refuse a connection, to one address: enough for a person to read why; a flood gets none."""


async def serve(
    listeners: Sequence[trio.abc.Listener[trio.abc.Stream]],
    *,
    site: Path,
    api: Api,
    on_link: OnLink,
    options: TransportOptions,
    traffic: Traffic | None = None,
    throttling: Throttling | None = None,
    placing: Placing | None = None,
    takes_over_at: Path | None = None,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve HTTP and WebSocket on ``listeners`` until cancelled; takes them over and closes them.

    What goes wrong in one connection is logged in one line and ends that connection alone. A cancellation cuts all
    connections: close the links first.

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
        placing: decides which process a WebSocket is for; None if there is only this one.
        takes_over_at: the Unix socket at which other processes hand connections over to this one.
        task_status: started once connections are accepted.
    """
    traffic = traffic or Traffic()
    async with trio.open_nursery() as nursery:
        router = Router(site, api, on_link, options, nursery, traffic, throttling, placing)
        connections = _Connections(router, options, traffic)
        if takes_over_at:
            nursery.start_soon(connections.take_over, receiver(takes_over_at), nursery)
        await nursery.start(trio.serve_listeners, connections.run, [_PatientListener(item) for item in listeners])
        task_status.started()


class _Connections:
    def __init__(self, router: Router, options: TransportOptions, traffic: Traffic) -> None:
        self._router = router
        self._limit = options.max_connections
        self._head_timeout = options.head_timeout
        self._traffic = traffic
        self._refusals = AddressBudget(REFUSALS_AT_ONCE, REFUSALS_A_SECOND)
        """Of answers that refuse: they cost more than to close the connection, which happens beyond this budget."""
        self._open = 0
        self._spare = 0

    async def run(self, stream: trio.abc.Stream) -> None:
        """Serve one connection; no error leaves this."""
        address, slot = UNKNOWN, AddressSlot(self._router.throttling.connections)
        try:
            address = _address(stream)
            charged_to = self._router.charged_to(address, address)
            if refused := self._refusal(charged_to, slot):
                # Over TLS no answer can be read without a handshake, which would cost too much.
                if not isinstance(stream, trio.SSLStream) and not self._refusals.take(charged_to, trio.current_time()):
                    await self._router.turn_away(stream, address, refused)
            elif self._open < self._limit:
                self._open += 1
                try:
                    with trio.fail_after(self._head_timeout):
                        if not await begin_tls(stream, self._router.throttling.tls_turns):
                            return
                    if connection := await self._router.answer(stream, address, slot):
                        await connection.run()
                finally:
                    self._open -= 1
            elif self._spare < SPARE * (1 if charged_to else 2):
                self._spare += 1
                try:
                    with trio.move_on_after(SPARE_SECONDS):
                        if await begin_tls(stream, self._router.throttling.tls_turns):
                            await self._router.answer_probe(stream, address)
                finally:
                    self._spare -= 1
            else:
                self._traffic.refused += 1
        except* (OSError, trio.BrokenResourceError, trio.ClosedResourceError, trio.TooSlowError) as group:
            logger.debug("%s went away: %r", address, group)
        except* Exception as group:
            logger.error("the connection to %s failed: %r", address, group)
        finally:
            slot.release()

    async def take_over(self, listener: socket.socket, nursery: trio.Nursery) -> None:
        """Serve the connections that other processes hand over to ``listener``, until cancelled."""
        async for passed, stream in taken_over(listener):
            nursery.start_soon(self._run_taken_over, passed, stream)

    async def _run_taken_over(self, passed: HandedOver, stream: trio.SocketStream) -> None:
        """Serve one such connection, whose handshake has been checked; no error leaves this."""
        slot = AddressSlot(self._router.throttling.connections)
        self._open += 1
        try:
            async with stream:
                if self._open > self._limit or not slot.hold(passed.charged_to, passed_on=True):
                    self._traffic.refused += 1
                    address = Address(passed.host, passed.port or None)
                    await self._router.turn_away(stream, address, too_many("connections", LINGER_SECONDS))
                else:
                    await self._router.take_over(stream, passed).run()
        except* (OSError, trio.BrokenResourceError, trio.ClosedResourceError, trio.TooSlowError) as group:
            logger.debug("%s went away: %r", passed.host, group)
        except* Exception as group:
            logger.error("the connection to %s failed: %r", passed.host, group)
        finally:
            self._open -= 1
            slot.release()

    def _refusal(self, charged_to: Keys, slot: AddressSlot) -> Response | None:
        budgets = self._router.throttling
        if wait := budgets.accepts.take(charged_to, trio.current_time()):
            return too_many("new connections", wait)
        if not slot.hold(charged_to):
            return too_many("connections", LINGER_SECONDS)
        return None


class _PatientListener(trio.abc.Listener[trio.abc.Stream]):
    """A listener that waits while the system has no room for a further connection, and logs that now and then."""

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
    return Address.of_peer(stream.socket.getpeername(), stream.socket.getsockname())
