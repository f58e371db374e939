"""What the swarm says to a server, and how it knows a snapshot when it sees one."""

from __future__ import annotations

import abc
import secrets
from typing import Any, ClassVar, Final, Protocol

import attrs
import numpy as np
import numpy.typing as npt

from game_server.client import ConnectError
from game_server.errors import ProtocolError
from game_server.loadtest.swarm.client_frames import BINARY, Payloads, masked_frame
from game_server.loadtest.swarm.connecting import Conversation, RawConnection
from game_server.loadtest.swarm.input_generator import InputGenerator
from game_server.protocol import (
    SUBPROTOCOL,
    WEBSOCKET_PATH,
    Browse,
    Hello,
    Home,
    HomeCode,
    Join,
    Lobby,
    Refused,
    Resume,
    Snapshot,
    Welcome,
    decode_server,
    encode,
)

Ticks = npt.NDArray[np.int64]


@attrs.frozen
class SwarmSeat:
    """Where a client is now.

    Attributes:
        match: its code; empty in the lobby.
        tick_rate: ticks a second; 0 when the protocol has none.
        token, player: for coming back, and to tell whether it is the same seat then.
        details: what a `FullReader` is made of.
    """

    match: str
    tick_rate: int = 0
    token: str = ""
    player: int = -1
    details: Any = None


class FullReader(Protocol):
    """Reads all that one client gets, not only its head."""

    def snapshot(self, payload: bytes, now: float) -> list[bytes]:
        """Read a snapshot whole, and return what to answer."""
        ...

    def message(self, payload: bytes, now: float) -> None:
        """Read anything else."""
        ...


class ProtocolAdapter(abc.ABC):
    """One protocol.

    Attributes:
        mark: ``(offset, mask, value)``: a payload is a snapshot when its byte at ``offset``, masked, is ``value``.
        has_ticks: whether snapshots have the head of docs/PROTOCOL.md, and inputs say which tick they are for.
        plays: whether clients send inputs.
    """

    mark: ClassVar[tuple[int, int, int]] = (0, 0, 0)
    has_ticks: ClassVar[bool] = False
    plays: bool = True

    @abc.abstractmethod
    def join(
        self, connection: RawConnection, match: str, number: int, token: str
    ) -> Conversation[tuple[RawConnection, SwarmSeat]]:
        """Take a seat; the connection that comes back, the one given or another one, is that of the seat.

        Args:
            match: where; empty for any.
            number: of the client.
            token: of the seat that it had; empty for none.

        Raises:
            ConnectError: there is none.
            OSError: the connection failed.
        """

    @abc.abstractmethod
    def inputs(self, step: int, generator: InputGenerator, ticks: Ticks) -> Payloads:
        """The message of each player, one a row.

        Args:
            step: how many times the players have been asked.
            ticks: what each input is meant for, where the protocol has ticks.
        """


class GameServerAdapter(ProtocolAdapter):
    """docs/PROTOCOL.md.

    Args:
        in_lobby: stay in the lobby and follow its list of matches.
    """

    _BEHIND: Final = 80
    """16ths of a tick: a page on a good link, two snapshots of interpolation and its lead."""

    mark = (1, 0xFF, Snapshot.type)
    has_ticks = True

    def __init__(self, *, in_lobby: bool = False) -> None:
        self.plays = not in_lobby
        self._key = secrets.token_hex(8)

    def join(
        self, connection: RawConnection, match: str, number: int, token: str
    ) -> Conversation[tuple[RawConnection, SwarmSeat]]:
        """Say hello, ask for what one comes for, and read on to the answer."""
        yield from connection.connect()
        yield from connection.upgrade(WEBSOCKET_PATH, SUBPROTOCOL)
        wanted = Join(match) if self.plays else Browse(1)
        request = Resume(token) if token else wanted
        for message in (Hello(f"Swarm {number + 1}", "game-server bots", f"{self._key} {number}"), request):
            connection.send(masked_frame(BINARY, encode(message)))
        while True:
            try:
                answer = decode_server((yield from connection.message()))
            except ProtocolError as error:
                raise ConnectError(f"the server broke the protocol: {error}", code=error.code) from error
            if isinstance(answer, Welcome):
                return connection, SwarmSeat(answer.match.id, answer.tick_rate, answer.token, answer.player, answer)
            if isinstance(answer, Lobby) and not self.plays:
                return connection, SwarmSeat("")
            if isinstance(answer, Refused) and token and answer.request == Resume.type:
                token = ""
                connection.send(masked_frame(BINARY, encode(wanted)))
            elif isinstance(answer, Refused):
                raise ConnectError(f"refused: {answer.text}", refusal=answer.code)
            elif isinstance(answer, Home) and answer.code != HomeCode.WELCOME:
                raise ConnectError(f"sent to the lobby: {answer.text}")

    def inputs(self, step: int, generator: InputGenerator, ticks: Ticks) -> Payloads:
        """``[2, tick, buttons, aim, behind]``, every integer as wide as any can be, so that all are equally long."""
        del step
        payloads = np.empty((len(ticks), 12), np.uint8)
        payloads[:, 0] = 0x95
        payloads[:, 1] = 2
        payloads[:, 2] = 0xCE
        payloads[:, 3:7] = ticks.astype(">u4").view(np.uint8).reshape(-1, 4)
        payloads[:, 7] = generator.buttons
        payloads[:, 8] = 0xCD
        payloads[:, 9:11] = generator.aim.astype(">u2").view(np.uint8).reshape(-1, 2)
        payloads[:, 11] = self._BEHIND
        return payloads
