"""How a match reaches those who are in it: an outlet for each, and a wire for all. Nothing here waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from game_server.protocol.inputs import Received


class Outlet(Protocol):
    """The connection of one player or spectator, as the match sees it.

    ``round_trip`` is what the server has measured of it, in seconds; 0 while it has not.
    """

    @property
    def round_trip(self) -> float:
        """Seconds."""
        ...

    def drain(self) -> list[bytes]:
        """Every message that has come since the last call, in order."""
        ...

    def send(self, message: bytes, /) -> None:
        """Write ``message``, in order and without fail while the connection lives."""
        ...

    def try_send(self, message: bytes, /) -> bool:
        """Write ``message``, in order, unless so much of this kind waits that it had better be left out: then False."""
        ...

    def offer(self, snapshot: bytes, /) -> bool:
        """Write ``snapshot`` if what was offered before is out; False if it is not, and nothing was taken."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Close when what was sent is out."""
        ...


class Wire(Protocol):
    """What carries the outlets' bytes: whatever can be done for all players at once is done here.

    Attributes:
        first: the number that player 0 has where several wires' bytes come in together.
    """

    first: int

    def admit(self, player: int, outlet: Outlet) -> None:
        """``outlet`` is that of ``player`` from now on."""
        ...

    def dismiss(self, player: int) -> None:
        """``player`` has no outlet any more; it is left as it is."""
        ...

    def receive(self) -> Received:
        """Bring in what has come."""
        ...

    def write(self, players: Sequence[int], events: Sequence[bytes], snapshots: Sequence[bytes]) -> None:
        """Have `flush` write to each of ``players`` a message of events, if it is not b"", and a snapshot.

        None may be larger than `MAX_SERVER_MESSAGE_BYTES`: what is brought out for all matches at once cannot fail
        for one.
        """
        ...

    def flush(self) -> None:
        """Bring out what was written, sent and offered."""
        ...

    def skipped(self) -> list[int]:
        """Those whose snapshot was not taken, as by `Outlet.offer`, since the last call; their events were."""
        ...


class Outlets:
    """The wire of outlets that see to their bytes themselves."""

    first = 0

    def __init__(self) -> None:
        self._outlets: dict[int, Outlet] = {}
        self._skipped: list[int] = []

    def admit(self, player: int, outlet: Outlet) -> None:
        """``outlet`` is that of ``player`` from now on."""
        self._outlets[player] = outlet

    def dismiss(self, player: int) -> None:
        """``player`` has no outlet any more."""
        self._outlets.pop(player, None)

    def receive(self) -> Received:
        """Whatever has come is still in the outlets."""
        return Received(sorted(self._outlets))

    def write(self, players: Sequence[int], events: Sequence[bytes], snapshots: Sequence[bytes]) -> None:
        """Send events and offer snapshots, at once."""
        for player, told, snapshot in zip(players, events, snapshots, strict=True):
            outlet = self._outlets[player]
            if told:
                outlet.send(told)
            if not outlet.offer(snapshot):
                self._skipped.append(player)

    def flush(self) -> None:
        """They do."""

    def skipped(self) -> list[int]:
        """Those whose snapshot was not taken since the last call."""
        skipped, self._skipped = self._skipped, []
        return skipped
