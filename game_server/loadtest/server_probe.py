"""Checks of a server before and between runs: whether it answers, and how many of its seats are taken."""

from __future__ import annotations

import json
from typing import Final

import trio

from game_server.client import HTTP_ERRORS, Target, http_get, open_stream, root_cause

LEAVE_WITHIN: Final = 40.0
"""Seconds; a server holds the seat of a lost connection for 30 by default."""
_INTERVAL: Final = 0.5
"""Seconds from one look to the next."""


async def why_unreachable(target: Target) -> str | None:
    """Return why no connection to ``target`` can be opened; None if one can."""
    try:
        async with open_stream(target):
            return None
    except (OSError, trio.TooSlowError, trio.BrokenResourceError) as error:
        return f"could not connect: {root_cause(error)}"


async def seats_taken(target: Target) -> int | None:
    """Return how many seats are taken, held ones included: in the match of ``target``, or in all listed matches.

    None if that is unknown: it is not a server of ours, or the match is private.
    """
    try:
        matches = await http_get(target, "/api/matches", json.loads)
        taken = {match["id"]: int(match["people"]) for match in matches}
    except (*HTTP_ERRORS, ValueError, KeyError, TypeError):
        return None
    return taken.get(target.match.upper()) if target.match else sum(taken.values())


async def wait_until_left(target: Target, before: int | None) -> int:
    """Wait until at most ``before`` seats are taken, for `LEAVE_WITHIN` at most; returns how many more still are."""
    still = 0
    with trio.move_on_after(LEAVE_WITHIN):
        while before is not None:
            now = await seats_taken(target)
            still = max(0, (now or 0) - before)
            if not still:
                break
            await trio.sleep(_INTERVAL)
    return still
