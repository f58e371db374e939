"""The sockets of matches that tick together: read for all of them at once, and parted by match."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final

from game_server.protocol.inputs import Batch, InputRows, Received, read_inputs
from game_server.transport.tick_io.socket_set import TickSockets
from game_server.transport.websocket.link import Link
from game_server.transport.websocket.traffic import Traffic

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

    @property
    def put_off(self) -> bool:
        """As `TickSockets.put_off`."""
        return self.sockets.put_off

    def receive(self) -> list[InputRows]:
        """Read each socket that has bytes once, and let each match have what is for it alone.

        What a match has not taken until the next call is dropped, but for its mail: it has stood still meanwhile.

        Returns:
            Inputs, by the numbers that players have in the group; in each element a player has at most one.
        """
        mail, batches = self.sockets.receive()
        for share in self._shares:
            share.forget()
        for number in mail:
            self._of(number).came(number)
        return [self._read(batch, first=not at) for at, batch in enumerate(batches)]

    def flush(self) -> None:
        """As `TickSockets.flush`, for all matches at once."""
        self.sockets.flush()
        for number in self.sockets.skipped():
            self._of(number).skip(number)

    def _read(self, batch: Batch, *, first: bool) -> InputRows:
        inputs, others = read_inputs(batch)
        for other in others:
            number = int(batch.players[other])
            # In the first batch nothing is charged yet, and only inputs are free.
            if not first or self.sockets.charge(number, int(batch.sizes[other])):
                self._of(number).said(number, batch.message(other))
        return inputs

    def _of(self, number: int) -> MatchSockets:
        """Whose player the group's ``number`` is."""
        return self._shares[bisect_right(self._shares, number, key=_first) - 1]


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
        self._others: list[tuple[int, bytes]] = []
        self._skipped: list[int] = []

    def seat(self, link: Link) -> AbstractAsyncContextManager[None]:
        """As `TickSockets.seat`."""
        return self._sockets.seat(link)

    def leave(self) -> None:
        """Dismiss whoever is left, and give the numbers back."""
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
        """The part of this match in what the group has received last, but for inputs that were read in one go."""
        if not (self._mail or self._others):
            return _NOTHING
        received = Received(sorted(self._mail), self._others)
        self._mail.clear()
        self._others = []
        return received

    def write(self, players: Sequence[int], events: Sequence[bytes], snapshots: Sequence[bytes]) -> None:
        """As `TickSockets.write`."""
        first = self.first
        self._sockets.write([first + player for player in players] if first else players, events, snapshots)

    def flush(self) -> None:
        """As `GroupSockets.flush`: the other matches' bytes go out, too."""
        self.group.flush()

    def skipped(self) -> list[int]:
        """As `TickSockets.skipped`."""
        skipped, self._skipped = self._skipped, []
        return skipped

    # What the group has for it

    def came(self, number: int) -> None:
        """There are messages in the inbox of the group's ``number``."""
        self._mail.add(number - self.first)

    def said(self, number: int, message: bytes) -> None:
        """``message`` is what the group's ``number`` says, and no input."""
        self._others.append((number - self.first, message))

    def skip(self, number: int) -> None:
        """The group's ``number`` did not get a snapshot."""
        self._skipped.append(number - self.first)

    def forget(self) -> None:
        """Drop the messages that were not taken; inboxes keep theirs, and are still to be drained."""
        self._others = []


def _first(share: MatchSockets) -> int:
    return share.first
