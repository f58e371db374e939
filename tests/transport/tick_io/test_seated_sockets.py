"""Links on their way to a seat and back, over whole connections."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest
import trio
import trio.testing
from wsproto.events import CloseConnection, Ping

from game_server.protocol import CloseCode
from game_server.transport import Link, SeatedSockets, TransportOptions, serve
from game_server.transport.tick_io.seated_sockets import HeartbeatSchedule
from tests.transport.clients import WebSocketClient, frame
from tests.transport.port import TICK, Owner, SocketListener, Start, Ticks
from tests.waiting import ended

Port = Callable[..., Awaitable[SocketListener]]


@pytest.fixture
async def open_port(site: Path, owner: Owner, nursery: trio.Nursery) -> AsyncIterator[Port]:
    """Start a port on Unix sockets; its owner has the links, unseated."""
    listener = SocketListener()

    async def opened(**options: object) -> SocketListener:
        chosen = TransportOptions(**options)  # type: ignore[arg-type]
        await nursery.start(partial(serve, [listener], site=site, api={}, on_link=owner, options=chosen))
        return listener

    yield opened
    listener.close()


async def settle() -> None:
    """Let every task get as far as it can."""
    await trio.testing.wait_all_tasks_blocked(0.01)


def tick(sockets: SeatedSockets) -> None:
    sockets.receive()
    sockets.flush()


@pytest.mark.parametrize("at", range(1, 11))
async def test_a_frame_that_is_half_here_when_the_seat_is_taken_is_not_lost(
    open_port: Port, owner: Owner, at: int
) -> None:
    listener, sockets = await open_port(), SeatedSockets()
    player = await WebSocketClient.open(await listener.dial())
    link, whole = await owner.link(), frame(b"first")
    await player.send_raw(whole[:at])
    await settle()
    async with sockets.seat(link):
        await player.send_raw(whole[at:] + frame(b"second"))
        for _ in range(3):
            tick(sockets)
            await settle()
        assert link.drain() == [b"first", b"second"]
        await player.send(b"third")
        tick(sockets)
        assert link.drain() == [b"third"]


@pytest.mark.parametrize("at", range(1, 11))
async def test_a_frame_that_is_half_here_when_the_seat_is_given_up_is_not_lost(
    open_port: Port, owner: Owner, at: int
) -> None:
    listener, sockets = await open_port(), SeatedSockets()
    player = await WebSocketClient.open(await listener.dial())
    link, whole = await owner.link(), frame(b"first")
    async with sockets.seat(link):
        await player.send_raw(whole[:at])
        tick(sockets)
        link.send(b"from the seat")
    await player.send_raw(whole[at:] + frame(b"second"))
    assert [await link.receive() for _ in range(2)] == [b"first", b"second"]
    link.send(b"from the lobby")
    assert [await player.message() for _ in range(2)] == [b"from the seat", b"from the lobby"]
    async with sockets.seat(link):
        await player.send(b"again")
        tick(sockets)
        assert link.drain() == [b"again"]


async def test_what_was_sent_before_the_seat_comes_before_what_is_sent_in_it(open_port: Port, owner: Owner) -> None:
    listener, sockets = await open_port(), SeatedSockets()
    player = await WebSocketClient.open(await listener.dial())
    link = await owner.link()
    link.send(bytes(100_000))
    link.send(b"2")
    async with trio.open_nursery() as nursery:

        async def play() -> None:
            async with sockets.seat(link):
                link.send(b"3")
                assert link.offer(b"4")
                tick(sockets)

        async def ticking() -> None:
            while True:
                tick(sockets)
                await trio.sleep(TICK)

        nursery.start_soon(play)
        nursery.start_soon(ticking)
        assert [len(await player.message()) for _ in range(4)] == [100_000, 1, 1, 1]
        nursery.cancel_scope.cancel()


async def test_a_link_with_a_message_in_every_pass_of_the_scheduler_gets_its_seat(
    open_port: Port, owner: Owner, nursery: trio.Nursery
) -> None:
    listener, sockets, seated = await open_port(), SeatedSockets(), trio.Event()
    player = await WebSocketClient.open(await listener.dial())
    link = await owner.link()

    async def play() -> None:
        async with sockets.seat(link):
            seated.set()
            await trio.sleep_forever()

    nursery.start_soon(play)
    for number in range(100):
        link.send(b"%d" % number)
        await trio.lowlevel.checkpoint()
    assert seated.is_set()
    tick(sockets)
    assert [await player.message() for _ in range(100)] == [b"%d" % number for number in range(100)]
    nursery.cancel_scope.cancel()


async def test_while_it_has_a_seat_a_link_needs_the_tick(open_port: Port, owner: Owner) -> None:
    listener, sockets = await open_port(), SeatedSockets()
    player = await WebSocketClient.open(await listener.dial())
    link = await owner.link()
    async with sockets.seat(link):
        assert len(sockets) == 1
        await player.send(b"input")
        await settle()
        assert link.drain() == []
        tick(sockets)
        assert link.drain() == [b"input"]
    assert len(sockets) == 0


async def test_a_socket_leaves_the_set_before_it_is_closed(open_port: Port, owner: Owner) -> None:
    listener, sockets = await open_port(), SeatedSockets()
    player = await WebSocketClient.open(await listener.dial())
    link = await owner.link()
    async with sockets.seat(link):
        link.close(CloseCode.REMOVED, "removed")
        assert (await player.close_code())[0] == CloseCode.REMOVED
        assert len(sockets) == 0
        await ended(link)
        tick(sockets)


async def test_a_link_that_closes_while_it_takes_its_seat_gets_none(open_port: Port, owner: Owner) -> None:
    listener, sockets = await open_port(), SeatedSockets()
    player = await WebSocketClient.open(await listener.dial())
    link = await owner.link()
    link.close(CloseCode.REMOVED, "removed")
    async with sockets.seat(link):
        assert len(sockets) == 0
        assert (await player.close_code())[0] == CloseCode.REMOVED


async def test_a_link_that_closes_while_its_seat_waits_for_the_peer_gets_none_at_once(
    open_port: Port, owner: Owner, nursery: trio.Nursery
) -> None:
    listener, sockets, entered = await open_port(), SeatedSockets(), trio.Event()
    _player = await WebSocketClient.open(await listener.dial())
    link = await owner.link()

    async def play() -> None:
        for size in (200_000, 60_000, 1):
            link.send(bytes(size))
        async with sockets.seat(link):
            entered.set()

    async def turns(enough: Callable[[], bool]) -> None:
        """Tick in no time at all until it is ``enough``, within reason."""
        for _ in range(1000):
            if enough():
                return
            tick(sockets)
            await trio.lowlevel.checkpoint()
        raise AssertionError

    nursery.start_soon(play)
    await turns(lambda: len(sockets) == 1)
    link.close(CloseCode.REMOVED, "removed")
    await turns(entered.is_set)
    assert len(sockets) == 0
    await ended(link)


async def test_where_the_tick_is_not_to_drain_the_same_calls_work(open_port: Port, owner: Owner) -> None:
    listener, sockets = await open_port(drained=False), SeatedSockets()
    player = await WebSocketClient.open(await listener.dial())
    link = await owner.link()
    async with sockets.seat(link):
        assert len(sockets) == 0
        await player.send(b"input")
        await settle()
        tick(sockets)
        assert link.drain() == [b"input"]
        assert link.offer(b"snapshot")
        assert await player.message() == b"snapshot"


async def test_a_memory_stream_keeps_its_tasks(start: Start, owner: Owner) -> None:
    player = await WebSocketClient.open(await (await start(owner))())
    link, sockets = await owner.link(), SeatedSockets()
    async with sockets.seat(link):
        assert len(sockets) == 0
        await player.send(b"input")
        await settle()
        assert link.drain() == [b"input"]


async def play(player: WebSocketClient, snapshots: list[int]) -> None:
    """Answer pings and note the snapshots, until the connection is cut."""
    while True:
        event = await player.event()
        if isinstance(event, CloseConnection):
            return
        if isinstance(event, Ping):
            await player.send_event(event.response())
        elif data := getattr(event, "data", b""):
            snapshots.append(int.from_bytes(data[:2], "big"))


async def never(_stream: trio.abc.Stream) -> None:
    await trio.sleep_forever()


async def slowly(stream: trio.abc.Stream) -> None:
    while True:
        await stream.receive_some(1024)
        await trio.sleep(1)


async def pausing(stream: trio.abc.Stream) -> None:
    await trio.sleep(3)
    while await stream.receive_some(1 << 16):
        pass


async def flooding(stream: trio.abc.Stream) -> None:
    while True:
        await stream.send_all(frame(b"x" * 20) * 333)
        await trio.sleep(TICK)


async def pinging(stream: trio.abc.Stream) -> None:
    while True:
        await stream.send_all(frame(b"x", opcode=9) * 333)
        await trio.sleep(TICK)


@pytest.mark.parametrize(
    ("behave", "end"),
    [
        (never, CloseCode.TOO_SLOW),
        (slowly, None),
        (pausing, None),
        (flooding, CloseCode.FLOODING),
        (pinging, CloseCode.FLOODING),
    ],
)
async def test_beside_a_bad_client_healthy_ones_get_every_snapshot(
    open_port: Port, owner: Owner, behave: Callable[[trio.abc.Stream], Awaitable[None]], end: int | None
) -> None:
    listener, ticks = await open_port(timeout=1e3, ping_interval=5.0), Ticks()
    received: list[list[int]] = [[] for _ in range(10)]
    count = 400
    async with trio.open_nursery() as nursery:
        bad = await WebSocketClient.open(await listener.dial())
        links = [await owner.link()]
        for snapshots in received:
            player = await WebSocketClient.open(await listener.dial())
            links.append(await owner.link())
            nursery.start_soon(play, player, snapshots)

        async def misbehave() -> None:
            try:
                await behave(bad.stream)
            except trio.BrokenResourceError:
                pass

        async def hold(link: Link) -> None:
            async with ticks.sockets.seat(link):
                await trio.sleep_forever()

        for link in links:
            nursery.start_soon(hold, link)
        await settle()
        nursery.start_soon(misbehave)
        for number in range(count):
            ticks.sockets.receive()
            for link in links:
                link.drain()
                taken = link.offer(number.to_bytes(2, "big") * 2000)
                assert taken or link is links[0]
            ticks.sockets.flush()
            await trio.sleep(TICK)
        ended = [link.ended_with()[0] if link.closed else None for link in links]
        nursery.cancel_scope.cancel()
    assert received == [list(range(count))] * 10
    assert ended == [end] + [None] * 10


# The schedule of heartbeats


def test_those_that_are_due_come_in_the_order_of_their_times_and_once() -> None:
    schedule = HeartbeatSchedule()
    for fd, due in ((3, 2.0), (4, 1.0), (5, 9.0)):
        schedule.set(fd, due)
    assert list(schedule.due(2.0)) == [4, 3]
    assert list(schedule.due(2.0)) == []


def test_what_is_never_due_does_not_come() -> None:
    schedule = HeartbeatSchedule()
    schedule.set(3, math.inf)
    assert list(schedule.due(1e9)) == []


def test_a_descriptor_that_is_used_again_comes_when_its_new_user_is_due_alone() -> None:
    schedule = HeartbeatSchedule()
    schedule.set(3, 1.0)
    schedule.forget(3)
    schedule.set(3, 2.0)
    assert list(schedule.due(1.0)) == []
    assert list(schedule.due(3.0)) == [3]


def test_one_who_is_looked_at_may_be_given_a_next_time_meanwhile() -> None:
    schedule, seen = HeartbeatSchedule(), []
    schedule.set(3, 1.0)
    for fd in schedule.due(2.5):
        seen.append(fd)
        schedule.set(fd, 1.0 + len(seen))
    assert seen == [3, 3]


async def test_a_seat_that_is_given_up_while_it_is_being_taken_leaves_the_link_as_it_was(
    open_port: Port, owner: Owner
) -> None:
    listener, sockets = await open_port(), SeatedSockets()
    player = await WebSocketClient.open(await listener.dial())
    link = await owner.link()
    for size in (200_000, 60_000, 1):
        link.send(bytes(size))
    await settle()
    with trio.move_on_after(1) as scope:
        async with sockets.seat(link):  # which waits until the peer reads
            raise AssertionError
    assert scope.cancelled_caught
    assert len(sockets) == 0
    assert [len(await player.message()) for _ in range(3)] == [200_000, 60_000, 1]
    await player.send(b"hello")
    assert await link.receive() == b"hello"


async def test_a_port_that_is_cut_takes_its_sockets_out_of_the_set(site: Path, owner: Owner) -> None:
    listener, sockets = SocketListener(), SeatedSockets()
    async with trio.open_nursery() as nursery:
        run = partial(serve, [listener], site=site, api={}, on_link=owner, options=TransportOptions())
        await nursery.start(run)
        _player = await WebSocketClient.open(await listener.dial())
        link = await owner.link()
        with trio.CancelScope(shield=True):
            await link.handover.hand_over(sockets)  # type: ignore[union-attr]
        assert len(sockets) == 1
        nursery.cancel_scope.cancel()
    assert len(sockets) == 0
    listener.close()


@pytest.mark.parametrize("again", [False, True], ids=["to the lobby", "to another seat"])
async def test_what_a_full_socket_has_left_when_the_seat_is_given_up_follows_by_itself(
    open_port: Port, owner: Owner, nursery: trio.Nursery, again: bool
) -> None:
    listener, sockets = await open_port(), SeatedSockets()
    player = await WebSocketClient.open(await listener.dial())
    link = await owner.link()

    async def sit_down_again() -> None:
        async with sockets.seat(link):
            link.send(b"from another seat")
            while True:
                tick(sockets)
                await trio.sleep(TICK)

    async with sockets.seat(link):
        link.send(bytes(240_000))
        tick(sockets)
    if again:
        nursery.start_soon(sit_down_again)
        await settle()
    assert await player.message() == bytes(240_000)
    if again:
        assert await player.message() == b"from another seat"
