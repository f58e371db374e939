"""Why there is no connection, in words and codes."""

from __future__ import annotations

import errno
import ssl

import pytest

from game_server.client import ConnectError


def wrapped(cause: BaseException) -> OSError:
    """As trio raises it: the cause in a group, below an error of its own."""
    error = OSError("all attempts to connect failed")
    error.__cause__ = ExceptionGroup("attempts", [cause])  # type: ignore[type-var]
    return error


@pytest.mark.parametrize(
    ("error", "said", "code", "short"),
    [
        (wrapped(OSError(errno.EMFILE, "")), "could not connect: Too many open files", None, True),
        (wrapped(OSError(errno.EADDRNOTAVAIL, "")), "could not connect: Cannot assign requested address", None, True),
        (wrapped(OSError(errno.ECONNREFUSED, "")), "could not connect: Connection refused", None, False),
        (OSError("no such host"), "could not connect: no such host", None, False),
        (TimeoutError(), "could not connect: TimeoutError", None, False),
        (ssl.SSLError(1, "wrong version"), "could not connect: ('wrong version',)", None, False),
        (wrapped(ConnectionResetError(errno.ECONNRESET, "")), "connection lost", 1006, False),
        (BrokenPipeError(), "connection lost", 1006, False),
    ],
)
def test_an_error_is_described_by_its_innermost_cause(
    error: BaseException, said: str, code: int | None, short: bool
) -> None:
    told = ConnectError.because(error)
    if not isinstance(error, ssl.SSLError):
        assert str(told) == said
    assert (told.code, told.local_shortage) == (code, short)


@pytest.mark.parametrize(
    ("code", "reason", "said", "told"),
    [
        (None, "", "connection lost", 1006),
        (1006, "whatever", "connection lost", 1006),
        (4001, "kicked", "closed with 4001 kicked", 4001),
        (4001, None, "closed with 4001", 4001),
        (1000, "", "closed with 1000", 1000),
    ],
)
def test_a_close_is_described_by_code_and_reason(code: int | None, reason: str | None, said: str, told: int) -> None:
    error = ConnectError.closed(code, reason)
    assert (str(error), error.code, error.local_shortage) == (said, told, False)
