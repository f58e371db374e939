"""Emptying: matches and people leave this node, because an admin drains it, or its process is replaced or ends."""

from __future__ import annotations

import logging
import math
from collections.abc import Collection
from contextlib import suppress
from typing import Final

import trio

from game_server.cluster import Node, NodeCalls
from game_server.errors import RequestRefused
from game_server.lobby import Lobby, Redirects
from game_server.membership.draining import Draining, DrainTerms
from game_server.membership.moving import Moving, Whereto
from game_server.membership.publishing import Publishing
from game_server.protocol import RefusalCode

logger = logging.getLogger("game_server.server")

LONGEST_ROUND: Final = 3600.0
"""Seconds for which a process that is to be replaced waits for rounds to end, where its successor has other rules."""
LEAVE_TIMEOUT: Final = 3.0
"""Seconds that people have to go where they were sent, before a process that was drained ends."""
LOOK_AGAIN: Final = 0.05


class Emptying:
    """Empties this node, as an admin or its supervisor asks. `run` it once.

    Args:
        node: this one.
        lobby: its people and matches.
        redirects: sends people to other nodes.
        moving: of matches to them.
        publishing: lets the others see that this node drains.
        calls: an admin asks for a drain by them, and for its end.
    """

    def __init__(
        self,
        node: Node,
        lobby: Lobby,
        redirects: Redirects,
        moving: Moving,
        publishing: Publishing,
        calls: NodeCalls,
    ) -> None:
        self._node = node
        self._lobby = lobby
        self._redirects = redirects
        self._moving = moving
        self._draining = Draining(lobby.hosting, moving)
        self._publishing = publishing
        self._terms: DrainTerms | None = None
        """How an admin has this node drained; None for not at all."""
        self._ends = False
        """Whether the process is to end, so that no admin can have it take newcomers again."""
        self._asked = trio.Event()
        self._until_asked_again = trio.CancelScope()
        calls.answer("drain", self.begin)
        calls.answer("drain off", self.end)

    async def run(self) -> None:
        """Drain when an admin asks for that, until cancelled: matches then stay where they are.

        After the end of a drain, the host's own matches are opened that it has ended.
        """
        while True:
            await self._asked.wait()
            self._asked = trio.Event()
            with trio.CancelScope() as self._until_asked_again:
                if self._terms is None:
                    logger.info("this node does not drain any more: it opens matches, and takes those of others")
                    await self._lobby.hosting.open_own()
                    continue
                logger.info("this node drains: it opens no more matches, and those that it has leave")
                await self._draining.drain(self._terms)
                logger.info("this node is drained")

    def begin(self, after_round: bool = False, seconds: int = 0, together: Collection[str] = ()) -> str:
        """Let all matches leave this node or end; what an admin is answered. The last one who asks decides how.

        Args:
            after_round: each match plays its round to its end first.
            seconds: after which all that is left ends; 0 for never.
            together: the nodes that are drained by the same command.
        """
        count = len(self._lobby.match_index)
        self._terms = DrainTerms(Whereto.ANYWHERE, after_round=after_round, ends=True, within=seconds or math.inf)
        self._lobby.hosting.draining = True  # with the answer, not when the task has its turn
        self._ask_again()
        why = self._moving.why_nobody_takes(together) or self._draining.why_not_taken
        answer = f"{self._node.name} drains: {count} {'match' if count == 1 else 'matches'} to move"
        return f"{answer}; {why}" if count and why else answer

    def end(self) -> str:
        """Let this node open matches and take newcomers again; what an admin is answered.

        Raises:
            RequestRefused: `STOPPING`; the process is being replaced, or ends.
        """
        if self._ends:
            raise RequestRefused(RefusalCode.STOPPING, f"{self._node.name} goes on draining: its process is to end")
        if not self._lobby.hosting.draining:
            return f"{self._node.name} does not drain"
        self._terms = None
        self._lobby.hosting.draining = False
        self._ask_again()
        return f"{self._node.name} takes newcomers again"

    def _ask_again(self) -> None:
        self._publishing.soon()
        self._until_asked_again.cancel()
        self._asked.set()

    async def make_way(self) -> int:
        """Pass all matches and people on to the other processes of this machine; how many matches had to stay.

        Nobody is sent here meanwhile. If matches had to stay, this process goes on as before. Cancelled, it opens no
        more matches.
        """
        self._ends = True
        if left := await self._draining.drain(DrainTerms(Whereto.THIS_MACHINE, within=LONGEST_ROUND)):
            self._ends = False
            self._lobby.hosting.draining = self._terms is not None
            await self._publishing.publish()
            return left
        await self._send_people_on()
        return 0

    async def retire(self, within: float, *, ends: bool) -> int:
        """Pass all matches and people on to other machines ``within`` seconds; how many matches are left.

        Args:
            within: seconds.
            ends: what no other machine takes ends after its round, and with the time; otherwise it stays.
        """
        self._ends = True
        left = await self._draining.drain(DrainTerms(Whereto.OTHER_MACHINES, ends=ends, within=within))
        await self._send_people_on()
        return left

    async def _send_people_on(self) -> None:
        for person in list(self._lobby.people):
            with suppress(RequestRefused):
                if person.stays_in is None and not self._redirects.send_to_lobby(person):
                    return
        with trio.move_on_after(LEAVE_TIMEOUT):
            while True:
                await trio.sleep(LOOK_AGAIN)
                if not self._lobby.people:
                    break
