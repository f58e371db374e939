"""Counts of what a process has exchanged with its peers."""

from __future__ import annotations

from collections import Counter

import attrs

from game_server.transport.websocket.link import Link


@attrs.define(eq=False)
class Traffic:
    """Counts of all WebSockets since the process began; `totals` adds those of the links that are open.

    Attributes:
        links: those that are open.
        messages_in, messages_out, bytes_in, bytes_out: of links that have ended, and what went the fast path
            of `SeatedSockets`.
        skipped: snapshots that links refused that have ended.
        closes: links that have ended, by close code and whether the peer chose it.
        refused: connections that were turned away because there were too many.
    """

    links: set[Link] = attrs.field(factory=set)
    messages_in: int = 0
    messages_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    skipped: int = 0
    closes: Counter[tuple[int, bool]] = attrs.field(factory=Counter)
    refused: int = 0

    def ended(self, link: Link) -> None:
        """Add what ``link``, which is gone, has exchanged."""
        self.links.discard(link)
        self.closes[link.ended_with()[0], link.ended_by_peer] += 1
        self._add(link)

    def totals(self) -> Traffic:
        """The same with the open links counted in."""
        total = attrs.evolve(self)
        for link in self.links:
            total._add(link)
        return total

    def _add(self, link: Link) -> None:
        self.messages_in += link.messages_in
        self.messages_out += link.messages_out
        self.bytes_in += link.bytes_in
        self.bytes_out += link.bytes_out
        self.skipped += link.skipped
