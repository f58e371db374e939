"""The other nodes of a cluster, as the lobby of one sees them: who is there, and which matches they have."""

from __future__ import annotations

from game_server.cluster import Neighbours, Node, PublishedMatch, Ticket, Tickets
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.match_index import MatchIndex
from game_server.lobby.opened_elsewhere import OpenedElsewhere
from game_server.lobby.redirects import Redirects
from game_server.lobby.sessions import match_in
from game_server.protocol import PRIVATE, WITH_PASSWORD, ClientMessage, Join, MatchRow, Resume, Watch


class OtherNodes:
    """Knows what the other nodes have.

    Args:
        neighbours: what is known of them.
        tickets: let people in there.
        node: this one.

    Attributes:
        redirects: sends people there.
        opened: counts what they have, for the limits on opening matches.
    """

    def __init__(self, neighbours: Neighbours, tickets: Tickets, node: Node) -> None:
        self.neighbours = neighbours
        self.redirects = Redirects(neighbours, tickets, node)
        self.opened = OpenedElsewhere(neighbours, node)
        self._node = node

    @property
    def people(self) -> int:
        """People who are connected to other nodes."""
        return int(self.neighbours.people)

    def rows(self) -> list[MatchRow]:
        """The matches of the others that are not private, as the lobby lists them."""
        return [match.row for _, match in self.neighbours.matches() if not match.row.flags & PRIVATE]

    async def locate(self, message: ClientMessage, index: MatchIndex[HostedMatch], ticket: Ticket | None) -> None:
        """Find out which node has the match that ``message`` names, so that it can be handled without waiting."""
        match message:
            case Join() | Watch():
                code = message.match.strip().upper()
            case Resume():
                code = match_in(message.token)
            case _:
                return
        if code and index.get(code) is None:
            await self.neighbours.find(code, for_certain=ticket is not None and ticket.code == code)

    @property
    def are_all_known(self) -> bool:
        """Whether what is known nowhere is nowhere: the directory answers, and no node of this machine is missing."""
        missing = set(self._node.machine_others) - set(self.neighbours.summaries)
        return not (missing or self.neighbours.directory_is_gone)

    def has(self, code: str) -> bool:
        """Whether another node has the match with ``code``, as far as is known here."""
        return self.neighbours.node_of(code.strip().upper()) is not None

    def shows(self, code: str) -> bool:
        """Whether the match with ``code`` is in the list of another node, and has no password."""
        code, secret = code.strip().upper(), PRIVATE | WITH_PASSWORD
        return any(match.row.id == code and not match.row.flags & secret for _, match in self.neighbours.matches())

    def busier(self, than: int) -> PublishedMatch | None:
        """The match of the others with most people that may be watched, if they are more than ``than``."""
        found = [match for _, match in self.neighbours.matches() if match.is_watchable and match.row.people > than]
        return max(found, key=lambda match: match.row.people, default=None)

    def is_of_this_machine(self, name: str) -> bool:
        """Whether the node called ``name`` is a process of this machine."""
        return name in self._node.machine_nodes
