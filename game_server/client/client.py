"""A client's side of the protocol, sans-I/O: bytes in, bytes out, and figures on the way."""

from __future__ import annotations

import enum
import math
import secrets
from collections.abc import Callable
from typing import Final

from game_server.client.figures import Figures
from game_server.client.match_session import Brain, MatchSession
from game_server.client.tick_epochs import TickEpochs
from game_server.errors import ProtocolError
from game_server.protocol.client_messages import Browse, Hello, Join, Resume, Watch
from game_server.protocol.closes import CloseCode
from game_server.protocol.codec import decode_server, encode
from game_server.protocol.codes import NO_PLAYER, HomeCode
from game_server.protocol.server_messages import Home, Lobby, Pong, Refused, Snapshot, Welcome


class Purpose(enum.Enum):
    """What a client comes for."""

    PLAY = enum.auto()
    WATCH = enum.auto()
    BROWSE = enum.auto()


class Client:
    """One person. Open each connection with its `greeting`; then feed it what arrives, and send what it returns.

    Args:
        tick_zeros: on the clock of `receive`; without, there are no ages of snapshots.

    Attributes:
        hello: what each connection begins with; by its key the server knows that they are this client's.
        welcome: of the newest stay in a match, which may be over.
        settled: whether this connection has come to what it was opened for.
        ended: what the server said to end it; nothing more is to be said then.
    """

    def __init__(
        self,
        nickname: str,
        match: str,
        make_brain: Callable[[Welcome], Brain],
        purpose: Purpose = Purpose.PLAY,
        tick_zeros: TickEpochs | None = None,
    ) -> None:
        self.figures = Figures()
        self.welcome: Welcome | None = None
        self.settled = False
        self.ended: Refused | Home | None = None
        self.hello: Final = Hello(nickname, "game-server bots", secrets.token_hex(8))
        self._request: Final = _request(purpose, match)
        self._make_brain = make_brain
        self._tick_zeros = tick_zeros or TickEpochs()
        self._stay: MatchSession | None = None
        self._resuming: Welcome | None = None
        self._lost_at: float | None = None

    @property
    def patience(self) -> float:
        """Seconds of silence after which the server may be given up; without end where it need not say anything."""
        if not self.welcome:
            return math.inf
        return self.welcome.timeout + (self.welcome.settings.delay if self.welcome.player == NO_PLAYER else 0)

    def greeting(self) -> list[bytes]:
        """What a new connection begins with: a request for the seat that it had, or else for what it comes for."""
        self._resuming = self.welcome if self.welcome and self.welcome.token else None
        request = Resume(self._resuming.token) if self._resuming else self._request
        return [encode(self.hello), encode(request)]

    def lost(self, now: float) -> None:
        """The connection is gone; ``now`` as for `receive`."""
        self.settled = False
        self._end_stay(now)
        if self._lost_at is None:
            self._lost_at = now
            self.figures.lost_links += 1

    def leave(self, now: float) -> None:
        """It goes, or does not come back: what is still waited for has taken so long at least.

        A second time changes nothing. ``now`` is as for `receive`.
        """
        self._end_stay(now)
        if self._lost_at is not None:
            self.figures.outages.append(now - self._lost_at)
            self.figures.left = now
            self._lost_at = None

    def _end_stay(self, now: float) -> None:
        if self._stay:
            self._stay.end(now)
            self._stay = None

    def receive(self, data: bytes, now: float) -> list[bytes]:
        """Take one message in and return the answers; ``now`` is in seconds of any steady clock.

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
        elif isinstance(message, Home) and message.code != HomeCode.WELCOME:
            self.ended = message
        return []

    def _refused(self, refused: Refused) -> list[bytes]:
        if self._resuming and refused.request == Resume.type:
            # Who comes back too late begins as anybody does.
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
            self._tick_zeros.begins_anew(welcome.match.id, now)
        self.welcome = welcome
        self.settled = True
        brain = None if welcome.player == NO_PLAYER else self._brain_for(welcome)
        self._stay = MatchSession(welcome, brain, self.figures, self._tick_zeros)

    def _brain_for(self, welcome: Welcome) -> Brain:
        try:
            return self._make_brain(welcome)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise ProtocolError(CloseCode.BAD_MESSAGE, f"a setup that no bot can read: {error!r}") from error

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
