"""Ownership: which matches a node has the right to run, and how it keeps, loses and passes on that right.

Without I/O: the procedures are `Steps`. What makes two owners of one match impossible:

- A new match has a code that nobody has had, from a stock that is claimed in advance.
- A match outlives its process in its journal alone, which one process at a time can open.
- A match that moves stands still until one compare-and-set in the directory has decided whose it is. Who does not know
  the outcome asks until there is an answer, and does not let the match go on before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from game_server.cluster.directory import LEASE, MAX_BLOB, Claim
from game_server.cluster.offers import ClaimNote, Offer, pack_offer
from game_server.cluster.steps import CALL_LASTS, Call, Pause, Steps
from game_server.errors import CodeTaken, DirectoryUnavailable, GameServerError

STOCK: Final = 16
"""Codes in hand: matches that can be opened while the directory is gone, and in a burst."""
LOOK_EVERY: Final = 0.02
"""Seconds between two looks at the outcome of a move: a part of its pause, of which there may be 0.25."""
RETRY_EVERY: Final = 0.25
"""Seconds between two looks while the directory cannot be reached."""
MOVE_TIMEOUT: Final = 3.0
"""Seconds that the other node has to take over a match, before it goes on where it was."""
MOVE_ANSWER: Final = MOVE_TIMEOUT + 2.0
"""Seconds in which a node that is asked to move a match says what became of it."""
BLOB_TTL: Final = 2 * MOVE_TIMEOUT
UNCLAIMED: Final = "it has ended, is being moved already, or waits for the directory"


class OwnedMatches(Protocol):
    """The matches of a node, as ownership sees them. The methods take no time."""

    def freeze(self, offer: Offer, *, afresh: bool) -> bytes:
        """Let the match stand still, note ``offer`` in its journal, and return all that there is of it.

        Args:
            offer: to the other node.
            afresh: it begins again there: without its world.

        Raises:
            GameServerError: it cannot be packed, and goes on.
        """
        ...

    def claimed(self, claim: Claim) -> None:
        """Note in the journal of a match that it goes on under ``claim``."""
        ...

    def go_on(self, claim: Claim) -> None:
        """Let a match that stood still go on, and note ``claim`` in its journal."""
        ...

    def moved(self, code: str, to: str, *, afresh: bool) -> None:
        """Send the people of a match that stood still to the node ``to``, and forget it and its journal.

        Args:
            code: of the match.
            to: the name of the other node.
            afresh: it begins again there.
        """
        ...

    def fence(self, code: str) -> None:
        """End a match at once that has another owner, and forget its journal."""
        ...

    def prepare(self, offer: Offer, blob: bytes) -> None:
        """Open the match in ``blob``, standing still, with ``offer`` in its journal.

        Raises:
            GameServerError: it cannot go on here; nothing has changed.
        """
        ...

    def discard(self, code: str) -> None:
        """Forget a match that was prepared, and its journal."""
        ...


class Ownership:
    """The claims of a node.

    Args:
        node: its name.
        matches: what it runs.
        draw: draws a code that no match of the node has.
        now: a steady clock in seconds.
        stock: codes to have in hand.

    Attributes:
        held: the claims of its matches, by code; also of those that stand still because they were prepared here.
        unclaimed: matches that were recovered while the directory was gone, with the epochs of their journals.
        offered: matches that stand still until it is known who has them.
        stock: claims of codes for new matches.
    """

    def __init__(
        self, node: str, matches: OwnedMatches, draw: Callable[[], str], now: Callable[[], float], *, stock: int = STOCK
    ) -> None:
        self.node = node
        self.held: dict[str, Claim] = {}
        self.unclaimed: dict[str, int] = {}
        self.offered: dict[str, Offer] = {}
        self.awaited: set[str] = set()
        """Codes of matches that were prepared here and may still be the other node's."""
        self.stock: list[Claim] = []
        self._enough = stock
        self._ended: list[Claim] = []
        self._refused: dict[str, str] = {}
        """By the code of a match that was offered, why the other node does not take it."""
        self._renewing = False
        self._matches = matches
        self._draw = draw
        self._now = now

    def new_match(self) -> Claim | None:
        """The claim of a match that is about to be opened; None when there is no code in hand."""
        if not self.stock:
            return None
        claim = self.stock.pop()
        self.held[claim.code] = claim
        return claim

    def ended(self, code: str) -> None:
        """Note that the match with ``code`` has ended: its claim is given up with the next round."""
        self.unclaimed.pop(code, None)
        if claim := self.held.pop(code, None):
            self._ended.append(claim)

    def refused(self, code: str, why: str) -> None:
        """Note ``why`` the node to which the match with ``code`` is offered does not take it."""
        if code in self.offered:
            self._refused[code] = why

    def keep(self) -> Steps[bool]:
        """Renew all claims, claim what has none, give up what has ended, and fill the stock.

        Returns:
            Whether the directory was there.
        """
        try:
            yield from self._renew()
            while self._ended:
                yield Call("release", (self._ended[-1],))
                self._ended.pop()
            for code, journalled in list(self.unclaimed.items()):
                yield from self._claim_again(code, journalled)
            yield from self._fill_stock()
        except DirectoryUnavailable:
            return False
        return True

    def settle(self, code: str, note: ClaimNote) -> Steps[bool]:
        """Find out whether a match of which this node has a journal with ``note`` may go on here."""
        if note.offer is None:
            return (yield from self.recover(code, note.epoch))
        if note.offer.claim.node == self.node:
            return (yield from self.recover_offered(note.offer))
        return (yield from self.recover_prepared(note.offer))

    def recover(self, code: str, journalled: int) -> Steps[bool]:
        """Claim a match of which this node has the journal; whether it may go on.

        Without the directory it may: nobody else has the journal.
        """
        until = self._now() + LEASE + 2 * CALL_LASTS
        while True:
            try:
                self.held[code] = yield Call("claim", (code, self.node, journalled))
                return True
            except CodeTaken as taken:
                if taken.epoch > journalled or self._now() > until:
                    return False
                yield Pause(RETRY_EVERY)  # the lease of the node that had this journal has to lapse
            except DirectoryUnavailable:
                self.unclaimed[code] = journalled
                return True

    def recover_offered(self, offer: Offer) -> Steps[bool]:
        """Find out whose the match is that this node had offered before it died; whether it may go on here."""
        code = offer.claim.code
        self.offered[code] = offer
        claim = yield from self._outcome(offer, self._now())
        del self.offered[code]
        if claim is None:
            return False
        self.held[code] = claim
        return True

    def recover_prepared(self, offer: Offer) -> Steps[bool]:
        """Find out whose the match is that this node had prepared before it died; whether it may go on here."""
        code = offer.claim.code
        self.awaited.add(code)
        yield Pause(CALL_LASTS)  # a last call of the process that died may be on its way
        claim = yield from self._acquired(offer)
        self.awaited.discard(code)
        if claim is None:
            return False
        self.held[code] = claim
        return True

    def move_out(self, code: str, to: str, key: str, inbox: str, *, afresh: bool = False) -> Steps[str]:
        """Pass a match on to the node ``to``; why it goes on here, or has ended, and empty if it is there now.

        Args:
            code: of the match.
            to: the name of the other node.
            key: of the blob that is going to hold the match; unique.
            inbox: the channel of the other node.
            afresh: it begins again there.
        """
        # A renewal under way sets what the directory has forgotten, so that it could undo what the other node does.
        while self._renewing:
            yield Pause(LOOK_EVERY)
        claim = self.held.get(code)
        if claim is None:
            return UNCLAIMED
        try:
            # A directory that has forgotten the claim could not decide whose the match is.
            if (yield Call("renew", (self.node, (claim,)))) or self.held.get(code) != claim:
                return UNCLAIMED
        except DirectoryUnavailable as error:
            return str(error)
        offer = Offer(claim, to, key)
        try:
            blob = self._matches.freeze(offer, afresh=afresh)
        except GameServerError as error:
            return str(error)
        del self.held[code]
        self.offered[code] = offer
        until, why = self._now() + MOVE_TIMEOUT, f"{to} has not answered within {MOVE_TIMEOUT:.0f} s"
        try:
            if len(blob) > MAX_BLOB:
                raise DirectoryUnavailable(f"it has {len(blob)} bytes, and only {MAX_BLOB} can be moved")
            yield Call("put", (key, blob, BLOB_TTL))
            yield Call("say", (inbox, pack_offer(offer)))
        except DirectoryUnavailable as error:
            until, why = self._now(), str(error)
        back = yield from self._outcome(offer, until)
        del self.offered[code]
        why = self._refused.pop(code, why)
        if back is None:
            self._matches.moved(code, to, afresh=afresh)
            return ""
        self.held[code] = back
        self._matches.go_on(back)
        return why

    def move_in(self, offer: Offer) -> Steps[bool]:
        """Take over the match of ``offer``; whether it is here now.

        Raises:
            GameServerError: it cannot go on here.
        """
        code = offer.claim.code
        if code in self.held or code in self.offered or code in self.unclaimed or code in self.awaited:
            raise CodeTaken(code, self.node, offer.claim.epoch)
        self.awaited.add(code)
        try:
            blob = yield Call("take", (offer.key,))
        except DirectoryUnavailable:
            blob = None
        if blob is None:
            self.awaited.discard(code)
            return False
        try:
            self._matches.prepare(offer, blob)
        except GameServerError:
            self.awaited.discard(code)
            raise
        claim = yield from self._acquired(offer, tries=True)
        self.awaited.discard(code)
        if claim is None:
            self._matches.discard(code)
            return False
        self.held[code] = claim
        self._matches.go_on(claim)
        return True

    def _renew(self) -> Steps[None]:
        self._renewing = True
        try:
            lost = yield Call("renew", (self.node, (*self.held.values(), *self.stock)))
        finally:
            self._renewing = False
        for claim in lost:
            if claim in self.stock:
                self.stock.remove(claim)
            elif self.held.get(claim.code) == claim:
                yield from self._claim_again(claim.code, claim.epoch)

    def _claim_again(self, code: str, journalled: int) -> Steps[None]:
        """Claim a match that goes on, or end it if it is another node's.

        A call of this node that was answered too late, or of the process before it, may have made its own claim newer.
        """
        had = self.held.get(code)
        try:
            claim = yield Call("claim", (code, self.node, journalled))
        except CodeTaken:
            claim = None
        if code not in self.unclaimed and (had is None or self.held.get(code) != had):
            return  # it has ended meanwhile, or is being moved
        self.unclaimed.pop(code, None)
        self.held.pop(code, None)
        if claim is None:
            self._matches.fence(code)
        else:
            self.held[code] = claim
            self._matches.claimed(claim)

    def _fill_stock(self) -> Steps[None]:
        for _ in range(self._enough - len(self.stock)):
            try:
                self.stock.append((yield Call("claim", (self._draw(), self.node))))
            except CodeTaken:
                pass  # drawn before, by somebody: the next round draws another one

    def _outcome(self, offer: Offer, until: float) -> Steps[Claim | None]:
        """The claim with which a match that was offered comes back; None when the other node has it.

        The other node has until ``until`` to take it.
        """
        claim, forgotten = offer.claim, None
        while True:
            wait = LOOK_EVERY
            try:
                owner: Claim | None = yield Call("owner", (claim.code,))
                if owner is None:
                    forgotten = self._now() if forgotten is None else forgotten
                    if self._now() - forgotten >= LEASE:
                        # The other node would have set its claim again by now.
                        return (yield from _claim(self.node, claim))
                elif owner.node != self.node:
                    return None
                elif owner.epoch > claim.epoch:
                    return owner  # taken back, by a call whose answer was lost
                elif self._now() >= until or claim.code in self._refused:
                    return (yield from _transfer(claim, self.node))
            except CodeTaken:
                pass  # something has changed between the two calls
            except DirectoryUnavailable:
                wait = RETRY_EVERY
            yield Pause(wait)

    def _acquired(self, offer: Offer, *, tries: bool = False) -> Steps[Claim | None]:
        """The claim with which a match that was prepared is this node's; None when it is not.

        Args:
            offer: of the other node.
            tries: it has not been tried to take the match.
        """
        claim, forgotten = offer.claim, None
        while True:
            try:
                if tries:
                    tries = False
                    return (yield from _transfer(claim, self.node))
                owner: Claim | None = yield Call("owner", (claim.code,))
                if owner is None:
                    forgotten = self._now() if forgotten is None else forgotten
                    if self._now() - forgotten >= LEASE:
                        return (yield from _claim(self.node, claim))
                elif owner.node == self.node and owner.epoch > claim.epoch:
                    return owner
                else:
                    return None
            except CodeTaken:
                pass
            except DirectoryUnavailable:
                pass
            yield Pause(RETRY_EVERY)


def _transfer(claim: Claim, node: str) -> Steps[Claim]:
    moved: Claim = yield Call("transfer", (claim, node))
    return moved


def _claim(node: str, before: Claim) -> Steps[Claim]:
    """Claim what the directory has forgotten, with an epoch above that which the other node may have had."""
    claim: Claim = yield Call("claim", (before.code, node, before.epoch + 1))
    return claim
