"""What the swarm says to the peers; what it says to our server is the product's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from game_server.client import ConnectError
from game_server.loadtest.swarm.client_frames import BINARY, Payloads, masked_frame
from game_server.loadtest.swarm.connecting import Conversation, RawConnection
from game_server.loadtest.swarm.input_generator import InputGenerator
from game_server.loadtest.swarm.protocol_adapter import GameServerAdapter, ProtocolAdapter, SwarmSeat, Ticks
from game_server.protocol import SUBPROTOCOL, Elsewhere


class Raw(ProtocolAdapter):
    """Inputs of 20 bytes, snapshots of any size; what is in them is nobody's business but the first 4 bytes."""

    INPUT_BYTES: Final = 20

    def __init__(self, target: str = "/ws", subprotocol: str = SUBPROTOCOL) -> None:
        self._target = target
        self._subprotocol = subprotocol

    def join(
        self, connection: RawConnection, match: str, number: int, token: str, sent: Elsewhere | None = None
    ) -> Conversation[tuple[RawConnection, SwarmSeat]]:
        """Nothing to say: a connection is a seat."""
        del match, number, token, sent
        yield from connection.connect()
        # Some peers let everybody in without a word about it.
        yield from connection.upgrade(self._target, self._subprotocol, insist=False)
        return connection, SwarmSeat("")

    def inputs(self, step: int, generator: InputGenerator, ticks: Ticks) -> Payloads:
        """The number of the step, and 16 bytes more."""
        del ticks
        payloads = np.zeros((len(generator.aim), self.INPUT_BYTES), np.uint8)
        payloads[:, :4] = np.frombuffer(step.to_bytes(4, "little"), np.uint8)
        payloads[:, 4] = generator.buttons
        return payloads


class Colyseus(ProtocolAdapter):
    """Colyseus 0.18: a seat by HTTP, then inputs as messages of bytes."""

    _JOIN_ROOM: Final = 10
    _ROOM_DATA_BYTES: Final = 17
    _ROOM_STATE_PATCH: Final = 15

    mark = (0, 0x1F, _ROOM_STATE_PATCH)

    def join(
        self, connection: RawConnection, match: str, number: int, token: str, sent: Elsewhere | None = None
    ) -> Conversation[tuple[RawConnection, SwarmSeat]]:
        """Ask for any room with a free seat, go there, and say that the handshake has been understood."""
        del match, number, token, sent
        yield from connection.connect()
        try:
            seat = yield from _post(connection, "/matchmake/joinOrCreate/arena")
        finally:
            connection.close()
        room = RawConnection(connection.address)
        yield from room.connect()
        yield from room.upgrade(f"/{seat['processId']}/{seat['roomId']}?sessionId={seat['sessionId']}")
        first = yield from room.message()
        if first[0] != self._JOIN_ROOM:
            raise ConnectError(f"message {first[0]} instead of the room's handshake")
        room.send(masked_frame(BINARY, bytes((self._JOIN_ROOM,))))
        return room, SwarmSeat(seat["roomId"])

    def inputs(self, step: int, generator: InputGenerator, ticks: Ticks) -> Payloads:
        """Message 0: the buttons and the aim, raw."""
        del step, ticks
        payloads = np.empty((len(generator.aim), 5), np.uint8)
        payloads[:, 0] = self._ROOM_DATA_BYTES
        payloads[:, 1] = 0
        payloads[:, 2] = generator.buttons
        payloads[:, 3:5] = generator.aim.astype("<u2").view(np.uint8).reshape(-1, 2)
        return payloads


ADAPTERS: Final[dict[str, Callable[[], ProtocolAdapter]]] = {
    "raw": Raw,
    "game": GameServerAdapter,
    "colyseus": Colyseus,
}


def _post(connection: RawConnection, target: str) -> Conversation[Any]:
    """Send a JSON object with nothing in it, and read the JSON that comes back."""
    lines = (f"POST {target} HTTP/1.1", f"Host: {connection.address.authority}", "Content-Type: application/json")
    connection.send("\r\n".join((*lines, "Content-Length: 2", "Connection: close", "", "{}")).encode())
    head = yield from connection.head()
    if not head.startswith(b"HTTP/1.1 200"):
        raise ConnectError(head.splitlines()[0].decode("latin-1"))
    size = next(int(line.split(b":")[1]) for line in head.lower().splitlines() if line.startswith(b"content-length"))
    while len(connection.rest) < size:
        yield from connection.more()
    return json.loads(connection.rest[:size])
