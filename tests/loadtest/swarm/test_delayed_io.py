"""Clients of the swarm behind a network: real pairs of sockets, in virtual time."""

from __future__ import annotations

import math
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager

import attrs
import numpy as np
import pytest

from game_server.batch_io import SystemCalls
from game_server.loadtest.metrics.log_histogram import LogHistogram
from game_server.loadtest.metrics.meter import Meter
from game_server.loadtest.network.model import Network
from game_server.loadtest.swarm.client_columns import DELAYED, SLICES, ClientColumns, Floats, MatchColumns, Whole
from game_server.loadtest.swarm.delayed_io import CHUNK_BYTES, HELD_BYTES, DelayedIO, DelayedLink
from game_server.loadtest.swarm.protocol_adapter import GameServerAdapter, SwarmSeat
from game_server.loadtest.swarm.slice import Slice
from game_server.loadtest.swarm.snapshot_checks import SnapshotChecks
from game_server.loadtest.swarm.socket_reader import SocketReader
from game_server.protocol import DELTA, Snapshot, encode

SLOW = Network(0.1)


@attrs.define
class Line:
    """One link, and the server's end of it."""

    far: DelayedIO
    link: DelayedLink
    near: socket.socket
    server: socket.socket

    def at_server(self, now: float) -> bytes:
        self.far.step(now)
        try:
            return self.server.recv(65536)
        except BlockingIOError:
            return b""

    def at_client(self, now: float) -> bytes:
        self.far.step(now)
        return self.link.take()


@contextmanager
def opened(network: Network) -> Iterator[Line]:
    near, server = socket.socketpair()
    near.setblocking(False)
    server.setblocking(False)
    far = DelayedIO()
    with closing(far), near, server:
        line = Line(far, far.open(near.fileno(), network, 1, 0.0), near, server)
        yield line
        far.release(line.link)


@pytest.fixture
def line() -> Iterator[Line]:
    with opened(SLOW) as line:
        yield line


def test_what_is_sent_is_at_the_server_half_a_round_trip_later_and_in_order(line: Line) -> None:
    line.link.send(b"one ", 1.0)
    line.link.send(b"two", 1.01)
    assert [line.at_server(now) for now in (1.049, 1.051, 1.059, 1.061)] == [b"", b"one ", b"", b"two"]


def test_what_the_server_says_is_heard_half_a_round_trip_later_and_its_end_after_it(line: Line) -> None:
    line.far.step(1.0)
    line.server.sendall(b"hello")
    assert line.at_client(1.0) == b""
    line.server.close()
    assert line.at_client(1.02) == b""
    assert (line.at_client(1.051), line.link.ended) == (b"hello", False)
    assert (line.at_client(1.071), line.link.ended) == (b"", True)


def test_in_a_stall_nothing_arrives_and_then_all_of_it_at_once(line: Line) -> None:
    line.link.impairments.stall(1.0, 1.5)
    for now in (1.0, 1.1, 1.2):
        line.link.send(b"x", now)
    assert (line.at_server(1.499), line.at_server(1.501)) == (b"", b"xxx")


def test_a_narrow_network_takes_its_time() -> None:
    with opened(Network(0.1, bytes_per_second=1000)) as line:
        line.link.send(bytes(100), 0.0)
        assert (len(line.at_server(0.149)), len(line.at_server(0.151))) == (0, 100)


def test_a_connection_is_cut_when_its_network_says_so() -> None:
    with opened(Network(cut_after=10.0)) as line:
        line.far.step(4.9)
        assert not line.link.ended
        assert line.far.step(15.1) == [line.link]
        assert line.link.ended


