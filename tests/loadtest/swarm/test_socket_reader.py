"""The reading side of the swarm, over pairs of sockets."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator

import attrs
import numpy as np
import pytest
from wsproto import ConnectionType
from wsproto.connection import Connection
from wsproto.events import BytesMessage, CloseConnection, Event, Ping

from game_server.batch_io import SystemCalls
from game_server.client import EpochReport
from game_server.loadtest.metrics.meter import Meter, Second
from game_server.loadtest.network.model import PRESETS
from game_server.loadtest.swarm.client_columns import LEAD, SLICES, ClientColumns, MatchColumns
from game_server.loadtest.swarm.client_frames import PONG
from game_server.loadtest.swarm.protocol_adapter import GameServerAdapter, SwarmSeat
from game_server.loadtest.swarm.sample_reader import SampleReader
from game_server.loadtest.swarm.slice import REMEMBERED, Slice
from game_server.loadtest.swarm.snapshot_checks import SnapshotChecks
from game_server.loadtest.swarm.socket_reader import SocketReader
from game_server.protocol import DELTA, KEYFRAME, Events, Home, HomeCode, Lobby, Notice, Pong, ServerMessage, encode
from tests.loadtest.played import WELCOME, snapshot


@attrs.define
class Read:
    """Clients that are in, and the server's ends of their connections."""

    clients: int
    meter: Meter = attrs.Factory(Meter)
    lost: list[tuple[int, str, int | None]] = attrs.Factory(list)
    ends: list[tuple[socket.socket, socket.socket]] = attrs.Factory(list)
    now: float = 100.0
    matches: MatchColumns = attrs.Factory(MatchColumns)
    reading: SocketReader = attrs.field(init=False)
    slices: list[Slice] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        clients, adapter = ClientColumns(self.clients), GameServerAdapter()
        match, _ = self.matches.number(SwarmSeat("K7RW2P", 30))
        io = SystemCalls(4096)
        self.slices = slices = [
            Slice(number, clients, self.matches, adapter, io, np.random.default_rng(1), firing=False)
            for number in range(SLICES)
        ]
        checks = SnapshotChecks(clients, self.matches, slices, self.meter, lambda _slot, _now: None, has_ticks=True)
        self.reading = SocketReader(
            adapter, len(clients.fds), slices, self.meter, io, checks, self._lose, lambda _slot, _sent: None
        )
        for _ in range(self.clients):
            near, far = socket.socketpair()
            near.setblocking(False)
            self.ends.append((near, far))
            slot = clients.take(near.fileno(), match, [0] * SLICES)
            self.reading.add(slot, near.fileno(), b"", self.now)

    def _lose(self, slot: int, reason: str, code: int | None) -> None:
        self.lost.append((slot, reason, code))
        self.reading.forget(self.ends[slot][0].fileno())

    def send(self, client: int, *events: Event) -> None:
        framing = Connection(ConnectionType.SERVER)
        self.ends[client][1].sendall(b"".join(framing.send(event) for event in events))

    def send_messages(self, client: int, *messages: ServerMessage) -> None:
        self.send(client, *(BytesMessage(encode(message)) for message in messages))

    def read(self) -> Second:
        self.now += 0.1
        self.reading.read(self.reading.wait(0), self.now)
        return self.meter.cut(0)

    def sample(self, client: int) -> None:
        self.reading.read_whole(client, SampleReader(WELCOME, self.meter))


@pytest.fixture
def read() -> Iterator[Read]:
    read = Read(3)
    yield read
    read.reading.close()
    for near, far in read.ends:
        near.close()
        far.close()


def test_snapshots_of_all_clients_are_counted_and_the_gaps_between_them_measured(read: Read) -> None:
    for client in range(3):
        read.send_messages(client, snapshot(100))
    read.read()
    for client in range(3):
        read.send_messages(client, snapshot(101))
    second = read.read()
    assert second.counts["snapshots"] == 3
    assert second.spreads["snapshot_gap_ms"].percentile(50) == pytest.approx(100)
    assert (second.counts["faults"], second.counts["missed_ticks"]) == (0, 0)
    assert read.matches.tick[0] == 101


def test_a_burst_is_judged_snapshot_by_snapshot_for_each_client(read: Read) -> None:
    read.send_messages(0, snapshot(100), snapshot(101), snapshot(104))
    read.send_messages(1, snapshot(100))
    second = read.read()
    assert second.counts["snapshots"] == 4
    assert (second.counts["missed_ticks"], second.counts["faults"]) == (2, 0)


@pytest.mark.parametrize(
    ("then", "faults"), [(snapshot(100), 1), (snapshot(99), 1), (snapshot(101, ack=5), 1), (snapshot(101), 0)]
)
def test_a_tick_out_of_order_and_an_acknowledgement_of_what_was_not_sent_are_faults(
    read: Read, then: ServerMessage, faults: int
) -> None:
    read.send_messages(0, snapshot(100))
    read.read()
    read.send_messages(0, then)
    assert read.read().counts["faults"] == faults


