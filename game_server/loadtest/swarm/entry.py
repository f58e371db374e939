"""How the clients of the swarm get in."""

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

JOINING: Final = 128
"""Clients that are let in at the same time, where the way takes no time."""
NEXT_DOOR: Final = 0.05
"""Round trip, in seconds, behind which there are twice as many at the same time, lest the way make others wait."""
AT_ONCE: Final = 16
"""Connections that are begun in one step, lest those who are in have to wait."""
PATIENCE: Final = 10.0
"""Seconds for an answer."""
_FAR_APART: Final = 1009
"""From the seed of one connection to that of the next: processes have seeds that lie side by side."""
_ATTEMPTS_APART: Final = 1_000_003
"""Clients from the seed of one attempt to that of the next: more than there ever are."""


@attrs.frozen
class EntryRequest:
    """A client that wants in.

    Attributes:
        due: when it was to begin, on the monotonic clock.
        token: of the seat that it had; empty for none.
        network: what its connection is put behind; None for nothing.
        attempt: how often it has come before.
    """

    number: int
    match: str
    due: float
    token: str = ""
    network: Network | None = None
    attempt: int = 0


@attrs.define
class _Entering:
    request: EntryRequest
    conversation: Conversation[tuple[RawConnection, SwarmSeat]]
    connection: RawConnection
    began: float
    fd: int = -1

    @property
    def takes(self) -> float:
        """Which part of a place among those who join: most of the time, one from far away is under way."""
        network = self.request.network
        return 1 / (1 + network.round_trip / NEXT_DOOR) if network else 1.0


class EntryQueue:
    """Lets clients in, many at a time.

    Args:
        admit: is given each client that has a seat.
        turn_away: is given each that has none, with the reason.
        note_wait: is told for how many seconds each had to wait for others before its connection was begun.
        delayed_io: has the connections that have a network in between.
        seed: of the chances of those.
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
        """Whether nobody wants in."""
        return not self._waiting and not self._entering

    def enter(self, request: EntryRequest) -> None:
        """Let ``request`` in as soon as possible."""
        self._waiting.append(request)

    def give_up(self, number: int) -> bool:
        """The client of that number does not want in any more; whether it did."""
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
        """Go on with every conversation that can go on."""
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
                break  # They stand in the order in which they last heard of the server.
            self._end(fd, entering)
            self._turn_away(entering.request, ConnectError(f"no answer within {PATIENCE:g} s"))

    def close(self) -> None:
        """Cut all conversations."""
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
        conversation = self._adapter.join(connection, request.match, request.number, request.token)
        self._resume(_Entering(request, conversation, connection, time.monotonic()))

    def _connection(self, request: EntryRequest) -> RawConnection:
        if request.network is None:
            return RawConnection(self._address)
        seed = self._seed + _FAR_APART * (request.number + _ATTEMPTS_APART * request.attempt)
        return DelayedConnection(self._address, self._delayed_io, request.network, seed)

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
