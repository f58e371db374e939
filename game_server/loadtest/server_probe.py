"""Whether a server can be reached, and whether those of an earlier run have left it."""

from __future__ import annotations

import json
from typing import Final

import trio

from game_server.client import HTTP_ERRORS, Target, http_get, open_stream, root_cause

LEAVE_WITHIN: Final = 40.0
"""Seconds: a server keeps the seat of a connection that is lost for 30."""
_LOOK_EVERY: Final = 0.5


async def why_unreachable(target: Target) -> str | None:
    """Why nobody answers there; None when somebody does."""
    try:
        async with open_stream(target):
            return None
    except (OSError, trio.TooSlowError, trio.BrokenResourceError) as error:
        return f"could not connect: {root_cause(error)}"


async def seats_taken(target: Target) -> int | None:
    """How many seats people have, lost ones included: in the match of ``target``, or in all that are listed.

    None where that is not told: it is no server of ours, or the match is private.
    """
    try:
        matches = await http_get(target, "/api/matches", json.loads)
        taken = {match["id"]: int(match["people"]) for match in matches}
    except (*HTTP_ERRORS, ValueError, KeyError, TypeError):
        return None
    return taken.get(target.match.upper()) if target.match else sum(taken.values())


async def wait_until_left(target: Target, before: int | None) -> int:
    """Wait until no more seats are taken than ``before``, for `LEAVE_WITHIN` at most; how many more there still are."""
    still = 0
    with trio.move_on_after(LEAVE_WITHIN):
        while before is not None:
            now = await seats_taken(target)
            still = max(0, (now or 0) - before)
            if not still:
                break
            await trio.sleep(_LOOK_EVERY)
    return still
