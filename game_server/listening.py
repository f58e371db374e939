"""The port that a server listens at, and where this machine reaches it."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable
from typing import Final

import trio

from game_server.errors import ConfigError
from game_server.options import ServerOptions

_LOOPBACK: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""What stands for every address of this machine, and one of them."""


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


def inherited(descriptors: Iterable[int]) -> list[trio.SocketListener]:
    """Listeners on sockets that another process has opened, and that listen already."""
    return [trio.SocketListener(trio.socket.from_stdlib_socket(socket.socket(fileno=fd))) for fd in descriptors]


def local_url(options: ServerOptions, listeners: list[trio.SocketListener]) -> str:
    """Where this machine reaches ``listeners``, opened for ``options``."""
    scheme = "http" if options.tls_cert is None else "https"
    bound, port = listeners[0].socket.getsockname()[:2]
    host = _LOOPBACK.get(bound, options.host)
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
