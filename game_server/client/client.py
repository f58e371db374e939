"""The client's side of the protocol, sans-I/O: bytes in, bytes out, and measurements on the way."""

from __future__ import annotations

import enum
import math
import secrets
from collections.abc import Callable
from typing import Final

from game_server.client.figures import Figures
from game_server.client.match_session import Controller, MatchSession
from game_server.client.tick_epochs import TickEpochs
from game_server.errors import ProtocolError
from game_server.protocol import (
    NO_PLAYER,
    Browse,
    CloseCode,
    Elsewhere,
    Hello,
    Home,
    HomeCode,
    Join,
    Lobby,
    Pong,
    Refused,
    Resume,
    Snapshot,
    Watch,
    Welcome,
    decode_server,
    encode,
)


class Purpose(enum.Enum):
    """What a client wants from a server."""

    PLAY = enum.auto()
    WATCH = enum.auto()
    BROWSE = enum.auto()


class Client:
    """One client over any number of connections.

    Send its `greeting` on each new connection; then pass each message that arrives to `receive`, and send what that
    returns. It takes its seat again after a lost connection, if `lost` is called in between.

    Args:
        nickname: to play under; the server may change it.
        match: the code of a match; empty for any match with a free seat.
        make_controller: called with each welcome to a seat; returns what decides the inputs there.
        tick_zeros: on the clock of `receive`; without them, the ages of snapshots are not measured.

    Attributes:
        figures: what has been measured so far.
        hello: the first message of each connection; its key identifies the client to the server.
        welcome: the newest welcome to a match; None before the first.
        settled: whether this connection has got what it was opened for: a seat, a view, the list of matches.
        ended: the message by which the server refused or sent away the client; after it, there is nothing to do but
            to close the connection.
        elsewhere: the message that sends the client to another process: it closes this connection and opens another
            one to `Target.elsewhere`, whose `greeting` asks for the same again.
    """

    def __init__(
        self,
        nickname: str,
        match: str,
        make_controller: Callable[[Welcome], Controller],
        purpose: Purpose = Purpose.PLAY,
        tick_zeros: TickEpochs | None = None,
    ) -> None:
        self.figures = Figures()
        self.welcome: Welcome | None = None
        self.settled = False
        self.ended: Refused | Home | None = None
        self.elsewhere: Elsewhere | None = None
        self.hello: Final = Hello(nickname, "game-server bots", secrets.token_hex(8))
        self._request: Final = _request(purpose, match)
        self._make_controller = make_controller
        self._tick_zeros = tick_zeros or TickEpochs()
        self._stay: MatchSession | None = None
        self._resuming: Welcome | None = None
        self._lost_at: float | None = None

    @property
    def silence_timeout(self) -> float:
        """Seconds without a message after which the server may be given up; infinite where it may be silent."""
        if not self.welcome:
            return math.inf
        return self.welcome.timeout + (self.welcome.settings.delay if self.welcome.player == NO_PLAYER else 0)

    def greeting(self) -> list[bytes]:
        """Return the first messages of a new connection: hello, and the request for the seat it had or a new one."""
        self.elsewhere = None
        self._resuming = self.welcome if self.welcome and self.welcome.token else None
        request = Resume(self._resuming.token) if self._resuming else self._request
        return [encode(self.hello), encode(request)]

    def lost(self, now: float) -> None:
        """Note that the connection is lost; ``now`` as for `receive`."""
        if self._lost_at is None:
            self.figures.lost_links += 1
        self._go(now)

    def leave(self, now: float) -> None:
        """End the session: what is still waited for took at least as long as it has waited.

        Calling it again changes nothing. ``now`` is as for `receive`.
        """
        self._end_stay(now)
        if self._lost_at is not None:
            self.figures.outages.append(now - self._lost_at)
            self.figures.left = now
            self._lost_at = None

    def _go(self, now: float) -> None:
        self.settled = False
        self._end_stay(now)
        if self._lost_at is None:
            self._lost_at = now

    def _end_stay(self, now: float) -> None:
        if self._stay:
            self._stay.end(now)
            self._stay = None

    def receive(self, data: bytes, now: float) -> list[bytes]:
        """Take in one message and return the answers to send; ``now`` is in seconds of any steady clock.

        Raises:
            ProtocolError: the server broke the protocol.
        """
        if self.figures.snapshots:
            self.figures.bytes_in += len(data)
        message = decode_server(data)
        if isinstance(message, Snapshot):
            answers = self._snapshot(message, now)
            self.figures.bytes_out += sum(map(len, answers))
            return answers
        if isinstance(message, Welcome):
            self._begin_stay(message, now)
        elif isinstance(message, Pong) and self._stay:
            self._stay.pong(message, now)
        elif isinstance(message, Lobby):
            self.figures.lobby_updates += 1
            self.figures.lobby_bytes += len(data)
            self.settled = self.settled or isinstance(self._request, Browse)
        elif isinstance(message, Refused):
            return self._refused(message)
        elif isinstance(message, Elsewhere):
            self.elsewhere = message
            if self._stay:
                self._go(now)
        elif isinstance(message, Home) and message.code != HomeCode.WELCOME:
            self.ended = message
        return []

    def _refused(self, refused: Refused) -> list[bytes]:
        if self._resuming and refused.request == Resume.type:
            # The seat is gone: ask for a new one.
            self._resuming = None
            self.figures.lost_seats += 1
            return [encode(self._request)]
        if refused.request == self._request.type:
            self.ended = refused
        return []

    def _begin_stay(self, welcome: Welcome, now: float) -> None:
        if self._resuming:
            if welcome.player == self._resuming.player:
                self.figures.resumed += 1
            else:
                self.figures.lost_seats += 1
            self._resuming = None
        if self._stay:
            self._tick_zeros.restart(welcome.match.id, now)
        self.welcome = welcome
        self.settled = True
        controller = None if welcome.player == NO_PLAYER else self._controller_for(welcome)
        self._stay = MatchSession(welcome, controller, self.figures, self._tick_zeros)

    def _controller_for(self, welcome: Welcome) -> Controller:
        try:
            return self._make_controller(welcome)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise ProtocolError(CloseCode.BAD_MESSAGE, f"a setup that no controller can read: {error!r}") from error

    def _snapshot(self, snapshot: Snapshot, now: float) -> list[bytes]:
        if self._stay is None:
            raise ProtocolError(CloseCode.BAD_MESSAGE, "a snapshot before the welcome")
        answers = self._stay.snapshot(snapshot, now)
        if self._lost_at is not None:
            self.figures.outages.append(now - self._lost_at)
            self._lost_at = None
        return answers


def _request(purpose: Purpose, match: str) -> Join | Watch | Browse:
    if purpose is Purpose.PLAY:
        return Join(match)
    return Watch(match) if purpose is Purpose.WATCH else Browse(1)
