"""Moving: a match goes from this node to another, or comes from one."""

from __future__ import annotations

import enum
import logging
from collections.abc import Collection
from contextlib import suppress
from typing import Final

import trio

from game_server.cluster import MOVE_ANSWER, Neighbours, Node, NodeCalls, NodeSummary, Offer, unpack_offer
from game_server.errors import DirectoryUnavailable, GameServerError, RequestRefused
from game_server.lobby import HostedMatch, Hosting, MatchOwnership
from game_server.membership.publishing import Publishing
from game_server.protocol import MAX_SERVER_TEXT, RefusalCode

logger = logging.getLogger("game_server.server")

MOVE_PATIENCE: Final = MOVE_ANSWER - 0.5
"""Seconds after which an admin is answered that a match is on its way: the directory may be gone meanwhile."""
MOST_OFFERS: Final = 64
"""Matches that wait to be taken over; what is offered beyond that goes on where it was."""
MOST_TARGETS: Final = 8
"""Nodes that one match is offered to in a row: the emptiest ones, of which a cluster of a thousand nodes has enough."""
_OFFERS: Final = "offers:"
"""Begins the channel on which a node is offered matches."""


class Whereto(enum.Enum):
    """The nodes to which matches may go."""

    ANYWHERE = "any node of the cluster"
    THIS_MACHINE = "the other workers of this supervisor"
    OTHER_MACHINES = "nodes of other supervisors"