@pytest.mark.parametrize(("ack", "faults"), [(49, 1), (50, 0)])
def test_an_acknowledgement_that_goes_back_is_a_fault(read: Read, ack: int, faults: int) -> None:
    read.send_messages(0, snapshot(100, ack=50), snapshot(101, ack=ack))
    assert read.read().counts["faults"] == faults


def test_inputs_are_late_before_the_first_acknowledgement_when_their_ticks_are_over(read: Read) -> None:
    for tick in range(100, 110):
        read.send_messages(0, snapshot(tick))
    late = read.read().counts["late_inputs"]
    assert late == 109 - (100 + LEAD + 1)
    for tick in range(110, 113):
        read.send_messages(0, snapshot(tick, ack=tick))
    assert read.read().counts["late_inputs"] == 0
    read.send_messages(0, snapshot(113, ack=112))
    assert read.read().counts["late_inputs"] == 1


def test_what_comes_together_with_a_new_world_is_judged_before_and_after_it(read: Read) -> None:
    read.send_messages(
        0, snapshot(9000), attrs.evolve(WELCOME, tick=0), *(snapshot(tick) for tick in range(1, 2 + LEAD + 1))
    )
    second = read.read()
    assert (second.counts["late_inputs"], second.counts["faults"], second.counts["missed_ticks"]) == (0, 0, 0)
    read.send_messages(0, snapshot(2 + LEAD + 1))
    assert read.read().counts["late_inputs"] == 1


def test_inputs_that_wait_for_longer_than_is_remembered_are_given_up_and_counted(read: Read) -> None:
    read.send_messages(0, snapshot(100))
    read.read()
    for step in range(REMEMBERED + 200):
        read.matches.tick[0] = 100 + step
        read.slices[0].write(100 + step / 30, Meter())
    read.send_messages(0, snapshot(100 + REMEMBERED + 200, ack=100 + REMEMBERED + 200))
    second = read.read()
    assert second.counts["unanswered_inputs"] == 201
    assert second.spreads["input_ack_ms"].count == REMEMBERED + 200


def test_updates_of_the_lobby_are_counted(read: Read) -> None:
    rows = Lobby(1, 3, (), ())
    read.send_messages(0, rows, rows)
    second = read.read()
    assert (second.counts["lobby_updates"], second.counts["lobby_bytes"]) == (2, 2 * len(encode(rows)))


def test_all_bytes_that_come_are_counted_those_of_sampled_clients_too(read: Read) -> None:
    framing = Connection(ConnectionType.SERVER)
    size = len(framing.send(BytesMessage(encode(snapshot(100, KEYFRAME)))))
    read.sample(0)
    for client in range(2):
        read.send_messages(client, snapshot(100, KEYFRAME))
    second = read.read()
    assert second.counts["bytes_in"] == 2 * size
    assert second.spreads["input_depth"].count == 2


def test_a_sampled_client_measures_its_round_trip(read: Read) -> None:
    read.sample(0)
    read.send_messages(0, snapshot(100, KEYFRAME))
    read.read()
    asked = read.now
    read.send_messages(0, Pong(asked, 100.0), Pong(asked - 1, 100.0))
    trips = read.read().spreads["round_trip_ms"]
    assert trips.count == 1
    assert trips.max == pytest.approx(100.0)


def test_a_snapshot_that_comes_in_pieces_counts_once_when_it_is_whole(read: Read) -> None:
    data = Connection(ConnectionType.SERVER).send(BytesMessage(encode(snapshot(100))))
    read.ends[0][1].sendall(data[:5])
    assert read.read().counts["snapshots"] == 0
    read.ends[0][1].sendall(data[5:])
    assert read.read().counts["snapshots"] == 1


def test_other_messages_between_snapshots_are_passed_over(read: Read) -> None:
    read.send_messages(0, snapshot(100), Notice(1, "!"), snapshot(101))
    second = read.read()
    assert (second.counts["snapshots"], second.counts["faults"]) == (2, 0)
    assert read.lost == []


@pytest.mark.parametrize("before", [(), (Events(99, ()),), (Events(99, ()), Events(100, ())), (Notice(1, "!"),)])
def test_a_snapshot_behind_other_messages_counts_once(read: Read, before: tuple[ServerMessage, ...]) -> None:
    read.send_messages(0, snapshot(99))
    read.read()
    read.send_messages(0, *before, snapshot(100))
    read.send_messages(1, *before, snapshot(100), snapshot(101))
    second = read.read()
    assert (second.counts["snapshots"], second.counts["faults"], second.counts["missed_ticks"]) == (3, 0, 0)


def test_one_who_is_sent_home_before_a_snapshot_is_out(read: Read) -> None:
    read.send_messages(0, Events(99, ()), Home(0, "Bye", "Ada", ()), snapshot(100))
    read.read()
    assert [slot for slot, *_ in read.lost] == [0]


