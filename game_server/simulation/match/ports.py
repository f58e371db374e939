"""The seam between matches and sockets: what a match asks of a connection, and of what carries many."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from game_server.protocol import Ids, Received, Snapshots
from game_server.simulation.replication.replication import Replication
from game_server.simulation.world.game import Newcomer


class Outlet(Protocol):
    """The connection of one player or spectator, as the match sees it. No call waits."""

    @property
    def round_trip(self) -> float:
        """Seconds from a ping to its pong, as measured by the server; 0 before the first measurement."""
        ...

    def drain(self) -> list[bytes]:
        """Take every message that has come since the last call, in order."""
        ...

    def send(self, message: bytes, /) -> None:
        """Queue ``message``: in order, and reliably while the connection lives."""
        ...

    def try_send(self, message: bytes, /) -> bool:
        """Queue ``message`` in order, unless too much of this kind waits already; returns whether it was queued."""
        ...

    def offer(self, snapshot: bytes, /) -> bool:
        """Queue ``snapshot`` unless an earlier one still waits; returns whether it was queued."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Close the connection once everything queued is out."""
        ...


class Wire(Protocol):
    """The connections of all players whose matches tick together, read and written in batches. No call waits.

    Players have the numbers of their `TickGroup`: the base of the match plus the number within the match.
    """

    def admit(self, player: int, outlet: Outlet, /) -> None:
        """Serve ``player`` through ``outlet`` from now on."""
        ...

    def dismiss(self, player: int, /) -> None:
        """Stop serving ``player``, whose outlet stays open."""
        ...

    def receive(self) -> Received:
        """Take in what has come since the last call."""
        ...

    def charge(self, player: int, payload: int, /) -> bool:
        """Charge ``player`` for a message of ``payload`` bytes from the first batch that is not an input.

        Returns:
            Whether the player's budget covered it; if not, the message is not to be used.
        """
        ...

    def write(self, players: Ids, events: Sequence[bytes], snapshots: Snapshots, /) -> None:
        """Have `flush` write to each of ``players`` a message of events, unless it is ``b""``, and a snapshot.

        Messages have at most `MAX_SERVER_MESSAGE_BYTES`: a flush serves all matches and must not fail because of one.
        """
        ...

    def flush(self) -> None:
        """Write out everything that was written, sent and offered."""
        ...

    def skipped(self) -> list[int]:
        """Take the players who did not get a snapshot since the last call; their events were queued."""
        ...


class Recorder(Hashable, Protocol):
    """What keeps a match to be watched later, by one who sees everything. No call waits."""

    def record(self, replication: Replication, events: bytes, /) -> None:
        """Take the tick last captured, and the message of its events; ``b""`` for none."""
        ...

    def restart(self) -> None:
        """Begin with every row: the changes of the next tick do not follow on what was recorded last."""
        ...

    def send(self, message: bytes, /) -> bool:
        """Take a message to everybody that came after the tick last recorded; returns whether there is room for it."""
        ...


class MatchJournal(Hashable, Protocol):
    """What keeps a match so that it can be played again. No call waits."""

    def came(self, player: int, newcomer: Newcomer, /) -> None:
        """Log that ``newcomer`` has taken the seat ``player`` after the tick simulated last."""
        ...

    def left(self, player: int, /) -> None:
        """Log that ``player`` has given the seat up after the tick simulated last."""
        ...

    def ordered(self, order: int, /) -> None:
        """Log that the host has given ``order`` after the tick simulated last."""
        ...

    def commanded(self, player: int, number: int, values: tuple[int | str, ...], /) -> None:
        """Log what the rules do, after the tick simulated last, because ``player`` asks for it."""
        ...

    @property
    def ticks(self) -> TickJournal:
        """What logs the ticks of the match, and of others."""
        ...

    def place(self, first: int, /) -> tuple[int, ...]:
        """Say which match it is, to `ticks`: four numbers, or none if its ticks are not logged.

        Args:
            first: where its player 0 is in the inputs.
        """
        ...

    @property
    def interval(self) -> int:
        """Ticks from one call of `ticked` to the next; the same for all that tick together."""
        ...

    @property
    def due_in(self) -> int:
        """Ticks from the one just simulated to the next after which `ticks` is to call `ticked`."""
        ...

    def ticked(self, *, kept: bool) -> None:
        """Log what is due after the tick just simulated.

        Args:
            kept: whether `ticks` has logged its inputs; if not, this is called at once.
        """
        ...

    def failed(self, inputs: npt.NDArray[np.uint16], /) -> None:
        """Log the ``inputs`` of all seats in the tick in which the rules have raised: ``(3, seats)``."""
        ...

    def desynced(self) -> None:
        """Keep what was logged when the match is over: a client reports that it was shown something wrong."""
        ...


class TickJournal(Protocol):
    """What logs the ticks of all matches of a process. No call waits."""

    def ticked(
        self, group: object, journals: Sequence[tuple[MatchJournal, int]], inputs: npt.NDArray[np.uint16], /
    ) -> None:
        """Log the tick just simulated of some matches; nobody has been sent anything of it.

        Args:
            group: what drives all of them, and no others.
            journals: of the matches, each with the place of its player 0 in ``inputs``.
            inputs: buttons, aim and behind that each player has used: ``(3, players)``.
        """
        ...


class DirectWire:
    """A `Wire` over outlets that move their own bytes: nothing is batched.

    A match has one of its own while no group drives it.
    """

    def __init__(self) -> None:
        self._outlets: dict[int, Outlet] = {}
        self._skipped: list[int] = []

    def admit(self, player: int, outlet: Outlet, /) -> None:
        """Serve ``player`` through ``outlet``."""
        self._outlets[player] = outlet

    def dismiss(self, player: int, /) -> None:
        """Stop serving ``player``."""
        self._outlets.pop(player, None)

    def receive(self) -> Received:
        """Name every player: what has come is still in the outlets."""
        return Received(sorted(self._outlets))

    def charge(self, player: int, payload: int, /) -> bool:  # noqa: ARG002 - nothing comes in batches
        """Never refuse: nothing comes in batches."""
        return True

    def write(self, players: Ids, events: Sequence[bytes], snapshots: Snapshots, /) -> None:
        """Send the events and offer the snapshots at once."""
        for at, (player, message) in enumerate(zip(players.tolist(), events, strict=True)):
            outlet = self._outlets[player]
            if message:
                outlet.send(message)
            if not outlet.offer(snapshots.message(at)):
                self._skipped.append(player)

    def flush(self) -> None:
        """Do nothing: `write` has already written."""

    def skipped(self) -> list[int]:
        """Take the players whose outlet refused a snapshot since the last call."""
        skipped, self._skipped = self._skipped, []
        return skipped