class Moving:
    """Passes matches on to other nodes, and takes over what they offer. `run` it once.

    Args:
        node: this one.
        ownership: of the matches here.
        hosting: runs them.
        neighbours: the other nodes.
        calls: to them.
        publishing: lets them see what has changed.
    """

    def __init__(
        self,
        node: Node,
        ownership: MatchOwnership,
        hosting: Hosting,
        neighbours: Neighbours,
        calls: NodeCalls,
        publishing: Publishing,
    ) -> None:
        self._node = node
        self._ownership = ownership
        self._hosting = hosting
        self._neighbours = neighbours
        self._calls = calls
        self._publishing = publishing
        self._offered, self._offers = trio.open_memory_channel[Offer](MOST_OFFERS)
        self._rules: dict[tuple[str, float, str], str] = {}
        """Versions of rules, by node, the start of its process, and game: they are what it has loaded then."""
        calls.answer("stays", ownership.refused)
        calls.answer("move", self._asked, within=MOVE_ANSWER)
        calls.answer("rules", hosting.rules_of)
        calls.hear(self.channel(calls.name), self._hear)

    @staticmethod
    def channel(name: str) -> str:
        """The channel on which the node ``name`` is offered matches."""
        return _OFFERS + name

    async def run(self) -> None:
        """Take over what is offered, until cancelled."""
        async with trio.open_nursery() as nursery:
            async for offer in self._offers:
                nursery.start_soon(self._take_over, offer)

    async def move(self, code: str, to: str, *, afresh: bool = False) -> str:
        """Pass the match with ``code`` on to the node ``to``.

        Args:
            afresh: it begins again there, with its people in their seats: the rules of that node are others.

        Returns:
            Why that node has not taken it; empty if it has.
        """
        return await self._ownership.move(code, to, self.channel(to), afresh=afresh)

    async def targets(self, whereto: Whereto) -> list[NodeSummary]:
        """The nodes that can take matches, those with fewest people first."""
        await self._neighbours.look()
        found = [node for node in self._open_nodes(whereto) if not node.is_full]
        return sorted(found, key=lambda node: (node.people, node.matches))[:MOST_TARGETS]

    def may_be_taken(self, whereto: Whereto) -> bool:
        """Whether there may be a node that can take a match, though not just now."""
        if whereto is Whereto.THIS_MACHINE:
            return bool(self._node.machine_others)  # one that is started again is not seen at once
        return self._neighbours.directory_is_gone or bool(self._open_nodes(whereto))

    async def has_other_rules(self, match: HostedMatch, node: NodeSummary) -> bool:
        """Whether the rules of ``match`` are others at ``node``; no if it does not answer, and may refuse the match."""
        game = match.options.game.name
        key = node.name, node.started, game
        if key not in self._rules:
            try:
                answer = await self._calls.ask(node.name, "rules", game)
                there = {node.name for node in self._neighbours.summaries.values()}
                self._rules = {known: rules for known, rules in self._rules.items() if known[0] in there}
                self._rules[key] = answer
            except (GameServerError, trio.TooSlowError):
                return False
        return self._rules[key] != self._hosting.rules_of(game)

    def game_is_gone(self, match: HostedMatch, whereto: Whereto) -> bool:
        """Whether all nodes that take matches have said, when asked for their rules, that they lack the game."""
        nodes, game = self._open_nodes(whereto), match.options.game.name
        return bool(nodes) and all(self._rules.get((node.name, node.started, game)) == "" for node in nodes)

    def show_soon(self) -> None:
        """Let the other nodes see soon whether this one drains."""
        self._publishing.soon()

    def why_nobody_takes(self, besides: Collection[str] = ()) -> str:
        """Why no other node takes matches, as far as is known here; empty if one may.

        Args:
            besides: nodes that are about to drain as well.
        """
        others = [node for node in self._neighbours.summaries.values() if node.name not in besides]
        if self._neighbours.directory_is_gone:
            return "the directory does not answer just now, and nothing moves or ends until it does"
        if set(self._node.machine_others) - set(besides) - set(self._neighbours.summaries):
            return ""  # a worker that is being started
        if not others:
            return "there is no other node: they end after their rounds"
        if all(node.draining for node in others):
            return "all other nodes drain: they end after their rounds"
        if all(node.draining or node.is_full for node in others):
            return "all other nodes are full or drain: they end after their rounds unless that changes within 15 s"
        return ""

    def _open_nodes(self, whereto: Whereto) -> list[NodeSummary]:
        near = self._node.machine_nodes
        return [
            node
            for node in self._neighbours.summaries.values()
            if not node.draining
            and (whereto is Whereto.ANYWHERE or (node.name in near) == (whereto is Whereto.THIS_MACHINE))
        ]

    async def _asked(self, code: str, to: str) -> str:
        """Pass a match on, as an admin asks.

        Raises:
            RequestRefused: the match is not here, or the other node does not take it; the reason says why.
        """
        match = self._hosting.match_index.find(code)
        if to == self._node.name:
            raise RequestRefused(RefusalCode.BAD_OPTION, f"{match.name} ({match.id}) is at {to} already")
        with trio.move_on_after(MOVE_PATIENCE):
            await self._neighbours.look()
            # A match that is offered to a node that is gone would stand still in vain.
            gone = not (self._neighbours.is_fresh(to) or self._neighbours.directory_is_gone)
            why = f"{to} does not answer" if gone else await self.move(match.id, to)
            if not why:
                return f"{match.name} ({match.id}) goes on at {to}"
            text = f"{match.name} ({match.id}) stays at {self._node.name}, as {why}"
            raise RequestRefused(RefusalCode.BUSY, text[:MAX_SERVER_TEXT], 1)
        return f"{match.name} ({match.id}) is on its way to {to}"

    def _hear(self, data: bytes) -> None:
        if offer := unpack_offer(data):
            with suppress(trio.WouldBlock):
                self._offered.send_nowait(offer)

    async def _take_over(self, offer: Offer) -> None:
        code = offer.claim.code
        try:
            await self._ownership.take_over(offer)
        except GameServerError as error:
            logger.warning("match %s cannot go on here: %s", code, error)
            with suppress(DirectoryUnavailable, trio.TooSlowError):
                await self._calls.ask(offer.claim.node, "stays", code, f"{self._node.name} does not take it: {error}")