def test_what_is_held_is_bounded_either_way_and_goes_on_when_there_is_room(line: Line) -> None:
    line.server.setblocking(False)
    sent = 0
    for _ in range(1000):
        try:
            sent += line.server.send(bytes(CHUNK_BYTES))
        except BlockingIOError:
            pass
        line.far.step(0.0)
    assert HELD_BYTES < line.link.coming <= HELD_BYTES + CHUNK_BYTES
    heard = 0
    for now in np.arange(0, 5, 0.01):
        heard += len(line.at_client(float(now)))
    assert heard == sent > HELD_BYTES
    while line.link.send(bytes(1000), 6.0):
        pass
    assert HELD_BYTES - 1000 < line.link.going <= HELD_BYTES


def test_a_link_that_is_let_go_hears_and_says_no_more(line: Line) -> None:
    line.link.send(b"too late", 1.0)
    line.server.sendall(b"also too late")
    line.far.step(1.0)
    assert line.far.release(line.link) == b""
    assert line.far.step(2.0) == []
    assert len(line.far) == 0
    with pytest.raises(BlockingIOError):
        line.server.recv(10)


# Latencies

INTERVAL = 1 / 30
STEP = 0.001
SECONDS = 12
CLIENTS = 6
"""The first half of them has no network."""


@attrs.define
class Play:
    """One slice of clients, half of them far, and a server that answers each input ``delay`` after it came.

    Attributes:
        recorded: of the near clients and of the far ones, in ms.
    """

    network: Network
    delay: float
    matches: MatchColumns = attrs.Factory(MatchColumns)
    recorded: tuple[LogHistogram, LogHistogram] = attrs.Factory(lambda: (LogHistogram(), LogHistogram()))

    def run(self) -> None:
        clients, adapter, far = ClientColumns(SLICES * CLIENTS), GameServerAdapter(), DelayedIO()
        io = SystemCalls(4096)
        slices = [
            Slice(number, clients, self.matches, adapter, io, np.random.default_rng(1), firing=False)
            for number in range(SLICES)
        ]
        meter, lost = Meter(), list[str]()
        checks = SnapshotChecks(clients, self.matches, slices, meter, lambda _slot, _now: None, has_ticks=True)
        reading = SocketReader(
            adapter,
            len(clients.fds),
            slices,
            meter,
            io,
            checks,
            lambda _slot, why, _code: lost.append(why),
            lambda _slot, sent: lost.append(sent.url),
        )
        answered = _Recorder(slices[0], self.recorded)
        ends: list[tuple[socket.socket, socket.socket]] = []
        for client in range(CLIENTS):
            near, server = socket.socketpair()
            near.setblocking(False)
            server.setblocking(False)
            ends.append((near, server))
            network = self.network if client >= CLIENTS // 2 else None
            match, _ = self.matches.number(SwarmSeat("K7RW2P", 30), network)
            slot = _take_of_first_slice(clients, DELAYED if network else near.fileno(), match)
            if network:
                slices[0].delayed[slot] = link = far.open(near.fileno(), network, client, 0.0)
                reading.add_delayed(slot, link, b"", 0.0)
                answered.far.add(slot)
            else:
                reading.add(slot, near.fileno(), b"", 0.0)
        servers = [_Answering(server, self.delay) for _, server in ends]
        due = 0.1
        for at in range(round(SECONDS / STEP)):
            now = at * STEP
            for answering in servers:
                answering.step(now)
            answered.now = now
            reading.hear(far.step(now), now)
            reading.read(reading.wait(0), now)
            if now >= due and now < SECONDS - 2:
                slices[0].write(due, meter, now)
                due += INTERVAL
        assert lost == []
        reading.close()
        far.close()
        for near, server in ends:
            near.close()
            server.close()


class _Recorder:
    """Stands before a slice, and notes the latencies of those who are near and those who are far apart."""

    def __init__(self, one: Slice, recorded: tuple[LogHistogram, LogHistogram]) -> None:
        self.far: set[int] = set()
        self.now = 0.0
        latencies = one.latencies

        def noted(slots: Whole, acks: Whole, now: float) -> tuple[Floats, int]:
            for slot, ack in zip(slots, acks, strict=True):
                found, _ = latencies(np.array([slot]), np.array([ack]), now)
                recorded[int(slot) in self.far].record_many(1000 * found)
            return np.zeros(0), 0

        one.latencies = noted  # type: ignore[method-assign]


