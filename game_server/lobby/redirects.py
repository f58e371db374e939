"""Redirects: people are sent to the node that has what they ask for, with a ticket that lets them in there."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

import trio

from game_server.cluster import Neighbours, Node, NodeSummary, PublishedMatch, Ticket, Tickets
from game_server.errors import RequestRefused
from game_server.lobby.person import Person, PersonLink
from game_server.protocol import MAX_HOPS, WEBSOCKET_PATH, Elsewhere, RefusalCode

BACK_AFTER: Final = 1.9
"""Seconds after which somebody who was sent to another machine comes back if it does not answer: pages wait for two."""
SEEN_WITHIN: Final = 1.0
"""Seconds after which it is seen here what a node has published: each looks every half a second, at what may be half a
second old."""
FORGOTTEN_AFTER: Final = 5.0
"""Seconds after which it does not matter who was sent where: a node that stands still is not listed any more."""


class Redirects:
    """Sends people to other nodes.

    Args:
        neighbours: what is known of the other nodes.
        tickets: let people in there.
        node: this one; those of its machine are reached at the same address.
    """

    def __init__(self, neighbours: Neighbours, tickets: Tickets, node: Node) -> None:
        self._neighbours = neighbours
        self._tickets = tickets
        self._node = node
        self._sent: dict[tuple[str, str], float] = {}
        """When somebody was last sent away, by their key and the other machine's node."""

    def expects(self, link: PersonLink) -> Ticket | None:
        """The ticket with which the client of ``link`` was sent here."""
        return self._tickets.read(_ticket_in(link.query)) if link.query else None

    def can_be_reached(self, person: Person, code: str) -> bool:
        """Whether ``person`` can be sent to the node with the match ``code``: it is listed, or of this machine."""
        name = self._neighbours.node_of(code.strip().upper())
        if name in self._node.machine_nodes:
            return True
        node = self._neighbours.summaries.get(name or "")
        return node is not None and not self._is_back_from(person, node)

    def send(self, person: Person, code: str) -> None:
        """Send ``person`` to the node that has the match with ``code``.

        Raises:
            RequestRefused: `BUSY`; they have been sent on as often as clients follow, since the match moves.
        """
        code = code.strip().upper()
        node = self._neighbours.summaries.get(self._neighbours.node_of(code) or "")
        self._send(person, code, node, self._next_hop(person))

    def send_to(self, person: Person, code: str, name: str) -> None:
        """Send ``person`` to the match with ``code``, which is at the node ``name`` from now on."""
        self._send(person, code, self._neighbours.summaries.get(name), self._hops(person) + 1)

    def send_to_lobby(self, person: Person) -> bool:
        """Send ``person``, who is in no match, to the lobby of another node; whether there is one.

        One of this machine is preferred, then the one with fewest people.

        Raises:
            RequestRefused: `BUSY`; they have been sent on as often as clients follow.
        """
        open_ones = [node for node in self._neighbours.summaries.values() if not node.draining]
        node = min(open_ones, key=lambda node: (not self._node.is_near(node), node.people), default=None)
        if node is None:
            return False
        self._send(person, "", node, self._next_hop(person))
        return True

    def fuller(self, person: Person, than: int) -> PublishedMatch | None:
        """The fullest open match of the others that has a seat and more than ``than`` people; None for none.

        Nobody is sent on for ever by nodes each of which knows of a fuller match: after some times the nearest will do.
        """
        if self._hops(person) >= MAX_HOPS - 1:
            return None
        found = [
            match
            for node, match in self._neighbours.matches()
            if match.is_open and match.has_seat and match.row.people > than and not node.draining
            if not self._is_back_from(person, node)
        ]
        return max(found, key=lambda match: match.row.people, default=None)

    def _hops(self, person: Person) -> int:
        """Times in a row that ``person`` was sent to another node: those before are over when the ticket is."""
        ticket = self.expects(person.link) if person.ticket else None
        return ticket.hops if ticket else 0

    def _next_hop(self, person: Person) -> int:
        """The number of the next hop of ``person``.

        Raises:
            RequestRefused: `BUSY`; there have been as many as clients follow.
        """
        hops = self._hops(person) + 1
        if hops > MAX_HOPS:
            raise RequestRefused(RefusalCode.BUSY, "this match moves from node to node; try again", 1)
        return hops

    def _send(self, person: Person, code: str, node: NodeSummary | None, hops: int) -> None:
        if code and node and person.key and not self._node.is_near(node):
            self._note(person.key, node)
        person.send(Elsewhere(self._url(node, code), self._tickets.issue(Ticket(code, hops))))

    def _url(self, node: NodeSummary | None, code: str) -> str:
        path = f"{WEBSOCKET_PATH}?match={quote(code)}"
        if node is None or self._node.is_near(node):
            return path
        return f"ws{node.url.removeprefix('http')}{path}"

    def _note(self, key: str, node: NodeSummary) -> None:
        """Note that the person with this ``key`` is sent to ``node``."""
        now, sent = trio.current_time(), self._sent
        sent.pop((key, node.name), None)
        while sent and next(iter(sent.values())) < now - FORGOTTEN_AFTER:  # the oldest are the first
            del sent[next(iter(sent))]
        sent[key, node.name] = now

    def _is_back_from(self, person: Person, node: NodeSummary) -> bool:
        """Whether ``person`` was sent to ``node`` and is back, and it has not published since: it may stand still."""
        sent_at = self._sent.get((person.key, node.name))
        if sent_at is None or self._neighbours.directory_is_gone or trio.current_time() - sent_at < BACK_AFTER:
            return False
        return self._neighbours.heard_at(node.name) < sent_at + SEEN_WITHIN


def _ticket_in(query: str) -> str:
    """The ticket in the query of a request; empty for none."""
    return next((part.removeprefix("ticket=") for part in query.split("&") if part.startswith("ticket=")), "")
