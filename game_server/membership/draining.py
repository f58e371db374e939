"""Draining: a node opens no more matches, and those that it has leave for other nodes, or end."""

from __future__ import annotations

import logging
import math
from typing import Final

import attrs
import trio

from game_server.lobby import HostedMatch, Hosting
from game_server.membership.moving import Moving, Whereto
from game_server.protocol import HomeCode

logger = logging.getLogger("game_server.server")

ASK_AGAIN: Final = 5.0
"""Seconds after which a node that has not taken a match is asked for another one."""
LOOK_EVERY: Final = 0.25
"""Seconds between two looks at which rounds are over."""
UNTAKEN_FOR: Final = 15.0
"""Seconds for which a match is offered before it is given up: a busy machine makes moves fail, and a node that has just
been started is not seen at once. Three times `ASK_AGAIN`."""
ENDED_BY_DRAIN: Final = "This server is being shut down, and no other one can take the match."
GAME_IS_GONE: Final = "The server goes on without this game."


@attrs.frozen
class DrainTerms:
    """How a node drains.

    Attributes:
        whereto: the nodes to which matches may go.
        after_round: each match plays its round to its end before it goes; otherwise it goes at once.
        ends: a match that no node takes ends when its round is over; otherwise it stays.
        within: seconds; then all that is left ends, or stays.
    """

    whereto: Whereto
    after_round: bool = False
    ends: bool = False
    within: float = math.inf


@attrs.define
class _Leaving:
    """A match that is to leave.

    Attributes:
        rounds: that had been played when it was first looked at.
        given_up_at: when nobody is asked to take it any more; infinite while it waits for the end of its round.
        game_is_gone: whether no other node has its game: newer ones may be without.
    """

    rounds: tuple[int, int]
    given_up_at: float = math.inf
    game_is_gone: bool = False

    def is_in_round(self, match: HostedMatch) -> bool:
        """Whether ``match`` is still in the round in which it was first looked at."""
        return match.rounds == self.rounds and match.round_goes_on

    def offered(self, *, waits: bool, may_be_taken: bool) -> None:
        """Note that nobody has taken it: because it ``waits`` for the end of its round, or though it was offered."""
        now = trio.current_time()
        if waits:
            self.given_up_at = math.inf
        else:
            self.given_up_at = min(self.given_up_at, now + UNTAKEN_FOR if may_be_taken else now)

    @property
    def is_given_up(self) -> bool:
        """Whether no other node takes it."""
        return trio.current_time() >= self.given_up_at


class Draining:
    """Empties a node of its matches.

    A match goes at once to a node with the same rules. To one with other rules it goes when its round is over, and
    begins there again.

    Args:
        hosting: runs the matches.
        moving: passes them on; None if there are no other nodes.
    """

    def __init__(self, hosting: Hosting, moving: Moving | None = None) -> None:
        self._hosting = hosting
        self._moving = moving
        self._refused: dict[str, tuple[float, str]] = {}
        """Nodes that have not taken a match, until when they are not asked, and why they have not."""

    @property
    def why_not_taken(self) -> str:
        """Why other nodes have not taken matches of late; empty if none was refused."""
        now = trio.current_time()
        return "; ".join(dict.fromkeys(why for until, why in self._refused.values() if until > now))

    async def drain(self, terms: DrainTerms) -> int:
        """Let all matches leave, or end, as ``terms`` say; return how many are left.

        From now on no match is opened here, after a cancellation neither.
        """
        self._hosting.draining = True
        if self._moving:
            self._moving.show_soon()
        matches, until = self._hosting.match_index, trio.current_time() + terms.within
        leaving: dict[str, _Leaving] = {}
        while True:
            # A pass asks other nodes and the directory, which may take a second each to say nothing.
            for match in list(matches):
                if trio.current_time() >= until:
                    break
                one, is_here = leaving.setdefault(match.id, _Leaving(match.rounds)), False
                with trio.move_on_at(until):  # a move that has begun goes on until the directory answers
                    is_here = not (match.stands_still or await self._passed_on(match, one, terms))
                may_end = one.game_is_gone or (terms.ends and one.is_given_up)
                if is_here and may_end and not one.is_in_round(match):
                    self._end(match, GAME_IS_GONE if one.game_is_gone else ENDED_BY_DRAIN)
            if trio.current_time() >= until:
                for match in list(matches) if terms.ends else ():
                    self._end(match)
                return len(matches)
            stay = [match for match in matches if match.id in leaving and leaving[match.id].is_given_up]
            if not len(matches) or (not terms.ends and len(stay) == len(matches)):
                return len(matches)
            await trio.sleep(min(LOOK_EVERY, until - trio.current_time()))

    async def _passed_on(self, match: HostedMatch, leaving: _Leaving, terms: DrainTerms) -> bool:
        """Offer ``match`` to other nodes, unless it has to play its round to its end; whether one has taken it."""
        whereto = terms.whereto
        if match.is_empty_and_stays and whereto is not Whereto.THIS_MACHINE:
            # Its own machine opens it again at its next start: with each drain, another machine would have one more.
            if whereto is Whereto.OTHER_MACHINES:
                leaving.offered(waits=False, may_be_taken=False)
                return False
            whereto = Whereto.THIS_MACHINE
        in_round, waits = leaving.is_in_round(match), False
        if not (terms.after_round and in_round):
            targets = await self._targets(match, whereto)
            leaving.game_is_gone = self._moving is not None and self._moving.game_is_gone(match, whereto)
            if leaving.game_is_gone:
                leaving.offered(waits=in_round, may_be_taken=False)
                return False
            for has_other_rules, node in targets:
                if has_other_rules and in_round:
                    waits = True
                    continue
                assert self._moving
                if not (why := await self._moving.move(match.id, node, afresh=has_other_rules)):
                    return True
                if why != self._refused.get(node, (0.0, ""))[1]:
                    logger.info("match %s stays for now: %s", match.id, why)
                self._refused[node] = trio.current_time() + ASK_AGAIN, why
        may_be_taken = self._moving is not None and self._moving.may_be_taken(whereto)
        leaving.offered(waits=waits or (terms.after_round and in_round), may_be_taken=may_be_taken)
        return False

    async def _targets(self, match: HostedMatch, whereto: Whereto) -> list[tuple[bool, str]]:
        """The nodes that ``match`` is offered to, those with the same rules first: whether they have others, and names.

        Those that have not taken a match a short time ago are left out.
        """
        if self._moving is None:
            return []
        found = [
            (await self._moving.has_other_rules(match, node), node.name)
            for node in await self._moving.targets(whereto)
            if self._refused.get(node.name, (0.0, ""))[0] <= trio.current_time()
        ]
        return sorted(found, key=lambda target: target[0])

    def _end(self, match: HostedMatch, text: str = ENDED_BY_DRAIN) -> None:
        logger.info("match %s ends: %s", match.id, text)
        match.end(HomeCode.ENDED, text)
        self._hosting.match_index.remove(match)
