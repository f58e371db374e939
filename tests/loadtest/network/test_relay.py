"""Bytes through the relay, in virtual time."""

from __future__ import annotations

import socket
from itertools import pairwise
from typing import Any

import pytest
import trio
import trio.testing
from trio.testing import MockClock, memory_stream_pair

from game_server.loadtest.network.model import PRESETS, Impairments, Network
from game_server.loadtest.network.relay import CHUNK_BYTES, HELD_CHUNKS, Stream, impaired, relay, serve_relay

_Ends = tuple[Stream, Stream]


class Endless(trio.abc.HalfCloseableStream):
    """A peer that never stops talking."""

    def __init__(self) -> None:
        self.reads = 0

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        await trio.lowlevel.checkpoint()
        self.reads += 1
        return bytes(max_bytes or CHUNK_BYTES)

    async def send_all(self, data: Any) -> None: ...

    async def wait_send_all_might_not_block(self) -> None: ...

    async def send_eof(self) -> None: ...

    async def aclose(self) -> None: ...


async def link(nursery: trio.Nursery, network: Network, seed: int = 1) -> _Ends:
    """The client's and the server's end of a relay that runs in ``nursery``."""
    client, near = memory_stream_pair()
    far, server = memory_stream_pair()
    nursery.start_soon(relay, near, far, Impairments(network, seed, trio.current_time()), seed)
    return client, server


async def test_bytes_arrive_unchanged_in_order_and_late_both_ways(autojump_clock: MockClock) -> None:
    del autojump_clock
    async with trio.open_nursery() as nursery:
        client, server = await link(nursery, Network(0.2))
        began = trio.current_time()
        for sender, receiver in ((client, server), (server, client)):
            began = trio.current_time()
            await sender.send_all(b"hello")
            assert await receiver.receive_some() == b"hello"
            assert abs(trio.current_time() - began - 0.1) < 1e-6
        nursery.cancel_scope.cancel()


async def test_what_is_held_in_a_stall_comes_out_at_once_and_in_order(autojump_clock: MockClock) -> None:
    del autojump_clock
    sent = [bytes([n % 256]) for n in range(3_000)]
    got: list[tuple[float, bytes]] = []

    async def write(stream: Stream) -> None:
        for byte in sent:
            await stream.send_all(byte)
            await trio.sleep(0.01)

    async with trio.open_nursery() as nursery:
        client, server = await link(nursery, PRESETS["bad"])
        nursery.start_soon(write, client)
        while sum(len(data) for _, data in got) < len(sent):
            data = bytes(await server.receive_some(10_000))
            got.append((trio.current_time(), data))
        nursery.cancel_scope.cancel()
    assert b"".join(data for _, data in got) == b"".join(sent)
    gaps = [later - earlier for (earlier, _), (later, _) in pairwise(got)]
    assert 3 <= sum(gap > 0.3 for gap in gaps) <= 12


async def test_the_end_of_one_side_arrives_after_all_its_bytes_and_the_other_may_go_on(
    autojump_clock: MockClock,
) -> None:
    del autojump_clock
    async with trio.open_nursery() as nursery:
        client, server = await link(nursery, Network(0.2))
        await client.send_all(b"last words")
        await client.send_eof()
        assert await server.receive_some() == b"last words"
        assert await server.receive_some() == b""
        await server.send_all(b"answer")
        await server.send_eof()
        assert await client.receive_some() == b"answer"
        assert await client.receive_some() == b""


async def test_a_cut_breaks_both_sides(autojump_clock: MockClock) -> None:
    del autojump_clock
    async with trio.open_nursery() as nursery:
        client, server = await link(nursery, Network(0.2, cut_after=10.0))
        assert await client.receive_some() == b""
        assert 5 <= trio.current_time() <= 15
        assert await server.receive_some() == b""


async def test_a_side_that_breaks_ends_the_other(autojump_clock: MockClock) -> None:
    del autojump_clock
    async with trio.open_nursery() as nursery:
        client, server = await link(nursery, Network(0.2))
        await trio.aclose_forcefully(server)
        await client.send_all(b"anybody there?")
        with trio.fail_after(5):
            assert await client.receive_some() == b""


