"""The seats of a match: who has which, who has lost the connection, and until when a seat is kept.

::

    FREE --take--> TAKEN --lose--> HELD --resume--> TAKEN
                     |  ^            |
                     |  '--replace   |
                     '-- give up ----'--> FREE

Seats of bots are not in here: to people they are as good as free.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator

import attrs

from game_server.errors import GameServerError
from game_server.lobby.access.sessions import Session, no_such_session


class SeatState(enum.Enum):
    """What may be said of a seat."""

    FREE = "free"
    TAKEN = "taken"
    HELD = "held"


class SeatError(GameServerError):
    """A seat was asked for what its state does not allow: a fault of the caller's."""


@attrs.define
class Seat:
    """One seat. ``until`` is when it is free again, while it is held."""

    session: Session
    state: SeatState = SeatState.TAKEN
    until: float = 0.0


class Seats:
    """Every seat of a match as one state machine. ``now`` is in seconds of any steady clock.

    Args:
        count: how many there are.
        hold: seconds for which one is kept after its connection is lost.
    """

    def __init__(self, count: int, hold: float) -> None:
        self.count = count
        self.hold = hold
        self._seats: dict[int, Seat] = {}

    def __len__(self) -> int:
        """Seats that people have: taken or held."""
        return len(self._seats)

    def __iter__(self) -> Iterator[int]:
        """The players who have them, those who were first there first."""
        return iter(self._seats)

    @property
    def has_room(self) -> bool:
        """Whether one more person finds a seat."""
        return len(self._seats) < self.count

    def state(self, player: int) -> SeatState:
        """Of the seat ``player``."""
        seat = self._seats.get(player)
        return seat.state if seat else SeatState.FREE

    def take(self, player: int, session: Session) -> None:
        """FREE to TAKEN, for as long as ``session`` goes on."""
        if player in self._seats or not 0 <= player < self.count:
            raise SeatError(f"seat {player} of {self.count} cannot be taken: it is {self.state(player).value}")
        self._seats[player] = Seat(session)

    def lose(self, player: int, now: float) -> None:
        """TAKEN to HELD: the connection is lost."""
        seat = self._in(player, SeatState.TAKEN)
        seat.state, seat.until = SeatState.HELD, now + self.hold

    def resume(self, session: Session, now: float) -> SeatState:
        """HELD to TAKEN; or, to replace its connection, TAKEN to TAKEN. What it was is returned.

        Raises:
            RequestRefused: `NO_SUCH_SESSION`; the seat is free, due to be, or somebody else's.
        """
        seat = self._seats.get(session.player)
        if seat is None or seat.session != session or (seat.state is SeatState.HELD and seat.until <= now):
            raise no_such_session()
        was, seat.state = seat.state, SeatState.TAKEN
        return was

    def give_up(self, player: int) -> None:
        """TAKEN, or HELD, to FREE."""
        if self._seats.pop(player, None) is None:
            raise SeatError(f"seat {player} cannot be given up: it is free")

    def due(self, now: float) -> list[int]:
        """Seats that have been held for long enough: to be given up."""
        return [player for player, seat in self._seats.items() if seat.state is SeatState.HELD and seat.until <= now]

    def _in(self, player: int, state: SeatState) -> Seat:
        seat = self._seats.get(player)
        if seat is None or seat.state is not state:
            raise SeatError(f"seat {player} is {self.state(player).value}, and not {state.value}")
        return seat
