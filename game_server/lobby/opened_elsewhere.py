"""The matches and bots of the other processes of this machine, as the limits on opening matches count them."""

from __future__ import annotations

import hashlib
from typing import Final

import attrs

from game_server.cluster import Neighbours, Node, PublishedMatch

_DIGEST_BYTES: Final = 8


@attrs.frozen
class Opened:
    """What there is on other nodes, as limits count it.

    Attributes:
        matches: all of them.
        from_address: those of them that were opened from one address.
        bots: in those that people opened.
        bots_from_address: in those that were opened from the address.
    """

    matches: int = 0
    from_address: int = 0
    bots: int = 0
    bots_from_address: int = 0


class OpenedElsewhere:
    """Counts what the other nodes of this machine have; other machines have limits of their own.

    Args:
        neighbours: what is known of the other nodes.
        node: this one.
    """

    def __init__(self, neighbours: Neighbours, node: Node) -> None:
        self._neighbours = neighbours
        self._node = node

    def count(self, address: str | None) -> Opened:
        """Count the matches and bots of the other nodes; those from ``address`` by themselves."""
        digest = self.digest(address)
        found = [match for node, match in self._neighbours.matches() if self._node.is_near(node)]
        by_people = [match for match in found if match.opened_from]
        from_address = [match for match in by_people if match.opened_from == digest]
        return Opened(len(found), len(from_address), _bots(by_people), _bots(from_address))

    def digest(self, address: str | None) -> str:
        """What the nodes publish of an address, empty for none: only those that share the key can compare it."""
        if address is None:
            return ""
        return hashlib.blake2b(address.encode(), digest_size=_DIGEST_BYTES, key=self._node.key[:64]).hexdigest()


def _bots(matches: list[PublishedMatch]) -> int:
    return sum(match.row.bots for match in matches)
