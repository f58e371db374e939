"""A server that keeps every input for a known time before it answers, and stamps what it did.

Usage: ``python -m tools.bench.latency.server (eager|ticks) DELAY_MS PAUSE_AT PAUSE_MS``. It prints its port and when
tick 0 was due on the monotonic clock, serves until its standard input ends, and then prints the stamps of every client
as JSON.

``eager`` answers each input when it has kept it for the delay; ``ticks`` answers at the first tick after that, for
clients who send an input for each snapshot that they get. Each client has ticks at a moment of its own. From
``PAUSE_AT`` seconds after the first input on it says nothing for the pause, but goes on reading and stamping.
"""

from __future__ import annotations

import json
import select
import socket
import struct
import sys
import time
from collections import deque
from typing import Final

import attrs
from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Event, Request
from wsproto.events import Ping as WebSocketPing

from game_server.errors import ProtocolError
from game_server.protocol import (
    KEYFRAME,
    SUBPROTOCOL,
    Input,
    Join,
    MatchInfo,
    MatchSettings,
    Ping,
    Pong,
    RosterEntry,
    ServerMessage,
    Snapshot,
    Welcome,
    decode_client,
    encode,
)
from tools.bench.latency.truth import Stamps

TICK_RATE: Final = 30
MATCH: Final = "DELAYS"
_FIRST_TICK: Final = 1000
_SPARE: Final = 2
"""Ticks by which all were due before they are counted: a client that gets more than one answer in a tick runs ahead."""
_PHASES: Final = 8
"""Moments of a tick at which clients have theirs."""
_SCHEMA: Final = [[[1, "ship", [["x", 1, 0, 1], ["y", 1, 0, 1]]]], [], []]
_SO_TIMESTAMPNS: Final = 35
"""Linux, on most architectures; the socket module has no name for it."""
_STEP: Final = 0.0005
"""Seconds to wait for bytes, at most, before the clock is looked at."""


def _now() -> float:
    return time.monotonic()


@attrs.define(eq=False)
class _Client:
    socket: socket.socket
    number: int
    frames: WSConnection = attrs.Factory(lambda: WSConnection(ConnectionType.SERVER))
    stamps: Stamps = attrs.Factory(Stamps)
    kept: deque[tuple[float, int]] = attrs.Factory(deque)
    playing: bool = False
    ack: int = 0
    tick: int = 0
    turn: int = 0

    def say(self, *events: Event) -> None:
        self.socket.sendall(b"".join(self.frames.send(event) for event in events))

    def send(self, message: ServerMessage) -> None:
        self.say(BytesMessage(encode(message)))

    def welcome(self) -> None:
        settings = MatchSettings("", {}, 0, 0, 1, 0, 0, 0)
        info = MatchInfo(MATCH, "Delays", "toy", 1000, 0, 0)
        roster = (RosterEntry(self.number, "Bot", 0),)
        # What follows the roster: token, host, settings.
        self.send(Welcome(self.number, "Bot", info, TICK_RATE, _tick(), 15, _SCHEMA, {}, roster, "token", 0, settings))
        self.playing = True
        self.snapshot()

    def snapshot(self) -> None:
        """Say which of the inputs has been used."""
        self.tick = max(self.tick + 1, _tick())
        self.send(Snapshot(self.tick, KEYFRAME, self.ack, 1, None, b"", ()))
        now = _now()
        self.stamps.answers.append((now, self.ack))
        self.stamps.ages.append((now, now - _TICK_ZERO - self.tick / TICK_RATE))

    def release(self, before: float) -> bool:
        """Use the inputs that came before that time; whether there are any."""
        ack = self.ack
        while self.kept and self.kept[0][0] <= before:
            ack = max(ack, self.kept.popleft()[1])
        released, self.ack = ack > self.ack, ack
        return released


