"""Spreading: after its workers were replaced, one of which is empty then, a machine has its matches on all of them."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from typing import Final

import trio

from game_server.cluster import Neighbours, Node
from game_server.lobby import Hosting
from game_server.membership.moving import Moving, Whereto

logger = logging.getLogger("game_server.server")

SEEN_WITHIN: Final = 5.0
"""Seconds for a process that has just been started to be seen by the others."""
LOOK_AGAIN: Final = 0.1


class Spreading:
    """Moves matches from this node to workers of its machine with fewer people.

    The load of a node is 1 for each match, and 1 for each seat of a person. A match goes only if its new node does not
    have more than the old one afterwards, and once, so that nothing moves to and fro (`to_move`).

    Args:
        node: this one.
        hosting: runs its matches.
        moving: passes them on.
        neighbours: the other nodes.
    """

    def __init__(self, node: Node, hosting: Hosting, moving: Moving, neighbours: Neighbours) -> None:
        self._node = node
        self._hosting = hosting
        self._moving = moving
        self._neighbours = neighbours

    async def spread(self, stay: Collection[str] = ()) -> list[str]:
        """Move matches until this node has no more than its share; return their codes.

        Args:
            stay: codes of matches that other nodes have moved just now, so that nobody has to move twice.
        """
        await self._wait_for_all()
        moved: dict[str, dict[str, int]] = {}
        while not self._hosting.draining:
            targets = [node.name for node in await self._moving.targets(Whereto.THIS_MACHINE)]
            loads = {name: self._load_of(name, moved.get(name, {})) for name in targets}
            own = {match.id: 1 + match.people for match in self._hosting.match_index}
            chosen = to_move(own, loads, stay)
            if chosen is None or await self._moving.move(*chosen):
                break
            code, to = chosen
            moved.setdefault(to, {})[code] = own[code]
        return [code for codes in moved.values() for code in codes]

    def _load_of(self, name: str, moved: Mapping[str, int]) -> int:
        """The load of the node ``name``, with what was moved there since it has published."""
        row = self._neighbours.rows.get(name)
        published = {match.row.id: 1 + match.row.people for match in row.matches} if row else {}
        return sum({**moved, **published}.values())

    async def _wait_for_all(self) -> None:
        with trio.move_on_after(SEEN_WITHIN):
            while True:
                await self._neighbours.look()
                if all(map(self._neighbours.is_fresh, self._node.machine_others)):
                    return
                await trio.sleep(LOOK_AGAIN)


def to_move(own: Mapping[str, int], others: Mapping[str, int], stay: Collection[str] = ()) -> tuple[str, str] | None:
    """Choose the match that a node moves next, and where it goes; None if that would make nothing more even.

    Each move brings two nodes nearer to one another by twice the load of the match, and never past one another: moved
    back, the match would bring them apart. So moves come to an end, whatever several nodes do one after the other.

    Args:
        own: load of each match of the node.
        others: loads of the other nodes.
        stay: codes of those that are not moved.
    """
    if not others:
        return None
    to = min(others, key=lambda name: (others[name], name))
    gap = sum(own.values()) - others[to]
    fitting = [code for code, load in own.items() if 2 * load <= gap and code not in stay]
    return (max(fitting, key=lambda code: (own[code], code)), to) if fitting else None
