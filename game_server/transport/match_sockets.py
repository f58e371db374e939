"""The sockets of matches that tick together: read for all of them at once, and parted by match."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final

import numpy as np

from game_server.protocol.inputs import Batch, Received, Round, read_inputs
from game_server.transport.link import Link
from game_server.transport.tick_sockets import TickSockets
from game_server.transport.traffic import Traffic

_NOTHING: Final = Received([])


class GroupSockets:
    """The sockets of some matches. Each has its `share`, in which players have the match's own numbers.

    Args:
        traffic: counts what comes and goes.
        ring: as for `TickSockets`.
    """

    def __init__(self, traffic: Traffic | None = None, *, ring: bool = True) -> None:
        self.sockets = TickSockets(traffic, ring=ring)
        self._shares: list[MatchSockets] = []
        """By the number of their first seat, ascending."""

    def share(self, seats: int) -> MatchSockets:
        """The sockets of one more match of ``seats`` seats."""
        first = 0
        for share in self._shares:
            if first + seats <= share.first:
                break
            first = share.first + share.seats
        share = MatchSockets(self, first, seats)
        insort(self._shares, share, key=_first)
        return share

    def leave(self, share: MatchSockets) -> None:
        """``share`` is not needed any more; its players have been dismissed."""
        self._shares.remove(share)

    def receive(self) -> None:
        """Read each socket that has bytes once, and let each match have its part.

        Messages of a batch that a match has not taken until the next call are dropped: it has stood still meanwhile.
        """
        mail, batches = self.sockets.receive()
        if not (mail or batches):
            return
        for share in self._shares:
            share.forget()
        firsts = [share.first for share in self._shares]
        for number in mail:
            self._shares[bisect_right(firsts, number) - 1].came(number)
        for batch in batches:
            self._part(batch, firsts)

    def flush(self) -> None:
        """As `TickSockets.flush`, for all matches at once."""
        self.sockets.flush()
        refused = self.sockets.refused()
        if refused:
            firsts = [share.first for share in self._shares]
            for number in refused:
                self._shares[bisect_right(firsts, number) - 1].refuse(number)

    def _part(self, batch: Batch, firsts: list[int]) -> None:
        inputs, others = read_inputs(batch)
        inputs = inputs[np.argsort(inputs.players)]
        bounds = [*np.searchsorted(inputs.players, firsts).tolist(), len(inputs.players)]
        left: dict[int, list[tuple[int, bytes]]] = {}
        for other in others:
            number = int(batch.players[other])
            at = bisect_right(firsts, number) - 1
            left.setdefault(at, []).append((number - firsts[at], batch.message(other)))
        for at, (share, begin, end) in enumerate(zip(self._shares, bounds, bounds[1:], strict=False)):
            if begin < end or at in left:
                rows = inputs[begin:end]
                rows.players[:] -= share.first
                share.received(Round(rows, left.get(at, [])))


class MatchSockets:
    """The wire of one match: some of the sockets of a group, all of which are read together.

    Args:
        group: whose it is.
        first: the number that its player 0 has in the group.
        seats: how many players there may be.
    """

    def __init__(self, group: GroupSockets, first: int, seats: int) -> None:
        self.first = first
        self.seats = seats
        self.group = group
        self._sockets = group.sockets
        self._mail: set[int] = set()
        self._rounds: list[Round] = []
        self._refused: list[int] = []

    def seat(self, link: Link) -> AbstractAsyncContextManager[None]:
        """As `TickSockets.seat`."""
        return self._sockets.seat(link)

    def leave(self) -> None:
        """Give the numbers back; every player has been dismissed."""
        for player in range(self.seats):
            self.dismiss(player)
        self.group.leave(self)

    # The wire

    def admit(self, player: int, outlet: object) -> None:
        """As `TickSockets.admit`."""
        self._sockets.admit(self.first + player, outlet)

    def dismiss(self, player: int) -> None:
        """As `TickSockets.dismiss`."""
        self._sockets.dismiss(self.first + player)

    def receive(self) -> Received:
        """The part of this match in what the group has received last."""
        if not (self._mail or self._rounds):
            return _NOTHING
        received = Received(sorted(self._mail), self._rounds)
        self._mail.clear()
        self._rounds = []
        return received

    def write(self, players: Sequence[int], events: Sequence[bytes], snapshots: Sequence[bytes]) -> None:
        """As `TickSockets.write`."""
        first = self.first
        self._sockets.write([first + player for player in players] if first else players, events, snapshots)

    def flush(self) -> None:
        """As `GroupSockets.flush`: the other matches' bytes go out, too."""
        self.group.flush()

    def refused(self) -> list[int]:
        """As `TickSockets.refused`."""
        refused, self._refused = self._refused, []
        return refused

    # What the group has for it

    def came(self, number: int) -> None:
        """There are messages in the inbox of the group's ``number``."""
        self._mail.add(number - self.first)

    def received(self, round: Round) -> None:
        """There is one message each of several players."""
        self._rounds.append(round)

    def refuse(self, number: int) -> None:
        """The group's ``number`` did not get a snapshot."""
        self._refused.append(number - self.first)

    def forget(self) -> None:
        """Drop the messages that were not taken; inboxes keep theirs, and are still to be drained."""
        self._rounds = []


def _first(share: MatchSockets) -> int:
    return share.first
