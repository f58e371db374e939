"""A seated link's socket on its own, with nothing of the library above it."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable

import numpy as np
import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st
from wsproto import ConnectionType
from wsproto.connection import Connection
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, Pong

from game_server.protocol import Chat, ClientMessage, CloseCode, Input, Snapshots, encode
from game_server.protocol import Ping as Ping_
from game_server.throttling import Throttling
from game_server.transport import Link, SeatedSockets, TransportOptions
from game_server.transport.peer import WRITE_BYTES, Peer
from game_server.transport.tick_io.input_reader import MANY
from game_server.transport.tick_io.tick_socket import PASSED_BYTES, TICK_READ_BYTES, TickSocket
from game_server.transport.websocket.frame_budget import FrameBudget
from game_server.transport.websocket.frame_splitter import FrameSplitter
from game_server.transport.websocket.frames import head_of
from game_server.transport.websocket.mailbox import MAX_QUEUED_BYTES, MAX_QUEUED_CHAT_BYTES
from tests.transport.clients import frame
from tests.transport.port import TICK, virtual_time

OPTIONS = TransportOptions()
PATIENT = TransportOptions(timeout=1e6, ping_interval=1e5)
CAPACITY = OPTIONS.message_budget[0]
FULL = b"f" * 100_000
"""More than a socket takes while nobody reads."""


class End:
    """A `TickSocket` and the other end of its socket, which reads on request."""

    def __init__(self, options: TransportOptions = PATIENT, sockets: SeatedSockets | None = None) -> None:
        self.ours, self.theirs = socket.socketpair()
        for end in (self.ours, self.theirs):
            end.setblocking(False)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
        self.link = Link("peer", inbox_capacity=CAPACITY, hello_deadline=float("inf"))
        self.peer = Peer(trio.testing.memory_stream_pair()[0], "peer", OPTIONS.slow_timeout)
        budget = FrameBudget(OPTIONS.message_budget, trio.current_time(), Throttling(), ())
        self.tick_socket = TickSocket(self.ours.fileno(), self.link, self.peer, FrameSplitter(), budget, options)
        self.sockets = SeatedSockets() if sockets is None else sockets
        self.sockets.add(self.tick_socket)
        self.link.outgoing = self.tick_socket
        self.received = b""
        self._frames = Connection(ConnectionType.CLIENT)

    def tick(self) -> None:
        self.sockets.receive()
        self.sockets.flush()

    def read(self, most: int = 1 << 20) -> bytes:
        """What the peer finds in its socket."""
        try:
            data = self.theirs.recv(most)
        except BlockingIOError:
            return b""
        self.received += data
        self._frames.receive_data(data)
        return data

    def events(self) -> list[Event]:
        """What the peer's WebSocket made of it; broken framing raises."""
        return list(self._frames.events())

    def close(self) -> None:
        self.ours.close()
        self.theirs.close()


@pytest.fixture
async def end() -> AsyncIterator[End]:
    end = End()
    yield end
    end.close()


def messages(events: list[Event]) -> list[bytes]:
    """Whole messages."""
    found, parts = [], b""
    for event in events:
        if isinstance(event, BytesMessage):
            parts += event.data
            if event.message_finished:
                found.append(parts)
                parts = b""
    return found


# Reading