async def test_when_nothing_gets_out_the_relay_stops_reading(autojump_clock: MockClock) -> None:
    del autojump_clock
    endless = Endless()
    async with trio.open_nursery() as nursery:
        far, _server = memory_stream_pair()
        nursery.start_soon(relay, endless, far, Impairments(Network(7200.0), 1, 0.0), 1)
        await trio.sleep(1)
        nursery.cancel_scope.cancel()
    assert HELD_CHUNKS <= endless.reads <= HELD_CHUNKS + 2


async def test_the_same_seed_delays_the_same_bytes_the_same(autojump_clock: MockClock) -> None:
    del autojump_clock

    async def times(seed: int) -> list[float]:
        async with trio.open_nursery() as nursery:
            client, server = await link(nursery, PRESETS["mobile"], seed)
            began = trio.current_time()
            arrived = []
            for _ in range(50):
                await client.send_all(b"x")
                await server.receive_some()
                arrived.append(round(trio.current_time() - began, 9))
            nursery.cancel_scope.cancel()
        return arrived

    assert await times(5) == await times(5)
    assert await times(5) != await times(6)


async def test_bytes_travel_in_chunks_of_4_kib(autojump_clock: MockClock) -> None:
    del autojump_clock
    async with trio.open_nursery() as nursery:
        client, server = await link(nursery, Network(bytes_per_second=4096))
        await client.send_all(bytes(10_000))
        sizes: list[int] = []
        while sum(sizes) < 10_000:
            sizes.append(len(await server.receive_some()))
        nursery.cancel_scope.cancel()
    assert sizes == [4096, 4096, 1808]


async def test_a_relay_that_is_cancelled_closes_both_sides(autojump_clock: MockClock) -> None:
    del autojump_clock
    async with trio.open_nursery() as nursery:
        client, server = await link(nursery, Network(0.2))
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    with trio.fail_after(5):
        assert await client.receive_some() == await server.receive_some() == b""


async def test_every_client_of_a_relay_has_a_server_and_a_network_of_its_own(
    nursery: trio.Nursery,
    jumping_clock: None,  # noqa: ARG001
) -> None:
    far: list[Stream] = []
    seeds: list[int] = []

    async def connect() -> Stream:
        if len(far) == 2:
            raise ConnectionRefusedError
        ours, theirs = memory_stream_pair()
        far.append(theirs)
        return ours

    def impairments_of(seed: int) -> Impairments:
        seeds.append(seed)
        return Impairments(Network(), seed, trio.current_time())

    [listener] = await nursery.start(
        serve_relay, await trio.open_tcp_listeners(0, host="127.0.0.1"), connect, impairments_of, 7
    )
    with trio.fail_after(5):
        for number in range(2):
            async with await trio.open_tcp_stream(*listener.socket.getsockname()) as near:
                await near.send_all(b"hello")
                while len(far) <= number:
                    await trio.testing.wait_all_tasks_blocked(0.001)
                assert await far[number].receive_some() == b"hello"
                await far[number].send_all(b"you")
                assert await near.receive_some() == b"you"
        async with await trio.open_tcp_stream(*listener.socket.getsockname()) as refused:
            assert await refused.receive_some() == b""
    assert seeds == [7, 8]


async def test_a_client_behind_a_network_sends_and_hears_late(
    autojump_clock: MockClock,
) -> None:
    ours, theirs = (trio.SocketStream(trio.socket.from_stdlib_socket(end)) for end in socket.socketpair())
    autojump_clock.autojump_threshold = 0.01  # sockets take real time, though little
    with trio.fail_after(60):
        async with impaired(Network(0.2), 1)(ours) as near:
            for sender, receiver in ((near, theirs), (theirs, near)):
                began = trio.current_time()
                await sender.send_all(b"hello")
                assert await receiver.receive_some() == b"hello"
                assert trio.current_time() - began == pytest.approx(0.1, abs=0.05)
        assert await theirs.receive_some() == b""
    assert ours.socket.fileno() == near.socket.fileno() == -1
    await theirs.aclose()
