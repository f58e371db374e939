"""HTTP GET requests to a server: its metrics, and its list of matches."""

from __future__ import annotations

import http.client
import urllib.request
from collections.abc import Callable
from typing import Final, TypeVar

import trio

from game_server.client.target import Target

T = TypeVar("T")

_TIMEOUT: Final = 5.0
"""Seconds without a byte."""

HTTP_ERRORS: Final = (OSError, http.client.HTTPException)
"""What `http_get` raises; an HTTP status of 400 or more is a `urllib.error.HTTPError`, which is an OSError."""


async def http_get(target: Target, path: str, parse: Callable[[bytes], T]) -> T:
    """Return what ``parse`` makes of the body of the response to ``GET path``.

    Both run in a thread, so that parsing a large body holds nobody up. Cancelled, it leaves the thread behind.

    Raises:
        OSError, http.client.HTTPException: there is no response, or it is an error; see `HTTP_ERRORS`.
        Exception: whatever ``parse`` raises.
    """

    def get() -> T:
        with urllib.request.urlopen(url, timeout=_TIMEOUT, context=target.context()) as response:
            return parse(response.read())

    url = f"{'https' if target.tls else 'http'}://{target.authority}{path}"
    return await trio.to_thread.run_sync(get, abandon_on_cancel=True)
