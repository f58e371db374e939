"""The error of a failed or lost connection, with a reason in the same words for every kind of client."""

from __future__ import annotations

import errno
import os
import ssl
from collections.abc import Iterator
from typing import Final

from game_server.client.trust import TlsError
from game_server.errors import GameServerError, leaves
from game_server.protocol import CloseCode

_LOCAL_SHORTAGES: Final = frozenset((errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL, errno.ENOBUFS, errno.ENOMEM))
"""Errors of a machine that has no files, ports or memory left to connect with."""


class ConnectError(GameServerError):
    """The server did not let a client in, or did not keep it.

    Attributes:
        code: the close code; 1006 if the connection ended without a close frame, None if there was no connection.
        refusal: the `RefusalCode` if the request was refused.
        turned_away: whether the server refused the client or had no room for it.
        local_shortage: whether this machine had no files, ports or memory left to connect with.
    """

    def __init__(
        self,
        reason: str,
        *,
        code: int | None = None,
        refusal: int | None = None,
        turned_away: bool = False,
        local_shortage: bool = False,
    ) -> None:
        super().__init__(reason)
        self.code = code
        self.refusal = refusal
        self.turned_away = turned_away or refusal is not None
        self.local_shortage = local_shortage

    @classmethod
    def because(cls, error: BaseException) -> ConnectError:
        """Describe a connection that failed with ``error``."""
        if _is_connection_loss(error):
            return cls.closed(None)
        return cls(f"could not connect: {root_cause(error)}", local_shortage=_is_local_shortage(error))

    @classmethod
    def closed(cls, code: int | None, reason: str | None = "") -> ConnectError:
        """Describe a connection that was closed; ``code`` is None or 1006 if it ended without a close frame."""
        if code is None or code == CloseCode.ABNORMAL:
            return cls("connection lost", code=int(CloseCode.ABNORMAL))
        return cls(f"closed with {code} {reason or ''}".rstrip(), code=code)


def root_cause(error: BaseException) -> str:
    """Describe the innermost cause of ``error``: the wrappers around it say little or nothing."""
    if isinstance(error, TlsError):
        return str(error)
    text = type(error).__name__
    for cause in _causes(error):
        text = _system_message(cause) or str(cause) or text
    return text


def _is_local_shortage(error: BaseException) -> bool:
    return any(isinstance(one, OSError) and one.errno in _LOCAL_SHORTAGES for one in _causes(error))


def _is_connection_loss(error: BaseException) -> bool:
    lost = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError)
    return any(isinstance(one, lost) for one in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield ``error``, its cause, the cause of that and so on; of a group of causes the first."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        deeper = cause.__cause__
        cause = leaves(deeper)[0] if isinstance(deeper, BaseExceptionGroup) else deeper


def _system_message(error: BaseException) -> str:
    """Describe an errno; failed name look-ups and TLS have numbers of their own, which `os.strerror` does not know."""
    number = error.errno if isinstance(error, OSError) and not isinstance(error, ssl.SSLError) else None
    return os.strerror(number) if number and number > 0 else ""