class DelayingServer:
    """Serves until standard input ends.

    Args:
        eager: see above.
        delay, pause_at, pause: seconds.
    """

    def __init__(self, *, eager: bool, delay: float, pause_at: float, pause: float) -> None:
        self._eager = eager
        self._delay = delay
        self._pause_at = pause_at
        self._pause = pause
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._listener.setblocking(False)
        self._clients: dict[int, _Client] = {}
        self._all: list[_Client] = []
        self._first_input: float | None = None
        self._poll = select.epoll()
        self._poll.register(self._listener.fileno(), select.EPOLLIN)
        self._poll.register(sys.stdin.fileno(), select.EPOLLIN)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    def run(self) -> list[Stamps]:
        """Serve; the stamps of all clients."""
        while True:
            events = self._poll.poll(_STEP)
            arrived = _now()
            for fd, _ in events:
                if fd == sys.stdin.fileno():
                    return [client.stamps for client in self._all]
                if fd == self._listener.fileno():
                    self._accept()
                elif fd in self._clients:
                    self._read(self._clients[fd], arrived)
            now = _now()
            if not self._pausing(now):
                for client in list(self._clients.values()):
                    self._answer(client, now)

    def _pausing(self, now: float) -> bool:
        if self._first_input is None:
            return False
        return 0 <= now - self._first_input - self._pause_at < self._pause

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        client = self._clients[connection.fileno()] = _Client(connection, len(self._all))
        self._all.append(client)
        self._poll.register(connection.fileno(), select.EPOLLIN)

    def _read(self, client: _Client, arrived: float) -> None:
        try:
            data, ancillary, _, _ = client.socket.recvmsg(65536, 256)
            arrived = _stamp(ancillary, arrived)
            client.frames.receive_data(data or None)
            for event in client.frames.events():
                self._take(client, event, arrived)
        except OSError:
            data = b""
        if not data or client.frames.state is ConnectionState.CLOSED:
            self._lose(client)

    def _take(self, client: _Client, event: Event, arrived: float) -> None:
        if isinstance(event, Request):
            client.say(AcceptConnection(subprotocol=SUBPROTOCOL))
        elif isinstance(event, WebSocketPing):
            client.say(event.response())
        elif isinstance(event, CloseConnection):
            client.playing = False
            client.say(event.response())
        elif isinstance(event, BytesMessage):
            try:
                message = decode_client(bytes(event.data))
            except ProtocolError:
                return
            if isinstance(message, Join):
                client.welcome()
            elif isinstance(message, Ping):
                client.send(Pong(message.client_time, 0.0))
            elif isinstance(message, Input):
                self._first_input = self._first_input or arrived
                client.stamps.inputs.append((arrived, message.tick))
                client.kept.append((arrived, message.tick))

    def _answer(self, client: _Client, now: float) -> None:
        if not client.playing:
            return
        due = now - self._delay
        try:
            if self._eager:
                if client.release(due):
                    client.snapshot()
            elif (turn := int(now * TICK_RATE + client.number / _PHASES)) > client.turn:
                client.turn = turn
                client.release(due)
                client.snapshot()
        except OSError:
            self._lose(client)

    def _lose(self, client: _Client) -> None:
        if self._clients.pop(client.socket.fileno(), None):
            self._poll.unregister(client.socket.fileno())
            client.socket.close()


def _stamp(ancillary: list[tuple[int, int, bytes]], otherwise: float) -> float:
    """When the kernel got the newest bytes, on the monotonic clock: this process may have had no core just then."""
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS):
            seconds, nanoseconds = struct.unpack("@ll", data[:16])
            stamped: float = seconds + nanoseconds / 1e9 - (time.time() - time.monotonic())
            return min(otherwise, stamped)
    return otherwise


def _tick() -> int:
    return _FIRST_TICK + int((_now() - _BEGAN) * TICK_RATE)


_BEGAN: Final = _now()
_TICK_ZERO: Final = _BEGAN - (_FIRST_TICK + _SPARE) / TICK_RATE


def main() -> None:
    """Serve as the arguments say."""
    mode, delay, pause_at, pause = sys.argv[1:]
    server = DelayingServer(
        eager=mode == "eager", delay=float(delay) / 1000, pause_at=float(pause_at), pause=float(pause) / 1000
    )
    print(server.port, _TICK_ZERO, flush=True)
    stamps = server.run()
    print(json.dumps([attrs.astuple(one) for one in stamps]), flush=True)


if __name__ == "__main__":
    main()
