"""Membership: what makes one server of several processes, put together."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

import trio

from game_server.cluster import (
    LocalDirectory,
    Neighbours,
    Node,
    NodeCalls,
    SharedBudgets,
    SharedCounts,
    Tickets,
    open_directory,
)
from game_server.lobby import (
    LOBBY_CHANNEL,
    Administration,
    AnsweredRequests,
    Lobby,
    MatchOwnership,
    OtherNodes,
    SharedAdministration,
    SharedChat,
    SharedNames,
)
from game_server.membership.emptying import Emptying
from game_server.membership.moving import Moving
from game_server.membership.placing import NodePlacing
from game_server.membership.publishing import Publishing
from game_server.membership.spreading import Spreading

logger = logging.getLogger("game_server.server")

NUMBERS_WITHIN: Final = 20.0
"""Seconds for the other nodes of the machine to start, and to be started again if they hang; a lease lapses in 10."""
ASK_AGAIN: Final = 0.25
"""Seconds after which a node that has not answered is asked again: it may not have listened yet."""


class Membership:
    """Makes one server of several processes. `run` it once.

    Args:
        node: the place of this process among them.
        lobby: of this process.
        administration: of this process.
        stopping: returns whether this process stops.

    Attributes:
        calls: to the other nodes.
        neighbours: what is known of them.
        placing: which process a WebSocket is for.
        publishing: what the others see of this one.
        moving: of matches, from here and to here.
        emptying: of this node.
        spreading: of matches over the workers of this machine.
    """

    def __init__(self, node: Node, lobby: Lobby, administration: Administration, stopping: Callable[[], bool]) -> None:
        self._node = node
        self._lobby = lobby
        heard = (*NodeCalls.channels(node.name), Moving.channel(node.name), LOBBY_CHANNEL)
        self._directory = open_directory(node, heard)
        self._near = LocalDirectory(node.directory) if node.redis else None
        self.calls = NodeCalls(self._directory, node.name, self._near, node.machine_nodes)
        self.neighbours = Neighbours(self._directory, node.name, node.machine)
        tickets = Tickets(node.key, time.time)
        others = OtherNodes(self.neighbours, tickets, node)
        lobby.others, lobby.match_index.others = others, others.opened
        lobby.answered = AnsweredRequests(node.key, self._directory, self.calls, self.neighbours, lobby.match_index)
        self._names = lobby.shared_names = SharedNames(node.key, self._directory, self.neighbours)
        self.placing = NodePlacing(node, lobby, self.neighbours, tickets)
        self.publishing = Publishing(node, lobby, others.opened, self._directory, stopping)
        self._ownership = MatchOwnership(node.name, self._directory, lobby.hosting, others, self.publishing.soon)
        self.moving = Moving(node, self._ownership, lobby.hosting, self.neighbours, self.calls, self.publishing)
        self.emptying = Emptying(node, lobby, others.redirects, self.moving, self.publishing, self.calls)
        self.spreading = Spreading(node, lobby.hosting, self.moving, self.neighbours)
        self._chat = SharedChat(lobby.chat, self._directory, self.calls, lambda: self.neighbours.summaries)
        self._administration = SharedAdministration(administration, self.calls, self.neighbours, node.machine_nodes)
        self._budgets = SharedBudgets(lobby.context.throttling, self.calls)
        connections = lobby.context.throttling.connections
        self._counts = SharedCounts(connections, self.calls, node.machine_others, self.neighbours.is_fresh)
        self.calls.answer("numbers", self._numbers)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Take part until cancelled. It has started when the others can be seen, and matches can be opened.

        Raises:
            ConfigError: another node has the name of this one, or the directory can never be used.
        """
        async with trio.open_nursery() as nursery:
            await nursery.start(self._directory.run)
            if self._near:
                await nursery.start(self._near.run)
            await self.publishing.wait_for_name()  # before calls to that name are answered here
            await nursery.start(self.calls.run)
            await self._ownership.begin()
            nursery.start_soon(self._ownership.run)
            await self.neighbours.look()
            for part in (
                self.neighbours, self._chat, self._names, self._budgets, self._counts, self._administration,
                self.publishing, self.moving, self.emptying,
            ):  # fmt: skip
                nursery.start_soon(part.run)
            task_status.started()

    @property
    def nodes(self) -> list[str]:
        """The names of all nodes of this machine, this one included, whether they answer or not."""
        return list(self._node.machine_nodes)

    def is_open(self, code: str) -> bool | None:
        """Whether everybody is shown the match with ``code``, which another node has; None if there is none."""
        found = [match.is_open for _, match in self.neighbours.matches() if match.row.id == code]
        return found[0] if found else None

    async def taken(self) -> set[int]:
        """The numbers of matches of the host that other nodes of this machine have.

        They were moved there, and are not opened again here. Nodes that are being started are waited for: they may be
        about to recover some.
        """
        taken, missing = set[int](), set(self._node.machine_others)
        with trio.move_on_after(NUMBERS_WITHIN):
            while missing:
                answers = await self.calls.ask_all(missing, "numbers", within=ASK_AGAIN)
                taken.update(number for numbers in answers.values.values() for number in numbers)
                missing -= set(answers.values)
        if missing:
            logger.warning("%s may have matches that are opened here again: no answer", ", ".join(sorted(missing)))
        return taken

    async def _numbers(self) -> list[int]:
        hosting = self._lobby.hosting
        await hosting.recovered.wait()
        return hosting.numbers
