"""Whether a server can be reached, and whether those of an earlier run have left it."""

from __future__ import annotations

import http.client
import json
import ssl
import urllib.request
from typing import Any, Final

import trio

from game_server.client.connection import cause_of, connected
from game_server.client.target import Target

LEAVE_WITHIN: Final = 40.0
"""Seconds: a server keeps the seat of a connection that is lost for 30."""
_LOOK_EVERY: Final = 0.5
_TIMEOUT: Final = 5.0


async def why_unreachable(target: Target) -> str | None:
    """Why nobody answers there; None when somebody does."""
    try:
        async with connected(target):
            return None
    except (OSError, trio.TooSlowError, trio.BrokenResourceError) as error:
        return f"could not connect: {cause_of(error)}"


async def people(target: Target) -> int | None:
    """How many seats people have, lost ones included: in the match of ``target``, or in all that are listed.

    None where that is not told: it is no server of ours, or the match is private.
    """
    scheme = "https" if target.tls else "http"
    url = f"{scheme}://{target.authority}/api/matches"
    try:
        matches = await trio.to_thread.run_sync(_get, url, target.context(), abandon_on_cancel=True)
        taken = {match["id"]: int(match["people"]) for match in matches}
    except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException):
        return None
    return taken.get(target.match.upper()) if target.match else sum(taken.values())


async def wait_until_left(target: Target, before: int | None) -> int:
    """Wait until no more seats are taken than ``before``, for `LEAVE_WITHIN` at most; how many more there still are."""
    still = 0
    with trio.move_on_after(LEAVE_WITHIN):
        while before is not None:
            now = await people(target)
            still = max(0, (now or 0) - before)
            if not still:
                break
            await trio.sleep(_LOOK_EVERY)
    return still


def _get(url: str, context: ssl.SSLContext | None) -> Any:
    with urllib.request.urlopen(url, timeout=_TIMEOUT, context=context) as response:
        return json.load(response)