async def test_a_tick_reads_a_bounded_amount_and_the_next_goes_on(end: End) -> None:
    sent = [number.to_bytes(100, "big") for number in range(60)]
    end.theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
    end.theirs.send(b"".join(map(frame, sent)))
    end.tick()
    first = end.link.drain()
    assert first == sent[: TICK_READ_BYTES // 106]
    end.tick()
    assert first + end.link.drain() == sent


async def test_a_flood_is_closed_within_the_ticks_that_its_budget_lasts(end: End) -> None:
    end.theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    end.theirs.send(frame(b"x" * 20) * 10_000)
    ticks = 0
    while not end.link.closed:
        end.tick()
        end.link.drain()
        ticks += 1
    assert end.link.ended_with()[0] == CloseCode.FLOODING
    assert ticks <= 26 * CAPACITY / TICK_READ_BYTES + 1


@pytest.mark.parametrize(("message", "free"), [(Input(1, 0, 0), True), (Ping_(1.5), False), (Chat("hi"), False)])
async def test_one_input_a_tick_is_free_and_no_other_message_is(end: End, message: ClientMessage, free: bool) -> None:
    for _ in range(CAPACITY + 1):
        end.theirs.send(frame(encode(message)))
        end.tick()
        end.link.drain()
    assert end.link.closed is not free


async def test_inputs_that_nobody_drains_are_bounded(end: End) -> None:
    for _ in range(CAPACITY + 1):
        end.theirs.send(frame(b"input"))
        end.tick()
        await trio.sleep(1)
    assert end.link.ended_with()[0] == CloseCode.FLOODING
    assert end.link.drain() == []


async def test_the_library_gets_what_is_no_input_and_the_end(end: End) -> None:
    end.theirs.send(frame(b"1") + frame(b"?", opcode=9) + frame(b"2"))
    end.tick()
    assert await end.tick_socket.receive() == frame(b"?", opcode=9)
    assert end.link.drain() == [b"1", b"2"]
    end.theirs.shutdown(socket.SHUT_WR)
    end.tick()
    assert await end.tick_socket.receive() == b""


async def test_a_socket_is_not_read_while_the_library_has_enough_to_do(end: End) -> None:
    end.theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    end.theirs.send(frame(bytes(16 * 1024)) * 4)
    for _ in range(100):
        end.tick()
    taken = await end.tick_socket.receive()
    assert taken is not None
    assert len(taken) <= 16 * 1024 + TICK_READ_BYTES
    assert not end.link.closed


async def test_many_inputs_of_a_tick_each_reach_their_own_link(end: End) -> None:
    ends = [end, *(End() for _ in range(2 * MANY))]
    sockets = SeatedSockets()
    for number, end in enumerate(ends):
        sockets.add(end.tick_socket)
        end.theirs.send(frame(bytes([number] * 9), opcode=9 if number == 3 else 2))
    sockets.receive()
    assert await ends[3].tick_socket.receive() == frame(bytes([3] * 9), opcode=9)
    drained = [end.link.drain() for end in ends]
    assert drained == [[] if number == 3 else [bytes([number] * 9)] for number in range(len(ends))]
    assert [end.link.bytes_in for end in ends] == [15] * len(ends)
    for other in ends[1:]:
        other.close()


async def test_inputs_that_one_of_many_does_not_drain_are_bounded(end: End) -> None:
    ends = [end, *(End() for _ in range(MANY - 1))]
    sockets, ticks = SeatedSockets(), 0
    for end in ends:
        sockets.add(end.tick_socket)
    while not any(end.link.closed for end in ends):
        for end in ends:
            end.theirs.send(frame(b"x" * 9))
        sockets.receive()
        for end in ends[1:]:
            end.link.drain()
        ticks += 1
        await trio.sleep(TICK)
    assert ticks == CAPACITY + 1
    assert [end.link.closed for end in ends] == [True] + [False] * (MANY - 1)
    assert ends[0].link.ended_with()[0] == CloseCode.FLOODING
    for other in ends[1:]:
        other.close()


# Writing


async def test_what_is_sent_and_offered_in_a_tick_goes_out_at_its_end_in_that_order(end: End) -> None:
    end.link.send(b"events")
    assert end.link.offer(b"snapshot")
    end.link.send(b"pong")
    assert end.read() == b""
    end.tick()
    end.read()
    assert messages(end.events()) == [b"events", b"snapshot", b"pong"]


async def test_each_of_several_ticks_in_the_same_instant_gets_its_snapshot_out(end: End) -> None:
    for number in range(5):
        assert end.link.offer(bytes([number]))
        end.tick()
    end.read()
    assert messages(end.events()) == [bytes([number]) for number in range(5)]


async def test_a_full_socket_refuses_snapshots_until_it_has_taken_what_waits(end: End) -> None:
    assert end.link.offer(FULL)
    end.tick()
    assert not end.link.offer(b"old")
    end.link.send(b"reliable")
    assert not end.link.offer(b"old")
    while end.read():
        end.tick()
    assert end.link.offer(b"new")
    end.tick()
    end.read()
    assert messages(end.events()) == [FULL, b"reliable", b"new"]
    assert end.link.skipped == 2
    assert end.link.bytes_out == len(end.received)


async def test_what_waits_for_a_peer_that_does_not_read_is_bounded(end: End) -> None:
    message = bytes(10_000)
    end.link.offer(FULL)
    end.tick()
    sent = 0
    while not end.link.closed:
        end.link.send(message)
        end.link.offer(FULL)
        end.tick()
        sent += 1
    assert end.link.ended_with()[0] == CloseCode.TOO_SLOW
    assert MAX_QUEUED_BYTES - len(message) <= sent * len(message) <= MAX_QUEUED_BYTES + len(FULL) + 2 * len(message)
    unsent = end.tick_socket.release()[1]
    assert len(unsent) <= MAX_QUEUED_BYTES + len(FULL) + 10_010


@pytest.mark.parametrize("left", [20_000, len(FULL)])
@pytest.mark.parametrize("way", ["for all at once", "by the link"])
@pytest.mark.parametrize("first", [b"", bytes(5000)], ids=["alone", "behind a message"])
async def test_of_a_snapshot_only_what_is_not_out_yet_may_wait_beside_the_messages(
    end: End, first: bytes, way: str, left: int
) -> None:
    if way == "by the link":
        if first:
            end.link.send(first)
        end.link.offer(FULL)
    else:
        end.sockets.admit(0, end.link)
        end.sockets.write(np.array([0]), [first], Snapshots([FULL[:9]], [FULL[9:]]))
    end.tick()
    while (waits := len(end.tick_socket.release()[1])) > left:
        end.read(1000)
        end.tick()
    assert 0 < waits < len(FULL)
    while not end.link.closed:
        end.link.send(bytes(1000))
    assert MAX_QUEUED_BYTES - 1010 <= len(end.tick_socket.release()[1]) - waits <= MAX_QUEUED_BYTES + 10


@pytest.mark.parametrize(("beyond", "taken"), [(0, True), (1, False)])
async def test_messages_wait_up_to_the_last_byte_of_the_bound(end: End, beyond: int, taken: bool) -> None:
    first = bytes(1000)
    assert end.tick_socket.put(first)
    waits = len(head_of(len(first))) + len(first)
    assert end.tick_socket.put(bytes(MAX_QUEUED_BYTES - waits + beyond)) is taken


async def test_chat_is_bounded_by_itself_and_takes_no_room_of_messages(end: End) -> None:
    end.link.send(FULL)
    while end.link.try_send(bytes(1000)):
        end.tick()
    while not end.link.closed:
        end.link.send(bytes(1000))
    assert len(end.tick_socket.release()[1]) <= MAX_QUEUED_BYTES + MAX_QUEUED_CHAT_BYTES + 10


async def test_chat_is_taken_again_when_all_is_out(end: End) -> None:
    end.link.send(FULL)
    while end.link.try_send(bytes(1000)):
        end.tick()
    while end.read():
        end.tick()
    assert end.link.try_send(bytes(1000))
    assert len(end.events()) > 60


async def test_one_message_alone_may_be_larger_than_the_bound(end: End) -> None:
    end.link.send(bytes(MAX_QUEUED_BYTES + 1))
    assert not end.link.closed


async def test_a_peer_that_reads_nothing_for_10_seconds_is_too_slow(end: End) -> None:
    end.link.offer(FULL)
    began = trio.current_time()
    while not end.link.closed:
        end.tick()
        await trio.sleep(0.1)
    assert end.link.ended_with()[0] == CloseCode.TOO_SLOW
    assert trio.current_time() == pytest.approx(began + OPTIONS.slow_timeout, abs=0.2)
    assert end.peer.torn
    assert end.peer.stalled


async def test_a_peer_that_reads_1_kilobyte_a_second_is_kept(end: End) -> None:
    for second in range(120):
        end.link.offer(second.to_bytes(2, "big") * 3000)
        for _ in range(30):
            end.tick()
        end.read(1024)
        await trio.sleep(1)
    assert not end.link.closed
    seen = messages(end.events())
    assert len(seen) >= 10
    assert [message[:2] for message in seen] == sorted(message[:2] for message in seen)


async def test_a_peer_that_pauses_for_3_seconds_gets_the_newest_state_when_it_is_back(end: End) -> None:
    taken = []
    for number in range(200):
        if end.link.offer(number.to_bytes(2, "big") * 300):
            taken.append(number)
        end.tick()
        if not 50 <= number < 140:
            while end.read():
                end.tick()
        await trio.sleep(1 / 30)
    assert [int.from_bytes(message[:2], "big") for message in messages(end.events())] == taken
    assert set(range(50)) | set(range(141, 200)) <= set(taken)
    assert len(taken) < 150


async def test_a_library_that_writes_waits_until_its_frame_is_out(end: End, nursery: trio.Nursery) -> None:
    written = trio.Event()

    async def pong() -> None:
        await end.tick_socket.write(Connection(ConnectionType.SERVER).send(Pong(payload=b"?")))
        written.set()

    end.link.offer(FULL)
    end.tick()
    nursery.start_soon(pong)
    await trio.testing.wait_all_tasks_blocked()
    assert not written.is_set()
    while end.read():
        end.tick()
    await trio.testing.wait_all_tasks_blocked()
    assert written.is_set()
    assert isinstance(end.events()[-1], Pong)


async def test_nothing_follows_the_last_frame(end: End) -> None:
    await end.tick_socket.write(Connection(ConnectionType.SERVER).send(CloseConnection(code=1000)), last=True)
    end.link.send(b"late")
    assert not end.link.offer(b"late")
    end.tick()
    end.read()
    assert isinstance(end.events()[-1], CloseConnection)


async def test_a_broken_connection_is_an_error_to_readers_and_writers(end: End) -> None:
    end.theirs.close()
    end.link.send(b"unheard")
    end.tick()
    with pytest.raises(trio.BrokenResourceError):
        await end.tick_socket.write(b"unheard")
    assert end.peer.torn
    assert not end.link.offer(b"unheard")


Step = Callable[[End, trio.Nursery, int], None]


def _send(end: End, _nursery: trio.Nursery, number: int) -> None:
    end.link.send(number.to_bytes(2, "big") * 400)


def _offer(end: End, _nursery: trio.Nursery, number: int) -> None:
    end.link.offer(number.to_bytes(2, "big") * 4000)


def _library(end: End, nursery: trio.Nursery, number: int) -> None:
    ping = Connection(ConnectionType.SERVER).send(Ping(payload=number.to_bytes(2, "big")))
    nursery.start_soon(end.tick_socket.write, ping)


def _tick(end: End, _nursery: trio.Nursery, _number: int) -> None:
    end.tick()


def _read(end: End, _nursery: trio.Nursery, number: int) -> None:
    end.read(1 + 97 * number % 3000)


async def play(steps: list[Step]) -> None:
    end = End()
    async with trio.open_nursery() as nursery:
        for number, step in enumerate(steps):
            step(end, nursery, number)
            await trio.testing.wait_all_tasks_blocked()
        end.tick()
        while end.read():
            end.tick()
    events = end.events()
    end.close()
    sent = [number for number, step in enumerate(steps) if step is _send]
    pings = [number for number, step in enumerate(steps) if step is _library]
    seen = messages(events)
    assert [int.from_bytes(message[:2], "big") for message in seen if len(message) == 800] == sent
    assert all(message == message[:2] * (len(message) // 2) for message in seen)
    assert [int.from_bytes(event.payload, "big") for event in events if isinstance(event, Ping)] == pings


@given(st.lists(st.sampled_from([_send, _offer, _library, _tick, _read]), max_size=60))
def test_frames_are_whole_and_in_order_for_all_writers_however_little_is_read(steps: list[Step]) -> None:
    async def run() -> None:
        await play(steps)

    virtual_time(run)


# Looking after the peer


@pytest.fixture
async def watched() -> AsyncIterator[End]:
    watched = End(OPTIONS)
    yield watched
    watched.close()


async def test_the_peer_is_pinged_at_the_interval_and_given_up_after_the_timeout(watched: End) -> None:
    end, began = watched, trio.current_time()
    while not end.link.closed:
        end.tick()
        await trio.sleep(0.5)
    assert end.link.ended_with()[0] == CloseCode.TIMED_OUT
    assert trio.current_time() == pytest.approx(began + OPTIONS.timeout, abs=1)
    end.read()
    assert [type(event) for event in end.events()] == [Ping, Ping]


async def test_a_second_pong_is_measured_as_the_first_was_and_a_third_without_ping_is_not(watched: End) -> None:
    end, pong, measured = watched, frame(b"", opcode=10), []
    for seconds in (1.0, 3.0):
        await trio.sleep(OPTIONS.ping_interval - end.link.round_trip)
        end.tick()
        await trio.sleep(seconds)
        end.theirs.send(pong)
        end.tick()
        measured.append(end.link.round_trip)
    assert measured == pytest.approx([1.0, 1.0 + (3.0 - 1.0) / 4])
    end.theirs.send(pong)
    end.tick()
    assert end.link.round_trip == measured[-1]


@pytest.mark.trio(run=virtual_time)
async def test_a_peer_that_stalls_while_it_is_due_a_ping_gets_it_when_it_reads_again() -> None:
    end, began = End(TransportOptions(ping_interval=8, timeout=15)), trio.current_time()
    end.link.send(FULL)
    while trio.current_time() - began < 9:  # longer than the interval, shorter than `slow_timeout`
        end.tick()
        await trio.sleep(0.5)
    while end.read():
        end.tick()
    assert [type(event) for event in end.events()][-1] is Ping
    end.theirs.send(frame(b"", opcode=10))
    while trio.current_time() - began < 20:
        end.tick()
        await trio.sleep(0.5)
    assert not end.link.closed
    end.close()


async def test_whatever_comes_is_a_sign_of_life(watched: End) -> None:
    end = watched
    for _ in range(10):
        await trio.sleep(OPTIONS.timeout - 1)
        end.theirs.send(b"\x82")
        end.tick()
        end.read()
    assert not end.link.closed


async def test_what_was_not_used_is_given_back(end: End) -> None:
    end.link.offer(FULL)
    end.tick()
    end.theirs.send(frame(b"?", opcode=9) + frame(b"input")[:4])
    end.tick()
    end.read()
    passed, unsent = end.tick_socket.release()
    assert passed == frame(b"?", opcode=9) + frame(b"input")[:4]
    assert end.received + unsent == head_of(len(FULL)) + FULL
    assert await end.tick_socket.receive() is None


# The edges of its limits


@pytest.mark.parametrize(("more", "busy"), [(0, False), (1, True)])
async def test_as_many_bytes_may_wait_for_the_library_as_the_limit_says(end: End, more: int, busy: bool) -> None:
    begun = frame(bytes(60_000))[: PASSED_BYTES + more]
    end.tick_socket.budget = FrameBudget((1000, 1), trio.current_time(), Throttling(), ())
    end.tick_socket.take(begun, trio.current_time())
    assert end.tick_socket.library_busy is busy
    assert await end.tick_socket.receive() == begun
    assert not end.tick_socket.library_busy


async def test_chat_waits_up_to_the_last_byte_of_its_bound(end: End) -> None:
    assert end.tick_socket.put_spare(bytes(MAX_QUEUED_CHAT_BYTES - 1))
    assert not end.tick_socket.put_spare(bytes(2))
    assert end.tick_socket.put_spare(bytes(1))


async def test_what_comes_between_a_ping_and_its_pong_is_no_pong(watched: End) -> None:
    await trio.sleep(OPTIONS.ping_interval)
    watched.tick()
    for data in (frame(b"input"), frame(b"", opcode=10)):
        assert watched.link.round_trip == 0
        await trio.sleep(0.5)
        watched.theirs.send(data)
        watched.tick()
    assert watched.link.round_trip == pytest.approx(1.0)


async def test_a_peer_is_pinged_and_given_up_at_the_very_moment(watched: End) -> None:
    checked, began = watched.tick_socket, trio.current_time()
    interval, timeout = OPTIONS.ping_interval, OPTIONS.timeout
    assert checked.check_peer(began) == began + interval
    assert checked.idle
    assert checked.check_peer(began + interval) == began + 2 * interval
    assert not checked.idle  # a ping waits
    # A tick that comes late by more than an interval makes up for no ping.
    assert checked.check_peer(began + 2.5 * interval) == began + timeout
    assert checked.check_peer(began + timeout - 0.001) == began + timeout
    assert not watched.link.closed
    assert checked.check_peer(began + timeout) == float("inf")
    assert watched.link.ended_with() == (CloseCode.TIMED_OUT, f"nothing heard for {timeout:g} s")


@pytest.mark.parametrize(
    ("taken", "after", "stalled"),
    [
        (WRITE_BYTES - 1, OPTIONS.slow_timeout - 0.001, False),
        (WRITE_BYTES - 1, OPTIONS.slow_timeout, True),
        (WRITE_BYTES, OPTIONS.slow_timeout, False),
    ],
)
async def test_a_peer_that_takes_4_kib_in_time_is_slow_but_alive(
    end: End, taken: int, after: float, stalled: bool
) -> None:
    began = trio.current_time()
    end.tick_socket._note_blocked(0, began)
    end.tick_socket._note_blocked(taken, began + after)
    assert (end.peer.stalled, end.link.closed) == (stalled, stalled)
