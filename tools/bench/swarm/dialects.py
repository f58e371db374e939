"""What the swarm says to each kind of server, and how it knows a snapshot when it sees one."""

from __future__ import annotations

import abc
from collections.abc import Callable
from functools import partial
from typing import ClassVar, Final

import attrs
import numpy as np
import numpy.typing as npt

from game_server.protocol.codec import decode_server, encode
from game_server.protocol.limits import SUBPROTOCOL, WEBSOCKET_PATH
from game_server.protocol.messages import Hello, Snapshot, Welcome
from game_server.protocol.schema import Schema
from game_server.protocol.snapshots import SnapshotDecoder
from tools.bench.swarm.frames import BINARY, Payloads, masked_frame
from tools.bench.swarm.inputs import Fingers
from tools.bench.swarm.wire import Refused, Talk, Wire

Ticks = npt.NDArray[np.int64]
Reader = Callable[[bytes], int]
"""Reads a snapshot whole and returns how many players it leaves in view."""


@attrs.frozen
class Seat:
    """A client that is in: its match, and what makes a reader of its snapshots where that is known."""

    match: str
    reader: Callable[[], Reader] | None = None


class Dialect(abc.ABC):
    """One protocol.

    Attributes:
        mark: ``(offset, mask, value)``: a payload is a snapshot when its byte at ``offset``, masked, is ``value``.
        has_ticks: whether snapshots tell the server's tick and inputs must say which tick they are for.
    """

    mark: ClassVar[tuple[int, int, int]] = (0, 0, 0)
    has_ticks: ClassVar[bool] = False

    @abc.abstractmethod
    def join(self, wire: Wire) -> Talk[tuple[Wire, Seat]]:
        """Take a seat; the wire that comes back, the one given or another one, is that of the seat."""

    @abc.abstractmethod
    def inputs(self, step: int, fingers: Fingers, ticks: Ticks) -> Payloads:
        """The message of each player, one a row.

        Args:
            step: how many times the players have been asked.
            ticks: what each input is meant for, where the protocol has ticks.
        """


class Raw(Dialect):
    """Inputs of 20 bytes, snapshots of any size; what is in them is nobody's business but the first 4 bytes."""

    INPUT_BYTES: Final = 20

    def __init__(self, target: str = "/ws", subprotocol: str = SUBPROTOCOL) -> None:
        self._target = target
        self._subprotocol = subprotocol

    def join(self, wire: Wire) -> Talk[tuple[Wire, Seat]]:
        """Nothing to say: a connection is a seat."""
        yield from wire.upgrade(self._target, self._subprotocol)
        return wire, Seat("")

    def inputs(self, step: int, fingers: Fingers, ticks: Ticks) -> Payloads:
        """The number of the step, and 16 bytes more."""
        del ticks
        payloads = np.zeros((len(fingers.aim), self.INPUT_BYTES), np.uint8)
        payloads[:, :4] = np.frombuffer(step.to_bytes(4, "little"), np.uint8)
        payloads[:, 4] = fingers.buttons
        return payloads


class GameServer(Dialect):
    """docs/PROTOCOL.md."""

    _BEHIND: Final = 80
    """16ths of a tick: a page on a good link, two snapshots of interpolation and its lead."""

    mark = (1, 0xFF, Snapshot.type)
    has_ticks = True

    def join(self, wire: Wire) -> Talk[tuple[Wire, Seat]]:
        """Say hello, to be put into any match with a free seat, and read the welcome."""
        yield from wire.upgrade(WEBSOCKET_PATH, SUBPROTOCOL)
        wire.send(masked_frame(BINARY, encode(Hello("", "", "bench"))))
        welcome = decode_server((yield from wire.message()))
        if not isinstance(welcome, Welcome):
            raise Refused(f"{welcome!r} instead of a welcome")
        return wire, Seat(welcome.match.id, partial(_reader, welcome))

    def inputs(self, step: int, fingers: Fingers, ticks: Ticks) -> Payloads:
        """``[2, tick, buttons, aim, behind]``, every integer as wide as any can be, so that all are equally long."""
        del step
        payloads = np.empty((len(ticks), 12), np.uint8)
        payloads[:, 0] = 0x95
        payloads[:, 1] = 2
        payloads[:, 2] = 0xCE
        payloads[:, 3:7] = ticks.astype(">u4").view(np.uint8).reshape(-1, 4)
        payloads[:, 7] = fingers.buttons
        payloads[:, 8] = 0xCD
        payloads[:, 9:11] = fingers.aim.astype(">u2").view(np.uint8).reshape(-1, 2)
        payloads[:, 11] = self._BEHIND
        return payloads


class Colyseus(Dialect):
    """Colyseus 0.18: a seat by HTTP, then inputs as messages of bytes."""

    _JOIN_ROOM: Final = 10
    _ROOM_DATA_BYTES: Final = 17
    _ROOM_STATE_PATCH: Final = 15

    mark = (0, 0x1F, _ROOM_STATE_PATCH)

    def join(self, wire: Wire) -> Talk[tuple[Wire, Seat]]:
        """Ask for any room with a free seat, go there, and say that the handshake has been understood."""
        try:
            seat = yield from wire.post("/matchmake/joinOrCreate/arena")
        finally:
            wire.close()
        room = Wire(wire.port)
        yield from room.upgrade(f"/{seat['processId']}/{seat['roomId']}?sessionId={seat['sessionId']}")
        first = yield from room.message()
        if first[0] != self._JOIN_ROOM:
            raise Refused(f"message {first[0]} instead of the room's handshake")
        room.send(masked_frame(BINARY, bytes((self._JOIN_ROOM,))))
        return room, Seat(seat["roomId"])

    def inputs(self, step: int, fingers: Fingers, ticks: Ticks) -> Payloads:
        """Message 0: the buttons and the aim, raw."""
        del step, ticks
        payloads = np.empty((len(fingers.aim), 5), np.uint8)
        payloads[:, 0] = self._ROOM_DATA_BYTES
        payloads[:, 1] = 0
        payloads[:, 2] = fingers.buttons
        payloads[:, 3:5] = fingers.aim.astype("<u2").view(np.uint8).reshape(-1, 2)
        return payloads


DIALECTS: Final[dict[str, Callable[[], Dialect]]] = {"raw": Raw, "game": GameServer, "colyseus": Colyseus}


def tick_of(payload: bytes) -> int:
    """The tick of a snapshot of game-server's, read from its head alone."""
    kind = payload[2]
    if kind < 0x80:
        return kind
    return int.from_bytes(payload[3 : 3 + {0xCC: 1, 0xCD: 2, 0xCE: 4}[kind]], "big")


def _reader(welcome: Welcome) -> Reader:
    schema = Schema.from_wire(welcome.schema)
    decoder = SnapshotDecoder(schema, welcome.player)
    players = schema.tables[0].name

    def read(payload: bytes) -> int:
        snapshot = decode_server(payload)
        assert isinstance(snapshot, Snapshot)
        return len(decoder.apply(snapshot).tables[players])

    return read
