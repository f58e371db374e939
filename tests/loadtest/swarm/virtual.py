"""A whole swarm in virtual time, at a server that is stepped between its reads, over real sockets of this machine."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import attrs
import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Event, Request

from game_server.loadtest.metrics.definitions import SPREADS
from game_server.loadtest.metrics.log_histogram import LogHistogram
from game_server.loadtest.metrics.meter import Meter, Second
from game_server.loadtest.swarm import closing, connecting, entry, lifecycle
from game_server.loadtest.swarm import swarm as swarm_module
from game_server.loadtest.swarm.connecting import ServerAddress
from game_server.loadtest.swarm.protocol_adapter import GameServerAdapter
from game_server.loadtest.swarm.socket_reader import BATCH, SocketReader
from game_server.loadtest.swarm.swarm import Swarm
from game_server.protocol import (
    DELTA,
    KEYFRAME,
    SUBPROTOCOL,
    Browse,
    Hello,
    Home,
    HomeCode,
    Input,
    Join,
    Lobby,
    Ping,
    Pong,
    Resume,
    ServerMessage,
    decode_client,
    encode,
)
from tests.loadtest.played import WELCOME, snapshot

STARTED: Final = 1000.0
TICK: Final = 1 / 30
_STALLED: Final = 120.0
"""Virtual seconds after which a swarm that never ends has failed the test."""


class VirtualTime:
    """Stands still but for sleeps and waits, during which the server does what is due."""

    def __init__(self) -> None:
        self.now = STARTED - 0.5
        self.step: Callable[[], None] = lambda: None

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert self.now < STARTED + _STALLED
        self.now += seconds
        self.step()


class UnixSocket(socket.socket):
    """In place of a TCP socket: what is written can be read at once, so that no time passes in between."""

    def setsockopt(self, level: int, *option: Any) -> None:
        if level != socket.IPPROTO_TCP:
            super().setsockopt(level, *option)


@attrs.define(eq=False)
class Peer:
    """One connection, as the server has it."""

    socket: socket.socket
    server: VirtualServer
    wire: WSConnection = attrs.Factory(lambda: WSConnection(ConnectionType.SERVER))
    player: int = -1
    inputs: set[int] = attrs.Factory(set)
    ack: int = 0
    seated: bool = False
    fresh: bool = True
    ended: bool = False

    def read(self) -> None:
        try:
            data = self.socket.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.end()
            return
        self.wire.receive_data(data)
        for event in self.wire.events():
            self.handle(event)

    def handle(self, event: Event) -> None:
        match event:
            case Request(target=target):
                self.server.resources.append(target)
                self.say(AcceptConnection(subprotocol=SUBPROTOCOL))
            case BytesMessage(data=data):
                self.server.answer(self, decode_client(bytes(data)))
            case CloseConnection():
                self.server.farewells += 1
                self.say(event.response())
                self.end()

    def say(self, event: Event) -> None:
        self.socket.send(self.wire.send(event))

    def send(self, *messages: ServerMessage) -> None:
        for message in messages:
            data = encode(message)
            self.say(BytesMessage(data=data))
            self.server.sent += self.seated * (len(data) + (2 if len(data) < 126 else 4))

    def close(self, code: int, reason: str) -> None:
        self.say(CloseConnection(code, reason))
        self.end()

    def end(self) -> None:
        self.socket.close()
        self.ended = True


class VirtualServer:
    """Seats everybody in one match, and sends each a snapshot a tick.

    Attributes:
        peers: that are connected.
        asked: all messages that are neither inputs nor pings.
        resources: what its clients have connected to.
        sent: bytes to those who were seated.
        farewells: how many clients closed their connection in an orderly way.
        quiet: whether it sends no snapshots.
        hook: called with each message first; True to answer it no further.
        started: when tick 0 was due.
        each_tick: called before the snapshots of each tick.
    """

    def __init__(self, time: VirtualTime, path: Path) -> None:
        self.time = time
        others = time.step
        self.peers: list[Peer] = []
        self.asked: list[Any] = []
        self.resources: list[str] = []
        self.inputs: list[Input] = []
        self.sent = self.farewells = 0
        self.quiet = False
        self.tick = 0
        self.started = STARTED
        self.hook: Callable[[Peer, Any], bool] = lambda _peer, _message: False
        self.each_tick: Callable[[], None] = lambda: None
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen(256)
        self._listener.setblocking(False)

        def step() -> None:
            others()
            self.step()

        time.step = step

    def close(self) -> None:
        self._listener.close()
        for peer in self.peers:
            peer.end()

    def step(self) -> None:
        """Do all that is due."""
        while True:
            try:
                near, _ = self._listener.accept()
            except BlockingIOError:
                break
            near.setblocking(False)
            self.peers.append(Peer(near, self))
        for peer in self.peers:
            peer.read()
        self.peers = [peer for peer in self.peers if not peer.ended]
        while self.time.now >= self.started + (self.tick + 1) * TICK:
            self.tick += 1
            self.each_tick()
            for peer in self.peers:
                if peer.player >= 0 and not self.quiet and not peer.ended:
                    self.show(peer)

    def show(self, peer: Peer) -> None:
        peer.ack = self.tick if self.tick in peer.inputs else peer.ack
        peer.send(snapshot(self.tick, KEYFRAME if peer.fresh else DELTA, ack=peer.ack))
        peer.fresh = False

    def answer(self, peer: Peer, message: Any) -> None:
        if self.hook(peer, message):
            return
        if not isinstance(message, Input | Ping):
            self.asked.append(message)
        match message:
            case Hello():
                peer.send(Home(HomeCode.WELCOME, "", message.nickname, ()))
            case Join() | Resume():
                self.seat(peer, int(message.token[3:]) if isinstance(message, Resume) else len(self.asked))
            case Browse():
                peer.send(Lobby(1, 0, (), ()))
            case Input():
                self.inputs.append(message)
                peer.inputs.add(message.tick)
            case Ping():
                peer.send(Pong(message.client_time, 0.0))

    def seat(self, peer: Peer, player: int) -> None:
        self.welcome(peer, player)
        self.show(peer)
        peer.seated = True

    def welcome(self, peer: Peer, player: int) -> None:
        peer.player, peer.ack, peer.fresh = player, 0, True
        peer.inputs.clear()
        peer.send(attrs.evolve(WELCOME, player=player, token=f"of {player}", timeout=2.0, tick=self.tick))


class VirtualSwarm:
    """A swarm at a `VirtualServer`, and what it reported, second by second."""

    def __init__(self, time: VirtualTime, server: VirtualServer, address: ServerAddress, **options: Any) -> None:
        self.time = time
        self.server = server
        self.meter = Meter()
        self.seconds: list[Second] = []
        lives, adapter = options.pop("lives"), options.pop("adapter", None) or GameServerAdapter()
        places = ("K7RW2P", "AB2CD3")
        self.swarm = Swarm(adapter, address, places, lives, len(lives), self.meter, STARTED, **options)

    def run(self, until: float = 60.0) -> Second:
        """Run it to its end, or for ``until`` seconds, and return all that it reported as one second."""
        self.swarm.run(self.cut, lambda: self.time.now < STARTED + until, STARTED)
        self.cut()
        return self.whole()

    def cut(self) -> None:
        self.seconds.append(self.meter.cut(len(self.seconds)))

    def whole(self) -> Second:
        """All seconds in one."""
        whole = Second(len(self.seconds))
        for second in self.seconds:
            whole.counts.update(second.counts)
            for name, kinds in second.kinds.items():
                whole.kinds[name].update(kinds)
            for name, spread in second.spreads.items():
                whole.spreads.setdefault(name, LogHistogram(SPREADS[name].step)).merge(spread)
        return whole


def patch(monkeypatch: pytest.MonkeyPatch, time: VirtualTime) -> None:
    """Let the swarm's modules live in virtual time, and on Unix sockets."""
    for module in (swarm_module, lifecycle, entry, connecting, closing):
        monkeypatch.setattr(module, "time", time)
    monkeypatch.setattr(connecting, "socket", SimpleNamespace(**vars(socket) | {"socket": UnixSocket}))

    def wait(reader: SocketReader, timeout: float) -> list[tuple[int, int]]:
        events = reader._poll.poll(0, BATCH)
        if events or timeout <= 0:
            return events
        time.sleep(timeout)
        return reader._poll.poll(0, BATCH)

    monkeypatch.setattr(SocketReader, "wait", wait)
    step_closing = closing.ClosingConnections.step

    def wait_for_closing(connections: closing.ClosingConnections, wait: float = 0.0) -> None:
        if wait:
            time.sleep(wait)
        step_closing(connections)

    monkeypatch.setattr(closing.ClosingConnections, "step", wait_for_closing)
