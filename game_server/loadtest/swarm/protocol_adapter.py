"""Adapters for the protocols that the swarm speaks: ours, and for comparisons those of other servers."""

from __future__ import annotations

import abc
import secrets
from typing import Any, ClassVar, Final, Protocol
from urllib.parse import quote

import attrs
import numpy as np
import numpy.typing as npt

from game_server.client import ConnectError
from game_server.errors import ProtocolError
from game_server.loadtest.swarm.client_frames import BINARY, Payloads, masked_frame
from game_server.loadtest.swarm.connecting import Conversation, RawConnection
from game_server.loadtest.swarm.input_generator import InputGenerator
from game_server.protocol import (
    MAX_HOPS,
    SUBPROTOCOL,
    WEBSOCKET_PATH,
    Browse,
    Elsewhere,
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
    """The seat of a client.

    Attributes:
        match: the code of the match; empty in the lobby.
        tick_rate: ticks a second; 0 if the protocol has none.
        token: for coming back to this seat; empty if the protocol has none.
        player: number of the player, by which a client that comes back knows whether it got the same seat.
        details: what a `FullReader` is made from.
    """

    match: str
    tick_rate: int = 0
    token: str = attrs.field(default="", repr=False)
    player: int = -1
    details: Any = None


class FullReader(Protocol):
    """Decodes every message to one client, not only the headers of snapshots."""

    def snapshot(self, payload: bytes, now: float) -> list[bytes]:
        """Decode a snapshot and return the answers to send."""
        ...

    def message(self, payload: bytes, now: float) -> None:
        """Decode any other message."""
        ...


class ProtocolAdapter(abc.ABC):
    """One protocol.

    Attributes:
        mark: ``(offset, mask, value)``: a payload is a snapshot if its byte at ``offset``, masked, equals ``value``.
        has_ticks: whether snapshots have the header of docs/PROTOCOL.md, and inputs say which tick they are for.
        plays: whether clients send inputs.
    """

    mark: ClassVar[tuple[int, int, int]] = (0, 0, 0)
    has_ticks: ClassVar[bool] = False
    plays: bool = True

    @abc.abstractmethod
    def join(
        self, connection: RawConnection, match: str, number: int, token: str, sent: Elsewhere | None = None
    ) -> Conversation[tuple[RawConnection, SwarmSeat]]:
        """Connect and take a seat. Returns the connection of the seat, which may be another one, and the seat.

        Args:
            match: the code of a match; empty for any.
            number: of the client.
            token: of the seat that the client had before; empty for none.
            sent: with which the server at the address of ``connection`` has sent the client elsewhere; None to ask it.

        Raises:
            ConnectError: the server gives no seat.
            OSError: the connection failed.
        """

    @abc.abstractmethod
    def inputs(self, step: int, generator: InputGenerator, ticks: Ticks) -> Payloads:
        """Return the input message of each player, one a row, all equally long.

        Args:
            step: number of this step, from 0.
            generator: has the buttons and aim of each player.
            ticks: the tick that each input is for, if the protocol has ticks.
        """


class GameServerAdapter(ProtocolAdapter):
    """Our protocol (docs/PROTOCOL.md).

    Args:
        in_lobby: whether clients stay in the lobby and follow its list of matches.
    """

    _BEHIND: Final = 80
    """16ths of a tick by which a client's view is behind: as for a page on a good link, with two snapshots of
    interpolation and a lead of three ticks."""

    mark = (1, 0xFF, Snapshot.type)
    has_ticks = True

    def __init__(self, *, in_lobby: bool = False) -> None:
        self.plays = not in_lobby
        self._key = secrets.token_hex(8)

    def join(
        self, connection: RawConnection, match: str, number: int, token: str, sent: Elsewhere | None = None
    ) -> Conversation[tuple[RawConnection, SwarmSeat]]:
        """Send hello and the request, and read on to its answer; on another connection if the server sends it there."""
        resource = f"{WEBSOCKET_PATH}?match={quote(match)}" if match else WEBSOCKET_PATH
        for _ in range(MAX_HOPS + 1):
            if sent:
                address, resource = connection.address.elsewhere(sent)
                connection.redial(address)
            found = yield from self._ask(connection, resource, match, number, token)
            if isinstance(found, SwarmSeat):
                return connection, found
            sent = found
        raise ConnectError(f"sent elsewhere more than {MAX_HOPS} times")

    def _ask(
        self, connection: RawConnection, resource: str, match: str, number: int, token: str
    ) -> Conversation[SwarmSeat | Elsewhere]:
        yield from connection.connect()
        yield from connection.upgrade(resource, SUBPROTOCOL)
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
                return SwarmSeat(answer.match.id, answer.tick_rate, answer.token, answer.player, answer)
            if isinstance(answer, Lobby) and not self.plays:
                return SwarmSeat("")
            if isinstance(answer, Elsewhere):
                return answer
            if isinstance(answer, Refused) and token and answer.request == Resume.type:
                token = ""
                connection.send(masked_frame(BINARY, encode(wanted)))
            elif isinstance(answer, Refused):
                raise ConnectError(f"refused: {answer.text}", refusal=answer.code)
            elif isinstance(answer, Home) and answer.code != HomeCode.WELCOME:
                raise ConnectError(f"sent to the lobby: {answer.text}")

    def inputs(self, step: int, generator: InputGenerator, ticks: Ticks) -> Payloads:
        """Return ``[2, tick, buttons, aim, behind]`` for each player, as msgpack.

        Every integer has the width of the largest that can occur (tick: uint32, aim: uint16), so that all messages are
        equally long and form one array. Tick 1, buttons 9, aim 513:
        ``95 02 ce 00 00 00 01 09 cd 02 01 50``.
        """
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