def test_every_ping_is_answered(read: Read) -> None:
    for _ in range(2):
        read.send(1, Ping(payload=b"?"))
        read.read()
        assert read.ends[1][1].recv(100)[0] == 0x80 | PONG


def test_one_who_is_cut_off_is_lost_with_the_code_and_the_others_play_on(read: Read) -> None:
    read.send(0, CloseConnection(code=4007, reason="too slow"))
    read.ends[1][1].close()
    read.send_messages(2, snapshot(100))
    assert read.read().counts["snapshots"] == 1
    assert sorted(read.lost) == [(0, "closed with 4007 too slow", 4007), (1, "connection lost", 1006)]


def test_one_who_is_sent_to_the_lobby_is_out(read: Read) -> None:
    read.send_messages(0, snapshot(100), Home(HomeCode.ENDED, "The match has ended.", "Ada", ()))
    assert read.read().counts["snapshots"] == 1
    assert read.lost == [(0, "sent to the lobby", None)]


def test_the_age_of_a_snapshot_is_the_time_since_its_tick_was_due(read: Read) -> None:
    read.matches.learn(EpochReport({"K7RW2P": 95.0}, 99.0))
    read.send_messages(0, snapshot(150))
    read.send_messages(1, snapshot(151))
    ages = read.read().spreads["snapshot_age_ms"]
    assert (ages.count, ages.max, ages.min) == pytest.approx((2, 100.0, 100 - 1000 / 30))


def test_a_snapshot_of_a_match_whose_ticks_nobody_knows_has_no_age(read: Read) -> None:
    read.matches.learn(EpochReport({"OTHERS": 95.0}, 99.0))
    read.send_messages(0, snapshot(150))
    assert "snapshot_age_ms" not in read.read().spreads


def test_a_match_that_somebody_comes_to_later_is_known_from_before(read: Read) -> None:
    read.matches.learn(EpochReport({"LATER": 95.0}, 99.0))
    number, _ = read.matches.number(SwarmSeat("LATER", 30))
    assert read.matches.zero[number] == 95.0


def test_behind_a_network_snapshots_have_no_age(read: Read) -> None:
    number, _ = read.matches.number(SwarmSeat("K7RW2P", 30), PRESETS["mobile"])
    read.matches.learn(EpochReport({"K7RW2P": 95.0}, 99.0))
    assert np.isnan(read.matches.zero[number])


def test_in_a_new_world_there_are_ages_once_it_is_known_when_it_began(read: Read) -> None:
    read.matches.learn(EpochReport({"K7RW2P": 95.0}, 99.0))
    read.send_messages(0, attrs.evolve(WELCOME, tick=0), snapshot(1))
    assert "snapshot_age_ms" not in read.read().spreads
    read.matches.learn(EpochReport({"K7RW2P": 95.0}, read.now - 0.1))
    read.send_messages(0, snapshot(2))
    assert "snapshot_age_ms" not in read.read().spreads
    read.matches.learn(EpochReport({"K7RW2P": read.now}, read.now))
    read.send_messages(0, snapshot(3))
    assert read.read().spreads["snapshot_age_ms"].max == pytest.approx(0.0, abs=1e-3)


def test_a_new_world_is_no_fault_and_its_ticks_count_from_0_for_everybody(read: Read) -> None:
    for client in range(3):
        read.send_messages(client, snapshot(9000))
    read.read()
    again = attrs.evolve(WELCOME, tick=0)
    read.send_messages(0, again, snapshot(1))
    read.send_messages(1, snapshot(9001))
    second = read.read()
    assert (second.counts["faults"], second.counts["missed_ticks"]) == (0, 0)
    assert read.matches.tick[0] == 1
    read.send_messages(1, again, snapshot(1))
    read.send_messages(2, again, snapshot(1), snapshot(2))
    second = read.read()
    assert (second.counts["faults"], second.counts["missed_ticks"]) == (0, 0)
    assert read.matches.tick[0] == 2


def test_a_sampled_client_finds_a_desync_and_says_so(read: Read) -> None:
    read.sample(0)
    read.send_messages(0, snapshot(100, KEYFRAME), snapshot(101, DELTA, digest=12345))
    assert read.read().counts["desyncs"] == 1
    assert read.ends[0][1].recv(1000)


def test_a_sampled_client_that_receives_nonsense_is_lost(read: Read) -> None:
    read.sample(0)
    read.send(0, BytesMessage(b"\x98\x11\xc1garbage-garbage"))
    read.read()
    [(slot, reason, code)] = read.lost
    assert (slot, code) == (0, 4001)
    assert "the server broke the protocol" in reason


def test_it_waits_while_nothing_comes_and_not_otherwise(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(select, "select", lambda _polls, _out, _odd, timeout: waits.append(timeout))
    assert read.reading.wait(0.0) == []
    assert waits == []
    assert read.reading.wait(0.05) == []
    assert waits == [0.05]
    read.send_messages(0, snapshot(100))
    assert len(read.reading.wait(0.05)) == 1
    assert waits == [0.05]