class _Answering:
    """A server of one client: a snapshot a tick, and one for each input when it has had it for ``delay``."""

    def __init__(self, end: socket.socket, delay: float) -> None:
        self._end = end
        self._delay = delay
        self._acks: list[tuple[float, int]] = []
        self._ack = 0
        self._tick = 0
        self._rest = b""

    def step(self, now: float) -> None:
        try:
            self._rest += self._end.recv(65536)
        except BlockingIOError:
            pass
        while len(self._rest) >= 18:
            frame, self._rest = self._rest[:18], self._rest[18:]
            payload = bytes(byte ^ frame[2 + at % 4] for at, byte in enumerate(frame[6:]))
            self._acks.append((now + self._delay, int.from_bytes(payload[3:7], "big")))
        news = [ack for at, ack in self._acks if at <= now + 1e-9]
        self._acks = self._acks[len(news) :]
        ticks = math.floor(now / INTERVAL) + 100
        if news or ticks > self._tick:
            self._ack = news[-1] if news else self._ack
            self._tick = max(self._tick + 1, ticks)
            message = encode(Snapshot(self._tick, DELTA, self._ack, 1, None, b"", ()))
            self._end.sendall(bytes((0x82, len(message))) + message)


def _take_of_first_slice(clients: ClientColumns, fd: int, match: int) -> int:
    while True:
        slot = clients.take(-1 if fd == DELAYED else fd, match, [0] * SLICES)
        if slot % SLICES == 0:
            return slot
        clients.fds[slot] = -1


def played(network: Network, delay: float) -> tuple[LogHistogram, LogHistogram]:
    play = Play(network, delay)
    play.run()
    return play.recorded


@pytest.mark.parametrize(
    ("network", "delay"), [(Network(0.04), 0.1), (Network(0.09), 0.0), (Network(0.6), 0.0), (Network(0.6), 0.02)]
)
def test_an_input_takes_a_round_trip_more_than_the_server_and_those_beside_take_none(
    network: Network, delay: float
) -> None:
    near, far = played(network, delay)
    for percent in (1, 50, 99, 100):
        assert near.percentile(percent) == pytest.approx(1000 * delay, abs=3)
        assert far.percentile(percent) == pytest.approx(1000 * (delay + network.round_trip), abs=4)
    # They begin when they have heard something.
    assert near.count >= far.count >= near.count - 3 * (30 * network.round_trip / 2 + 1)
    assert near.count > 3 * (SECONDS - 3) * 30


def test_jitter_and_stalls_are_in_the_latencies_as_the_model_has_them() -> None:
    network = Network(0.09, 0.025, stall=0.25, stall_every=4.0)
    near, far = played(network, 0.02)
    assert near.max == pytest.approx(20, abs=3)
    assert far.percentile(50) == pytest.approx(110, abs=6)
    assert far.min >= 85 - 2
    # Of an input that a stall holds back on its way, the answer may be held back by no other.
    assert 300 <= far.max <= 20 + 115 + 2 * 250
    assert (far.percentile(99) or 0) > 250


def test_what_is_released_is_forgotten_and_its_number_may_be_another_connections(line: Line) -> None:
    line.link.send(b"old", 1.0)
    line.server.sendall(b"answer")
    line.far.step(1.0)
    line.far._full.add(line.link)
    line.far._blocked.add(line.link)
    line.link.unsent = b"rest"
    assert line.far.release(line.link) == b"rest"
    assert len(line.far) == 0
    assert line.far._full == line.far._blocked == set()
    again = line.far.open(line.near.fileno(), SLOW, 2, 1.0)
    assert line.at_server(2.0) == b""
    assert again.take() == b""
    line.server.sendall(b"new")
    line.far.step(2.0)
    assert line.far.step(2.1) == [again]
    assert again.take() == b"new"
    assert line.far.release(line.link) == b"rest"
    assert len(line.far) == 1
    line.far.release(again)
