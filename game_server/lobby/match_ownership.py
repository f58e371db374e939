"""Ownership of the matches of a node: what its claims, gained and lost, mean for matches, journals and people."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from typing import Any

import msgpack
import trio

from game_server.cluster import (
    RENEW_EVERY,
    Claim,
    ClaimNote,
    Directory,
    Offer,
    Ownership,
    drive,
)
from game_server.errors import CodeTaken, JournalError
from game_server.lobby.hosting import Hosting
from game_server.lobby.match.fitted_options import fitted_rules
from game_server.lobby.match.hosted_match import MOVED, HostedMatch
from game_server.lobby.match.match_state import StoredWorld
from game_server.lobby.match.people_journal import StoredMatch, StoredPeople
from game_server.lobby.other_nodes import OtherNodes
from game_server.protocol import HomeCode
from game_server.simulation import Rules

logger = logging.getLogger("game_server.lobby")


class MatchOwnership:
    """Claims the matches of a node, and passes them on. `begin` it before matches are opened, and then `run` it.

    Args:
        node: name of the node.
        directory: of the cluster.
        hosting: runs the matches.
        others: the other nodes.
        changed: called when a match was moved from or to here.
    """

    def __init__(
        self,
        node: str,
        directory: Directory,
        hosting: Hosting,
        others: OtherNodes,
        changed: Callable[[], object],
    ) -> None:
        self._directory = directory
        self._hosting = hosting
        self._others = others
        self._changed = changed
        self._claims = Ownership(node, self, hosting.match_index.free_code, trio.current_time)
        self._is_there = True
        hosting.claims = self

    async def begin(self) -> None:
        """Claim codes for the matches that are about to be opened, if the directory is there."""
        await self._keep()

    async def run(self) -> None:
        """Keep the claims until cancelled; without the directory, matches go on."""
        while True:
            await trio.sleep(RENEW_EVERY)
            await self._keep()

    async def move(self, code: str, to: str, channel: str, *, afresh: bool = False) -> str:
        """Pass the match with ``code`` on to the node ``to``, which listens on ``channel``.

        Cancelled, the move goes on.

        Args:
            afresh: it begins again there, by the rules of that node.

        Returns:
            Why that node has not taken it; empty if it has.
        """
        why, ended = "", trio.Event()

        async def move() -> None:
            nonlocal why
            key = f"move:{secrets.token_urlsafe(9)}"
            why = await drive(self._claims.move_out(code, to, key, channel, afresh=afresh), self._directory)
            ended.set()

        self._hosting.in_background(move)
        await ended.wait()
        return why

    async def take_over(self, offer: Offer) -> None:
        """Take over the match of ``offer``, unless its node has it back already.

        Raises:
            GameServerError: it cannot go on here.
        """
        if await drive(self._claims.move_in(offer), self._directory):
            self._others.neighbours.forget(offer.claim.code)
            self._changed()

    def refused(self, code: str, why: str) -> None:
        """Note ``why`` the other node does not take the match with ``code``."""
        self._claims.refused(code, why)

    # As `Claims`

    def new_code(self, *, needed: bool) -> str | None:
        """As `Claims.new_code`."""
        claim = self._claims.new_match()
        if claim is None and needed:
            code = self._hosting.match_index.free_code()
            self._claims.unclaimed[code] = 0
            return code
        return claim.code if claim else None

    def note_of(self, code: str) -> ClaimNote:
        """As `Claims.note_of`."""
        claim = self._claims.held.get(code)
        return ClaimNote(claim.epoch if claim else self._claims.unclaimed.get(code, 0))

    async def settle(self, code: str, note: ClaimNote) -> bool:
        """As `Claims.settle`."""
        return await drive(self._claims.settle(code, note), self._directory)

    def ended(self, code: str) -> None:
        """As `Claims.ended`."""
        self._claims.ended(code)

    # As `OwnedMatches`

    def freeze(self, offer: Offer, *, afresh: bool) -> bytes:
        """As `OwnedMatches.freeze`."""
        code = offer.claim.code
        match = self._hosting.match_index.get(code)
        if match is None:
            raise JournalError("it has ended")
        match.stand_still()
        try:
            packed = self._pack(match, afresh=afresh)
        except Exception as error:
            match.go_on()
            logger.exception("match %s cannot be moved", code)
            raise JournalError(f"it cannot be packed: {error!r}") from error
        match.people_journal.note(ClaimNote(offer.claim.epoch, offer))
        return packed

    def claimed(self, claim: Claim) -> None:
        """As `OwnedMatches.claimed`."""
        if match := self._hosting.match_index.get(claim.code):
            match.people_journal.note(ClaimNote(claim.epoch))

    def go_on(self, claim: Claim) -> None:
        """As `OwnedMatches.go_on`."""
        match = self._hosting.match_index.get(claim.code)
        if match is None:  # the host of the server has closed it meanwhile
            self._claims.ended(claim.code)
            return
        match.people_journal.note(ClaimNote(claim.epoch))
        match.go_on()

    def moved(self, code: str, to: str, *, afresh: bool) -> None:
        """As `OwnedMatches.moved`."""
        match = self._hosting.match_index.get(code)
        if match is None:
            return
        if afresh:
            logger.info("match %s begins again at %s, by other rules", code, to)
        else:
            logger.info("match %s goes on at %s, from tick %d", code, to, match.match.world.tick)
        match.follow(lambda person: self._others.redirects.send_to(person, code, to))
        self._hosting.match_index.remove(match)
        self._others.neighbours.note(code, to)
        self._changed()

    def fence(self, code: str) -> None:
        """As `OwnedMatches.fence`."""
        if match := self._hosting.match_index.get(code):
            logger.warning("match %s ends here: another node has it", code)
            match.end(HomeCode.ENDED, MOVED)

    def prepare(self, offer: Offer, blob: bytes) -> None:
        """As `OwnedMatches.prepare`."""
        code = offer.claim.code
        if self._hosting.match_index.get(code):
            raise CodeTaken(code, self._claims.node, offer.claim.epoch)
        note, near = ClaimNote(offer.claim.epoch, offer), self._others.is_of_this_machine(offer.claim.node)
        self._hosting.take_in(code, _unpack(blob, self._hosting), note, keeps_number=near)

    def discard(self, code: str) -> None:
        """As `OwnedMatches.discard`."""
        if match := self._hosting.match_index.get(code):
            match.end(HomeCode.ENDED, MOVED)

    def _pack(self, match: HostedMatch, *, afresh: bool) -> bytes:
        """All that there is of a match that stands still; without its world, if it begins again."""
        game = match.match.game
        packed: bytes = msgpack.packb(
            (
                game.name,
                self._hosting.rules_of(game.name),
                match.state.seed,
                game.rules.mode,
                dict(game.rules.chosen),
                None if afresh else match.match.checkpoint(),
                match.match.world.hash(),
                match.people_journal.whole(),
            )
        )
        return packed

    async def _keep(self) -> None:
        is_there = await drive(self._claims.keep(), self._directory)
        if is_there != self._is_there:
            self._is_there = is_there
            if is_there:
                logger.info("the directory is there again: %d matches are claimed", len(self._claims.held))
            else:
                logger.warning("the directory is gone: matches go on, and %d can begin", len(self._claims.stock))


def _unpack(blob: bytes, hosting: Hosting) -> tuple[StoredMatch, str]:
    """The match in ``blob``, and the hash of its world; empty if it begins again.

    Raises:
        JournalError: it cannot go on here: by other rules, for one.
    """
    try:
        game, rules, seed, mode, chosen, world, world_hash, people = _unpacked(blob)
        begins_again = world is None
        if game not in hosting.games:
            raise JournalError(f"there is no game {game}")
        if hosting.rules_of(game) != rules and not begins_again:
            raise JournalError(f"the rules of {game} are of another version")
        played = Rules(mode, chosen)
        if begins_again:
            played, _ = fitted_rules(hosting.games[game], played)
        stored = StoredWorld(int(seed), played, None if begins_again else bytes(world))
        match = StoredMatch(stored, StoredPeople.read(people, [], hosting.games, changed=begins_again))
        return match, "" if begins_again else str(world_hash)
    except (TypeError, ValueError, KeyError) as error:
        raise JournalError(f"what came of it cannot be read: {error!r}") from error


def _unpacked(blob: bytes) -> Any:
    try:
        return msgpack.unpackb(blob, strict_map_key=False)
    except (ValueError, msgpack.UnpackException) as error:
        raise JournalError(f"what came of it cannot be read: {error!r}") from error
