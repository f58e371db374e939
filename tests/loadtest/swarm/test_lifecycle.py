"""The clients of the swarm that are in, and reports about those that are not; on a clock of its own."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
import pytest

from game_server.batch_io import SystemCalls
from game_server.client import ConnectError
from game_server.loadtest.metrics.definitions import refusal_name
from game_server.loadtest.metrics.meter import Meter, Second
from game_server.loadtest.network.shares import Shares
from game_server.loadtest.scenario.scenario import Life
from game_server.loadtest.swarm import lifecycle
from game_server.loadtest.swarm.client_columns import SLICES, ClientColumns, MatchColumns
from game_server.loadtest.swarm.connecting import ServerAddress
from game_server.loadtest.swarm.delayed_io import DelayedIO
from game_server.loadtest.swarm.entry import EntryRequest
from game_server.loadtest.swarm.lifecycle import ClientLifecycle
from game_server.loadtest.swarm.protocol_adapter import GameServerAdapter, SwarmSeat
from game_server.loadtest.swarm.slice import Slice
from game_server.loadtest.swarm.snapshot_checks import SnapshotChecks
from game_server.loadtest.swarm.socket_reader import SocketReader
from game_server.protocol import CloseCode
from tests.loadtest.played import WELCOME

STARTED = 100.0
TICK = 1 / 30


@attrs.define
class Clock:
    now: float = STARTED

    def monotonic(self) -> float:
        return self.now


@attrs.define
class FakeEntryQueue:
    """Keeps visitors waiting until the test lets them in."""

    admit: Any
    turn_away: Any
    waiting: dict[int, EntryRequest] = attrs.Factory(dict)

    def enter(self, request: EntryRequest) -> None:
        self.waiting[request.number] = request

    def give_up(self, number: int) -> bool:
        return self.waiting.pop(number, None) is not None

    def step(self) -> None:
        pass

    def close(self) -> None:
        pass


class FakeWire:
    def __init__(self, near: socket.socket, upgraded: float) -> None:
        self.socket = near
        self.upgraded = upgraded
        self.rest = b""

    def release(self) -> bytes:
        return b""

    def close(self) -> None:
        self.socket.close()


class Swarm:
    """One client, which comes at 0 and goes at 10 s."""

    def __init__(self, clock: Clock, *, reconnect: bool = False, cuts: tuple[float, ...] = ()) -> None:
        self.clock = clock
        self.meter, self.matches, self.clients = Meter(), MatchColumns(), ClientColumns(SLICES)
        adapter, io = GameServerAdapter(), SystemCalls(4096)
        self.slices = [
            Slice(number, self.clients, self.matches, adapter, io, np.random.default_rng(1), firing=False)
            for number in range(SLICES)
        ]
        address = ServerAddress(socket.AF_INET, ("127.0.0.1", 9), "localhost")
        self.attendance = ClientLifecycle(
            adapter,
            address,
            ("",),
            [Life(0, 0.0, 10.0, list(cuts))],
            self.meter,
            STARTED,
            DelayedIO(),
            Shares(),
            reconnect=reconnect,
            seed=1,
        )
        self.checks = SnapshotChecks(
            self.clients, self.matches, self.slices, self.meter, self.attendance.arrived, has_ticks=True
        )
        of = self.attendance
        reading = SocketReader(adapter, SLICES, self.slices, self.meter, io, self.checks, of.lose, of.send_on)
        self.attendance.bind(self.clients, self.matches, self.slices, reading)
        self.queue: FakeEntryQueue = self.attendance._entry_queue  # type: ignore[assignment]
        self.ends: list[socket.socket] = []
        self.tick = 99

    def until(self, at: float) -> None:
        """Let time pass, and the server say nothing."""
        while self.clock.now < STARTED + at:
            self.clock.now += 0.1
            self.attendance.step(self.clock.now)

    def let_in(self, player: int = 3) -> None:
        near, far = socket.socketpair()
        near.setblocking(False)
        self.ends += [near, far]
        request = self.queue.waiting.pop(0)
        details = attrs.evolve(WELCOME, tick=self.tick)
        connection: Any = FakeWire(near, self.clock.now)
        self.attendance._admit(request, connection, SwarmSeat("K7RW2P", 30, "token", player, details))

    def hear(self, ticks: int) -> None:
        """This many snapshots arrive, each with an acknowledgement of what was sent three ticks before."""
        slot = next(iter(self.attendance._by_slot))
        one = self.slices[slot % SLICES]
        for _ in range(ticks):
            self.tick += 1
            self.clock.now += TICK
            self.matches.tick[:] = self.tick
            one.write(self.clock.now, Meter())
            head = bytes([0x97, 0x03, 0xCD, *self.tick.to_bytes(2), 0x00, 0xCD, *self.tick.to_bytes(2), 0x01])
            headers = np.frombuffer(head.ljust(14, b"\0"), np.uint8).reshape(1, -1)
            self.checks.check(np.array([slot]), headers, np.array([100]), self.clock.now)

    def slot(self) -> int:
        return next(iter(self.attendance._by_slot))

    def told(self) -> Second:
        return self.meter.cut(0)


@pytest.fixture
def swarm(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    clock, made = Clock(), list[Swarm]()
    monkeypatch.setattr(lifecycle, "time", clock)
    monkeypatch.setattr(
        lifecycle,
        "EntryQueue",
        lambda _adapter, _address, _far, _seed, admit, turn_away, _wait: FakeEntryQueue(admit, turn_away),
    )

    def swarm(**options: Any) -> Swarm:
        made.append(Swarm(clock, **options))
        return made[-1]

    yield swarm
    for one in made:
        for end in one.ends:
            end.close()


def in_for(swarm: Swarm, ticks: int) -> Swarm:
    """It is in and receives this many snapshots."""
    swarm.attendance.step(swarm.clock.now)
    swarm.let_in()
    swarm.hear(ticks)
    return swarm


def test_who_hears_the_server_to_the_end_has_stayed_and_waits_for_nothing(swarm: Any) -> None:
    one = in_for(swarm(), 300)
    one.attendance.step(STARTED + 10.01)
    told = one.told()
    assert (told.counts["connected"], told.counts["disconnects"], told.counts["unanswered_inputs"]) == (1, 0, 0)
    assert told.spreads["snapshot_gap_ms"].count == 299
    assert told.spreads["snapshots_per_second"].max == pytest.approx(30.0, rel=0.01)


def test_a_server_that_stands_still_until_the_end_is_slow_for_so_long_at_least(swarm: Any) -> None:
    one = in_for(swarm(), 150)
    for step in range(1, 149):
        one.slices[one.slot() % SLICES].write(one.clock.now + step * TICK, Meter())
    one.until(10.0)
    told = one.told()
    assert told.spreads["snapshot_gap_ms"].max == pytest.approx(5000, abs=200)
    assert told.spreads["input_ack_ms"].max == pytest.approx(5000, abs=200)
    assert told.counts["unanswered_inputs"] == pytest.approx(148, abs=5)
    assert told.spreads["snapshots_per_second"].max == pytest.approx(15, abs=0.5)
    assert told.counts["disconnects"] == 0


def test_what_a_client_waited_for_is_recorded_when_its_link_is_lost_as_well(swarm: Any) -> None:
    one = in_for(swarm(), 60)
    one.until(4.0)
    one.attendance.lose(one.slot(), "connection lost", CloseCode.ABNORMAL)
    told = one.told()
    assert told.spreads["snapshot_gap_ms"].max == pytest.approx(2000, abs=200)
    assert (told.counts["disconnects"], told.counts["lost_links"]) == (1, 1)


def test_who_hears_nothing_for_longer_than_the_server_may_be_silent_gives_it_up(swarm: Any) -> None:
    one = in_for(swarm(), 30)
    one.clients.silence_timeout[one.slot()] = 4.0
    one.until(4.9)
    assert one.told().kinds["failures"] == {}
    one.until(6.0)
    told = one.told()
    assert told.kinds["failures"] == {"the server fell silent": 1}
    assert (told.counts["disconnects"], told.counts["lost_links"]) == (1, 1)
    assert told.spreads["snapshot_gap_ms"].max == pytest.approx(4000, abs=700)


def test_patience_is_that_of_the_welcome_and_counts_silence_before_any_snapshot(swarm: Any) -> None:
    one = swarm()
    one.attendance.step(one.clock.now)
    one.let_in()
    assert one.clients.silence_timeout[one.slot()] == WELCOME.timeout
    one.clients.silence_timeout[one.slot()] = 2.0
    one.until(3.0)
    assert one.told().kinds["failures"] == {"the server fell silent": 1}


def test_who_was_given_a_silent_server_comes_back_if_it_is_to(swarm: Any) -> None:
    one = in_for(swarm(reconnect=True), 30)
    one.clients.silence_timeout[one.slot()] = 2.0
    one.until(5.0)
    assert 0 in one.queue.waiting
    one.let_in()
    one.hear(30)
    one.attendance.step(STARTED + 10.01)
    told = one.told()
    assert (told.counts["disconnects"], told.counts["resumed"], told.counts["lost_links"]) == (0, 1, 1)
    assert told.spreads["outage_ms"].count == 1


def test_a_tester_that_stood_still_itself_does_not_blame_the_server(swarm: Any) -> None:
    one = in_for(swarm(), 30)
    one.clients.silence_timeout[one.slot()] = 2.0
    one.attendance.step(STARTED + 1.1)
    one.clock.now = STARTED + 9.0
    one.attendance.step(one.clock.now)
    one.hear(1)
    one.until(9.9)
    assert one.told().kinds["failures"] == {}


def test_who_is_cut_off_and_still_at_the_door_at_the_end_has_been_cut_off_since_then(swarm: Any) -> None:
    one = in_for(swarm(cuts=(5.0,)), 120)
    one.until(10.1)
    told = one.told()
    assert (told.counts["connected"], told.counts["disconnects"], told.counts["resumed"]) == (1, 1, 0)
    assert told.kinds["failures"] == {"lost its connection, and was not back before it was to leave": 1}
    assert told.spreads["outage_ms"].max == pytest.approx(5000, abs=200)


def test_who_is_cut_off_and_comes_back_has_an_outage_and_no_failure(swarm: Any) -> None:
    one = in_for(swarm(cuts=(5.0,)), 120)
    one.until(7.0)
    one.let_in()
    one.hear(90)
    one.attendance.step(STARTED + 10.01)
    told = one.told()
    assert (told.counts["disconnects"], told.counts["resumed"], told.kinds["failures"]) == (0, 1, {})
    assert told.spreads["outage_ms"].max == pytest.approx(2000, abs=200)
    assert told.spreads["outage_ms"].count == 1


def test_whose_connection_breaks_with_no_time_to_come_back_has_been_cut_off(swarm: Any) -> None:
    one = in_for(swarm(reconnect=True), 298)
    one.attendance.lose(one.slot(), "connection lost", CloseCode.ABNORMAL)
    one.until(10.1)
    told = one.told()
    assert (told.counts["disconnects"], told.kinds["failures"]) == (1, {"connection lost": 1})
    assert told.spreads["outage_ms"].count == 1


def test_who_is_out_when_everybody_goes_before_the_time_has_been_cut_off(swarm: Any) -> None:
    one = in_for(swarm(cuts=(5.0,)), 120)
    one.until(7.0)
    one.attendance.everybody_goes()
    told = one.told()
    assert told.counts["disconnects"] == 1
    assert told.spreads["outage_ms"].max == pytest.approx(2000, abs=200)


def test_who_comes_back_in_vain_has_been_out_since_it_was_lost(swarm: Any) -> None:
    one = in_for(swarm(cuts=(5.0,)), 120)
    one.until(8.0)
    one.queue.turn_away(one.queue.waiting.pop(0), ConnectError("no answer within 10 s"))
    told = one.told()
    assert (told.counts["disconnects"], told.kinds["failures"]) == (1, {"no answer within 10 s": 1})
    assert told.spreads["outage_ms"].max == pytest.approx(3000, abs=200)


def test_how_long_it_took_to_connect_and_to_be_seated_is_recorded(swarm: Any) -> None:
    one = swarm()
    one.until(0.4)
    due = one.queue.waiting[0].due
    assert due == STARTED
    one.clock.now += 1.0
    one.let_in()
    spreads = one.told().spreads
    assert spreads["connect_ms"].max == pytest.approx(1000 * (one.clock.now - due))
    assert (spreads["join_ms"].count, spreads["connect_ms"].count) == (1, 1)


def test_who_comes_back_to_another_seat_has_lost_the_one_it_had(swarm: Any) -> None:
    one = in_for(swarm(cuts=(5.0,)), 120)
    one.until(7.0)
    one.let_in(player=4)
    told = one.told()
    assert (told.counts["resumed"], told.counts["lost_seats"]) == (0, 1)


@pytest.mark.parametrize(
    ("why", "counts", "kinds"),
    [
        (ConnectError("no"), {"failed": 1}, {}),
        (ConnectError("full", refusal=4), {"failed": 1, "turned_away": 1}, {"refused": {refusal_name(4): 1}}),
        (ConnectError("no files", local_shortage=True), {"failed": 1, "tester_faults": 1}, {}),
        (ConnectError.closed(4005, "flood"), {"failed": 1}, {"closes": {"4005": 1}}),
    ],
)
def test_who_never_gets_in_is_counted_by_why(
    swarm: Any, why: ConnectError, counts: dict[str, int], kinds: dict[str, Any]
) -> None:
    one = swarm()
    one.attendance.step(one.clock.now)
    one.queue.turn_away(one.queue.waiting.pop(0), why)
    told = one.told()
    assert +told.counts == counts
    assert told.kinds == {"failures": {str(why): 1}, **kinds}


def test_who_is_still_at_the_door_when_it_is_to_leave_never_got_in(swarm: Any) -> None:
    one = swarm()
    one.until(10.1)
    told = one.told()
    assert +told.counts == {"failed": 1}
    assert told.kinds["failures"] == {"did not get in before it was to leave": 1}


def test_the_token_of_a_seat_is_in_no_log() -> None:
    assert "the token" not in repr(lifecycle._Client(Life(0, 0.0), token="the token"))


def test_each_connection_of_a_client_is_an_attempt_of_its_own(swarm: Any) -> None:
    one = swarm(cuts=(2.0, 4.0))
    requests = []
    for at in (0.0, 2.0, 4.0):
        one.until(at)
        one.attendance.step(STARTED + at)
        requests.append(one.queue.waiting[0])
        one.let_in()
    assert [(request.attempt, request.due, request.token) for request in requests] == [
        (0, STARTED, ""), (1, STARTED + 2, "token"), (2, STARTED + 4, "token"),
    ]  # fmt: skip


def test_a_lost_client_comes_back_after_a_fifth_to_half_of_a_second(swarm: Any) -> None:
    one = in_for(swarm(reconnect=True), 30)
    lost = one.clock.now
    one.attendance.lose(one.slot(), "connection lost", CloseCode.ABNORMAL)
    one.attendance.step(lost + 0.199)
    assert one.queue.waiting == {}
    one.attendance.step(lost + 0.501)
    assert lost + 0.2 <= one.queue.waiting[0].due <= lost + 0.5
    assert one.told().kinds["closes"] == {"1006": 1}


@pytest.mark.parametrize("code", [None, CloseCode.NORMAL, CloseCode.REPLACED, CloseCode.REMOVED])
def test_a_client_that_was_sent_away_does_not_come_back(swarm: Any, code: CloseCode | None) -> None:
    one = in_for(swarm(reconnect=True), 30)
    one.attendance.lose(one.slot(), "sent away", code)
    one.attendance.step(one.clock.now + 1)
    assert one.queue.waiting == {}
    assert one.attendance.over
    assert one.told().kinds["closes"] == ({} if code is None else {str(int(code)): 1})


@pytest.mark.parametrize(("tick", "restarts"), [(99, 0), (70, 0), (69, 1)])
def test_ticks_count_from_0_where_a_match_has_gone_back_by_more_than_a_second(
    swarm: Any, tick: int, restarts: int
) -> None:
    one = swarm(cuts=(1.0,))
    one.attendance.step(one.clock.now)
    one.let_in()
    one.hear(1)
    one.until(1.0)
    one.attendance.step(STARTED + 1.0)
    one.tick = tick
    one.let_in()
    assert one.matches.world.tolist() == [restarts]
    assert one.matches.tick.tolist() == [0 if restarts else 100]
