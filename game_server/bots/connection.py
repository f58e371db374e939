"""A stream to a server, and why there is none."""

from __future__ import annotations

import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import trio
from trio_websocket import ConnectionRejected

from game_server.bots.network import Network
from game_server.bots.relay import behind
from game_server.bots.target import Target
from game_server.errors import leaves

Stream = trio.SocketStream | trio.SSLStream[trio.SocketStream]

CONNECT_TIMEOUT: Final = 10.0


@asynccontextmanager
async def connected(target: Target, network: Network | None = None, seed: int = 0) -> AsyncIterator[Stream]:
    """A stream to ``target``: the library leaves its socket open when the server closes first; this one is ours."""
    with trio.fail_after(CONNECT_TIMEOUT):
        stream = await trio.open_tcp_stream(target.host, target.port)
    async with behind(stream, network, seed) if network else stream as carrier:
        if not target.tls:
            yield carrier
            return
        secured = trio.SSLStream(
            carrier, ssl.create_default_context(), server_hostname=target.host, https_compatible=True
        )
        async with secured:
            yield secured


def cause_of(error: BaseException) -> str:
    """What is at the bottom of ``error``; the wrappers around it say little or nothing."""
    if isinstance(error, ConnectionRejected):
        return f"HTTP {error.status_code} instead of a WebSocket; is that a game server?"
    said = type(error).__name__
    cause: BaseException | None = error
    while cause is not None:
        said = _system_said(cause) or str(cause) or said
        deeper = cause.__cause__
        cause = leaves(deeper)[0] if isinstance(deeper, BaseExceptionGroup) else deeper
    return said


def _system_said(error: BaseException) -> str:
    """What a number of the operating system's means; names that are not found and TLS have numbers of their own."""
    number = error.errno if isinstance(error, OSError) and not isinstance(error, ssl.SSLError) else None
    return os.strerror(number) if number and number > 0 else ""
