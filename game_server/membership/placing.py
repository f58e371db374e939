"""Placing: which process of the machine a WebSocket is for."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import trio

from game_server.cluster import Neighbours, Node, NodeSummary, Tickets
from game_server.lobby import Lobby

FAILED_FOR: Final = 5.0
"""Seconds for which no newcomer is handed to a process that has not taken one over: after them it is killed."""
UNEVEN: Final = 8
"""People by which another process may have fewer before newcomers without a match are handed over to it."""


class NodePlacing:
    """Sends each connection to the process that has its match. It is the `Placing` of the transport.

    Args:
        node: this one.
        lobby: its people and matches.
        neighbours: the other nodes.
        tickets: let people in who were sent here.
    """

    def __init__(self, node: Node, lobby: Lobby, neighbours: Neighbours, tickets: Tickets) -> None:
        self._node = node
        self._lobby = lobby
        self._neighbours = neighbours
        self._tickets = tickets
        self._handed_over: dict[str, tuple[int, int]] = {}
        """By node, the serial of what it had published last, and the people handed over to it since."""
        self._failed: dict[str, float] = {}
        """Nodes that have not taken a connection over, and until when no newcomer is handed to them."""

    async def place(self, code: str, ticket: str) -> Path | None:
        """As `Placing.place`: a named match's own process, or for no match one with clearly fewer people."""
        if not code:
            return self._less_busy()
        if self._lobby.match_index.get(code) is not None:
            return None
        sent = self._tickets.read(ticket) if ticket else None
        name = await self._neighbours.find(code, for_certain=sent is not None and sent.code == code)
        return self._node.socket_of(name) if name and name in self._node.machine_others else None

    def failed(self, path: Path) -> None:
        """As `Placing.failed`."""
        self._failed[path.stem] = trio.current_time() + FAILED_FOR

    def origins(self) -> Iterable[str]:
        """As `Placing.origins`."""
        return self._neighbours.urls

    def takes(self, ticket: str) -> bool:
        """As `Placing.takes`."""
        return self._tickets.use(ticket)

    @property
    def others_take_newcomers(self) -> bool:
        """Whether another process of the machine takes those who come here, as far as it is known to work."""
        return any(map(self._takes_newcomers, self._neighbours.summaries.values()))

    def _less_busy(self) -> Path | None:
        near = [node for node in self._neighbours.summaries.values() if self._takes_newcomers(node)]
        if not near:
            return None
        best = min(near, key=self._people_at)
        uneven = -math.inf if self._lobby.hosting.draining else UNEVEN
        if self._people_at(best) + uneven > len(self._lobby.people):
            return None
        self._handed_over[best.name] = best.serial, self._handed_over_to(best) + 1
        return self._node.socket_of(best.name)

    def _people_at(self, node: NodeSummary) -> int:
        return node.people + self._handed_over_to(node)

    def _handed_over_to(self, node: NodeSummary) -> int:
        serial, people = self._handed_over.get(node.name, (node.serial, 0))
        return people if serial == node.serial else 0

    def _takes_newcomers(self, node: NodeSummary) -> bool:
        works = self._neighbours.is_fresh(node.name) and self._failed.get(node.name, 0.0) <= trio.current_time()
        return works and node.name in self._node.machine_nodes and not node.draining
