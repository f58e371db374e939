"""A stream to a server, and why there is none."""

from __future__ import annotations

import errno
import os
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Final

import trio
from trio_websocket import ConnectionRejected

from game_server.client.network import Network
from game_server.client.relay import behind
from game_server.client.target import Target
from game_server.client.trust import TlsFailed, why_no_tls
from game_server.errors import leaves

Stream = trio.SocketStream | trio.SSLStream[trio.SocketStream]

CONNECT_TIMEOUT: Final = 10.0
REDIRECTS: Final = (301, 302, 307, 308)
NO_ROOM: Final = (429, 503)
"""HTTP statuses of a server that has no room for one more."""
_SHORT_OF: Final = frozenset((errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL, errno.ENOBUFS, errno.ENOMEM))
"""Errors of whoever has no files, ports or memory left to connect with."""


@asynccontextmanager
async def connected(target: Target, network: Network | None = None, seed: int = 0) -> AsyncIterator[Stream]:
    """A stream to ``target``: the library leaves its socket open when the server closes first; this one is ours.

    Raises:
        OSError: there is none; `TlsFailed` when TLS is why.
        trio.TooSlowError: not within `CONNECT_TIMEOUT`.
    """
    with trio.fail_after(CONNECT_TIMEOUT):
        stream = await trio.open_tcp_stream(target.host, target.port)
    async with behind(stream, network, seed) if network else stream as carrier:
        context = target.context()
        if context is None:
            yield carrier
            return
        secured = trio.SSLStream(carrier, context, server_hostname=target.host, https_compatible=True)
        try:
            with trio.fail_after(CONNECT_TIMEOUT):
                await secured.do_handshake()
        except trio.BrokenResourceError as error:
            raise TlsFailed(why_no_tls(error.__cause__)) from error
        async with secured:
            yield secured


def is_fault_of_tester(error: BaseException) -> bool:
    """Whether a connection failed for want of something on this side."""
    return any(isinstance(one, OSError) and one.errno in _SHORT_OF for one in _causes(error))


def is_loss(error: BaseException) -> bool:
    """Whether a connection that there was has broken."""
    lost = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError)
    return any(isinstance(one, lost) for one in _causes(error))


def cause_of(error: BaseException) -> str:
    """What is at the bottom of ``error``; the wrappers around it say little or nothing."""
    if isinstance(error, TlsFailed):
        return str(error)
    if isinstance(error, ConnectionRejected):
        if _leads_to_https(error):
            return "it speaks TLS: write https:// instead of http://"
        told = "" if error.status_code in NO_ROOM else "; is that a game server?"
        return f"HTTP {error.status_code} instead of a WebSocket{told}"
    said = type(error).__name__
    for cause in _causes(error):
        said = _system_said(cause) or str(cause) or said
    return said


def _leads_to_https(rejected: ConnectionRejected) -> bool:
    headers = dict(rejected.headers or ())
    return rejected.status_code in REDIRECTS and headers.get(b"location", b"").startswith(b"https://")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """``error``, what caused it, and what caused that; of several at once the first."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        deeper = cause.__cause__
        cause = leaves(deeper)[0] if isinstance(deeper, BaseExceptionGroup) else deeper


def _system_said(error: BaseException) -> str:
    """What a number of the operating system's means; names that are not found and TLS have numbers of their own."""
    number = error.errno if isinstance(error, OSError) and not isinstance(error, ssl.SSLError) else None
    return os.strerror(number) if number and number > 0 else ""
