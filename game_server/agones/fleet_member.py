"""A server as a member of a fleet: ready, allocated while people play, and counted."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Final

import attrs
import trio

from game_server.agones.load import Load
from game_server.agones.sidecar import GameServer, Sidecar
from game_server.client import HTTP_ERRORS, HttpError, root_cause

logger = logging.getLogger("game_server.agones")

PING_EVERY: Final = 2.0
"""Seconds. Agones wants a ping every 5 s by default; its own examples send one every 2 s."""
LOOK_EVERY: Final = 0.5
"""Seconds between two looks at the load, which cost no call unless it has changed."""
FIRST_WAIT: Final = 0.25
"""Seconds after a call that failed, doubled with each in a row up to `PING_EVERY`: a sidecar that comes back should
hear of the server before Agones gives it up (15 s by default)."""
UNCOUNTED_FOR: Final = 60.0
"""Seconds until a counter that was refused is tried again: most likely the fleet does not declare it."""
EMPTY_FOR: Final = 60.0
"""Seconds without anything to keep after which an allocated server is ready again.

A match without people is kept for as long, and people whom an allocator has sent here take a while to come.
"""
SHUTDOWN_WITHIN: Final = 3.0

GONE: Final = ("Shutdown", "Unhealthy", "Error")
"""States that a server cannot leave."""
UP: Final = ("Ready", "Reserved", "Allocated")
"""States of a server that was ready once."""


@attrs.define
class Lifecycle:
    """Decides which state the server should ask for, sans-I/O.

    The server allocates itself when somebody takes a seat, since people come by a link and not only through an
    allocator, and Agones deletes servers that are only ready: when a fleet shrinks, or gets a new version. For the same
    reason it is ready again when it is empty: until then a rolling update waits for it. It never undoes what an
    allocator has just done: an allocation begins `EMPTY_FOR` again. ``Reserved`` is left to those who have reserved it.

    A server that drains is never ready, so that no allocator sends anybody there, and is shut down when it is empty.
    """

    _server: GameServer = GameServer("")
    _idle_since: float = 0.0

    def saw(self, server: GameServer, now: float) -> None:
        """Note what Agones says at the time ``now`` (seconds). Only an allocated server can be idle."""
        if server.last_allocated != self._server.last_allocated or self._server.state != "Allocated":
            self._idle_since = max(self._idle_since, now)
        self._server = server

    def wanted(self, load: Load, now: float) -> str:
        """The state to ask for, ``Ready``, ``Allocated`` or ``Shutdown``; empty for none."""
        if load.kept:
            self._idle_since = now
        state, is_idle = self._server.state, now - self._idle_since >= EMPTY_FOR
        if not state or state in GONE or state == "RequestReady":
            return ""
        if state not in UP:  # first ready: Agones gives the server its address on the way to it
            return "Ready" if load.open else ""
        if is_idle and not load.open:
            return "Shutdown"
        if load.kept or not load.open:
            return "" if state == "Allocated" else "Allocated"
        return "Ready" if is_idle else ""

    def asked(self, state: str) -> None:
        """Note that ``state`` was asked for. Agones takes a moment, and may not do it: it is asked again later."""
        self._server = attrs.evolve(self._server, state="RequestReady" if state == "Ready" else state)


class FleetMember:
    """Speaks for a server to the sidecar. Nothing that the sidecar does holds the server up.

    Args:
        sidecar: of the pod.
        load: returns what the server has to do.
        works: returns whether its ticks go on; if not, Agones hears nothing and after a while replaces the server.
            Asked by the task that pings, so that a process whose ticks hang does not ping.
    """

    def __init__(self, sidecar: Sidecar, load: Callable[[], Load], works: Callable[[], bool]) -> None:
        self._sidecar = sidecar
        self._load = load
        self._works = works
        self._serves = False
        self._lifecycle = Lifecycle()
        self._ask_at = 0.0
        self._counted: dict[str, int] = {}
        self._uncounted_until: dict[str, float] = {}
        self._failing: set[str] = set()

    def opened(self) -> None:
        """Note that the server accepts players."""
        self._serves = True

    async def run(self) -> None:
        """Ping, and report what changes, until cancelled."""
        async with trio.open_nursery() as nursery:
            # Two tasks, so that no other call that is slow delays a ping.
            nursery.start_soon(self._repeat, "pings", self._ping, PING_EVERY)
            nursery.start_soon(self._repeat, "states and counts", self._report, LOOK_EVERY)

    async def shut_down(self) -> None:
        """Report that the server has ended: Agones deletes it. Tries for `SHUTDOWN_WITHIN` seconds."""
        trouble = "no answer in time"
        with trio.move_on_after(SHUTDOWN_WITHIN):
            while True:
                try:
                    await self._sidecar.ask_for("Shutdown")
                    return
                except HTTP_ERRORS as error:
                    trouble = _words(error)
                await trio.sleep(FIRST_WAIT)
        logger.warning("the sidecar of Agones does not know that this server has ended: %s", trouble)

    async def _ping(self) -> None:
        if self._works() or not self._serves:  # a server that starts may have many matches to play again
            await self._sidecar.health()

    async def _report(self) -> None:
        if trio.current_time() >= self._ask_at:
            self._lifecycle.saw(await self._sidecar.game_server(), trio.current_time())
            self._ask_at = trio.current_time() + PING_EVERY
        if not self._serves:
            return
        load = self._load()
        if state := self._lifecycle.wanted(load, trio.current_time()):
            await self._sidecar.ask_for(state)
            self._lifecycle.asked(state)
            logger.info("asked Agones for the state %s", state)
        await self._count("players", load.players)
        await self._count("matches", load.matches)

    async def _count(self, name: str, count: int) -> None:
        now = trio.current_time()
        if self._counted.get(name) == count or now < self._uncounted_until.get(name, 0.0):
            return
        try:
            await self._sidecar.count(name, count)
        except HttpError as error:
            if not error.status:
                raise
            await self._sidecar.game_server()  # if this fails as well, it is not the counter
            if name not in self._uncounted_until:
                logger.warning("Agones does not count %s: %s; declare the counter in the fleet", name, _words(error))
            self._uncounted_until[name] = now + UNCOUNTED_FOR
        else:
            self._counted[name] = count
            self._uncounted_until.pop(name, None)

    async def _repeat(self, what: str, call: Callable[[], Awaitable[None]], every: float) -> None:
        """Call again and again, with ``every`` seconds in between; while it fails, with those of the back-off."""
        again = FIRST_WAIT
        while True:
            wait = every
            try:
                await call()
            except HTTP_ERRORS as error:
                if not self._failing:  # one line for a sidecar that is away, however many calls that concerns
                    logger.warning("the sidecar of Agones: %s; trying again", _words(error))
                self._failing.add(what)
                wait, again = again, min(2 * again, PING_EVERY)
            else:
                again = FIRST_WAIT
                if self._failing == {what}:
                    logger.info("the sidecar of Agones answers again")
                self._failing.discard(what)
            await trio.sleep(wait)


def _words(error: BaseException) -> str:
    if isinstance(error, trio.TooSlowError):
        return "no answer in time"
    if isinstance(error, HttpError):
        body = error.body.decode("utf-8", "replace").strip()
        return f"{error}: {body!r}" if body else str(error)
    return root_cause(error)
