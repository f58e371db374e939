"""The entry of the swarm's clients: connections, handshakes and seats, many at a time."""

from __future__ import annotations

import select
import time
from collections import deque
from collections.abc import Callable
from typing import Final

import attrs

from game_server.client import ConnectError
from game_server.loadtest.network.model import Network
from game_server.loadtest.swarm.connecting import HEARD, Conversation, DelayedConnection, RawConnection, ServerAddress
from game_server.loadtest.swarm.delayed_io import DelayedIO
from game_server.loadtest.swarm.protocol_adapter import ProtocolAdapter, SwarmSeat
from game_server.protocol import Elsewhere

JOINING: Final = 128
"""Clients that may be entering at the same time; with a simulated network each counts for less."""
NEXT_DOOR: Final = 0.05
"""Round trip, in seconds, at which twice as many clients may enter at a time: delayed ones must not hold up others."""
AT_ONCE: Final = 16
"""Connections begun in one step; more would delay the clients that are in."""
PATIENCE: Final = 10.0
"""Seconds for an answer."""
_FAR_APART: Final = 1009
"""Difference between the seeds of two connections: those of processes differ by 1, and must not overlap."""
_ATTEMPTS_APART: Final = 1_000_003
"""Difference between two attempts of a client, counted in clients: more than there ever are."""


@attrs.frozen
class EntryRequest:
    """A client that is to enter.

    Attributes:
        match: the code of a match; empty for any.
        due: when it was due, on the monotonic clock.
        token: of the seat that it had before; empty for none.
        network: the simulated network in between; None for none.
        attempt: how often the client has entered before.
        sent: with which a server has sent the client elsewhere, and the address of that server; None to ask the first.
    """

    number: int
    match: str
    due: float
    token: str = attrs.field(default="", repr=False)
    network: Network | None = None
    attempt: int = 0
    sent: tuple[Elsewhere, ServerAddress] | None = attrs.field(default=None, repr=False)


@attrs.define
class _Entering:
    request: EntryRequest
    conversation: Conversation[tuple[RawConnection, SwarmSeat]]
    connection: RawConnection
    began: float
    fd: int = -1

    @property
    def takes(self) -> float:
        """Share of one of the `JOINING` places: a delayed client mostly waits, and costs little meanwhile."""
        network = self.request.network
        return 1 / (1 + network.round_trip / NEXT_DOOR) if network else 1.0


class EntryQueue:
    """Lets clients enter, many at a time, first come first served.

    Args:
        delayed_io: carries the connections that have a simulated network in between.
        seed: of the random numbers of those.
        admit: called with each client that got a seat.
        turn_away: called with each client that got none, and the reason.
        note_wait: called with the seconds that each client waited for others before its connection was begun.
    """

    def __init__(
        self,
        adapter: ProtocolAdapter,
        address: ServerAddress,
        delayed_io: DelayedIO,
        seed: int,
        admit: Callable[[EntryRequest, RawConnection, SwarmSeat], None],
        turn_away: Callable[[EntryRequest, ConnectError], None],
        note_wait: Callable[[float], None],
    ) -> None:
        self._adapter = adapter
        self._address = address
        self._delayed_io = delayed_io
        self._seed = seed
        self._admit = admit
        self._turn_away = turn_away
        self._note_wait = note_wait
        self._waiting: deque[EntryRequest] = deque()
        self._entering: dict[int, _Entering] = {}
        self._hearing: set[int] = set()
        self._poll = select.epoll()

    @property
    def empty(self) -> bool:
        """Whether no client is entering or waiting to."""
        return not self._waiting and not self._entering

    def enter(self, request: EntryRequest) -> None:
        """Let a client enter as soon as possible."""
        self._waiting.append(request)

    def give_up(self, number: int) -> bool:
        """Withdraw the request of the client with this number; returns whether there was one."""
        for request in self._waiting:
            if request.number == number:
                self._waiting.remove(request)
                return True
        for fd, entering in list(self._entering.items()):
            if entering.request.number == number:
                self._end(fd, entering)
                return True
        return False

    def step(self) -> None:
        """Resume every conversation that can go on, and begin new ones."""
        for _ in range(AT_ONCE):
            if not self._waiting or sum(entering.takes for entering in self._entering.values()) > JOINING - 1:
                break
            self._begin(self._waiting.popleft())
        if not self._entering:
            return
        for fd, _ in self._poll.poll(0):
            self._poll.unregister(fd)
            self._resume(self._entering.pop(fd))
        for fd in [fd for fd in self._hearing if self._entering[fd].connection.ready]:
            self._hearing.discard(fd)
            self._resume(self._entering.pop(fd))
        now = time.monotonic()
        for fd, entering in list(self._entering.items()):
            if now < entering.began + PATIENCE:
                break  # They are in the order in which they last heard from the server.
            self._end(fd, entering)
            self._turn_away(entering.request, ConnectError(f"no answer within {PATIENCE:g} s"))

    def close(self) -> None:
        """Close all connections that are still entering."""
        for fd, entering in list(self._entering.items()):
            self._end(fd, entering)
        self._poll.close()

    def _begin(self, request: EntryRequest) -> None:
        self._note_wait(time.monotonic() - request.due)
        try:
            connection = self._connection(request)
        except OSError as error:
            self._turn_away(request, ConnectError.because(error))
            return
        sent = request.sent[0] if request.sent else None
        conversation = self._adapter.join(connection, request.match, request.number, request.token, sent)
        self._resume(_Entering(request, conversation, connection, time.monotonic()))

    def _connection(self, request: EntryRequest) -> RawConnection:
        address = request.sent[1] if request.sent else self._address
        if request.network is None:
            return RawConnection(address)
        seed = self._seed + _FAR_APART * (request.number + _ATTEMPTS_APART * request.attempt)
        return DelayedConnection(address, self._delayed_io, request.network, seed)

    def _resume(self, entering: _Entering) -> None:
        try:
            fd, event = next(entering.conversation)
        except StopIteration as done:
            connection, seat = done.value
            self._admit(entering.request, connection, seat)
        except (ConnectError, OSError) as error:
            entering.connection.close()
            self._turn_away(entering.request, error if isinstance(error, ConnectError) else ConnectError.because(error))
        else:
            self._entering[fd] = entering
            if event == HEARD:
                self._hearing.add(fd)
            else:
                self._poll.register(fd, event)

    def _end(self, fd: int, entering: _Entering) -> None:
        del self._entering[fd]
        if fd in self._hearing:
            self._hearing.discard(fd)
        else:
            self._poll.unregister(fd)
        entering.connection.close()
