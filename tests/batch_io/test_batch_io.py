"""Both ways of reading and writing many sockets: the same comes of them."""

from __future__ import annotations

import ctypes
import errno
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.batch_io import SLACK, BatchIO, Ring, SystemCalls, open_batch_io
from game_server.batch_io import ring as ring_module

ROOM = 100

Pairs = Callable[[int], list[tuple[socket.socket, socket.socket]]]


@pytest.fixture
def pairs() -> Iterator[Pairs]:
    with ExitStack() as stack:

        def connected(count: int) -> list[tuple[socket.socket, socket.socket]]:
            made = [socket.socketpair() for _ in range(count)]
            for end in [end for pair in made for end in pair]:
                stack.enter_context(end).setblocking(False)
            return made

        yield connected


def has_ring() -> bool:
    return isinstance(open_batch_io(ROOM), Ring)


needs_ring = pytest.mark.skipif(not has_ring(), reason="this kernel has no io_uring, or forbids it")


@pytest.fixture(params=[pytest.param(Ring, marks=needs_ring), SystemCalls])
def io(request: pytest.FixtureRequest) -> BatchIO:
    made: BatchIO = request.param(ROOM)
    return made


def sizes(*numbers: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    return np.array(numbers, np.intp)


def test_each_socket_gets_its_part(io: BatchIO, pairs: Pairs) -> None:
    made = pairs(3)
    taken = io.write([ours.fileno() for ours, _ in made], b"abbccc", sizes(1, 2, 3))
    assert taken.tolist() == [1, 2, 3]
    assert [theirs.recv(10) for _, theirs in made] == [b"a", b"bb", b"ccc"]


def test_what_came_from_each_is_told_apart(io: BatchIO, pairs: Pairs) -> None:
    made = pairs(4)
    for number, (ours, _) in enumerate(made):
        ours.send(bytes([number]) * (number + 1))
    came = io.read([theirs.fileno() for _, theirs in made])
    assert [came.bytes_of(at) for at in range(4)] == [b"\0", b"\1\1", b"\2\2\2", b"\3\3\3\3"]
    assert came.sizes.tolist() == [1, 2, 3, 4]


def test_a_read_takes_no_more_than_there_is_room_for_and_leaves_the_rest(io: BatchIO, pairs: Pairs) -> None:
    [(ours, theirs)] = pairs(1)
    ours.send(bytes(ROOM) + b"rest")
    assert io.read([theirs.fileno()]).bytes_of(0) == bytes(ROOM)
    assert io.read([theirs.fileno()]).bytes_of(0) == b"rest"


def test_a_socket_without_bytes_a_peer_that_has_gone_and_an_error_are_told_apart(io: BatchIO, pairs: Pairs) -> None:
    (_, empty), (gone, ended), (closed, broken) = pairs(3)
    gone.close()
    fds = [empty.fileno(), ended.fileno(), broken.fileno()]
    closed.close()
    broken.close()
    came = io.read(fds)
    assert came.sizes.tolist() == [-errno.EAGAIN, 0, -errno.EBADF]
    assert [came.bytes_of(at) for at in range(3)] == [b"", b"", b""]


def test_a_full_socket_takes_a_part_or_nothing_and_its_neighbour_all(io: BatchIO, pairs: Pairs) -> None:
    (full, reading), (free, _) = pairs(2)
    much = bytes(1 << 20)
    first = io.write([full.fileno(), free.fileno()], much + b"ab", sizes(len(much), 2))
    second = io.write([full.fileno(), free.fileno()], b"xyz", sizes(1, 2))
    assert 0 < first[0] < len(much)
    assert (first[1], second.tolist()) == (2, [-errno.EAGAIN, 2])
    assert len(reading.recv(1 << 21, socket.MSG_WAITALL)) > 0


def test_a_peer_that_has_gone_is_an_error_to_write_to_and_no_signal(io: BatchIO, pairs: Pairs) -> None:
    [(ours, theirs)] = pairs(1)
    theirs.close()
    assert io.write([ours.fileno()], b"a", sizes(1)).tolist() == [-errno.EPIPE]


def test_no_sockets_at_all_are_nothing_to_do(io: BatchIO) -> None:
    assert len(io.read([]).sizes) == 0
    assert len(io.write([], b"", sizes())) == 0


def test_what_is_behind_the_last_byte_can_be_looked_at(io: BatchIO, pairs: Pairs) -> None:
    [(ours, theirs)] = pairs(1)
    ours.send(bytes(ROOM))
    came = io.read([theirs.fileno()])
    assert len(came.data) >= came.starts[-1] + came.sizes[-1] + SLACK


@given(st.lists(st.lists(st.binary(max_size=ROOM), min_size=1, max_size=5), max_size=4))
def test_whatever_is_written_to_sockets_in_turns_is_read_from_them(rounds: list[list[bytes]]) -> None:
    for io in (open_batch_io(ROOM), SystemCalls(ROOM)):
        made = [socket.socketpair() for _ in range(5)]
        for pair in made:
            for end in pair:
                end.setblocking(False)
        for parts in rounds:
            some = [(at, part) for at, part in enumerate(parts) if part]
            fds = [made[at][0].fileno() for at, _ in some]
            io.write(fds, b"".join(part for _, part in some), sizes(*(len(part) for _, part in some)))
            came = io.read([theirs.fileno() for _, theirs in made])
            expected = parts + [b""] * (5 - len(parts))
            assert [came.bytes_of(at) for at in range(5)] == expected
        for pair in made:
            for end in pair:
                end.close()


@needs_ring
def test_a_ring_does_more_at_once_than_it_has_entries_for(pairs: Pairs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ring_module, "ENTRIES", 8)
    io, made = Ring(ROOM), pairs(21)
    parts = [bytes([number + 1]) * (number + 1) for number in range(21)]
    for _ in range(3):  # so that the queues are begun anew in the middle
        taken = io.write([ours.fileno() for ours, _ in made], b"".join(parts), sizes(*map(len, parts)))
        assert taken.tolist() == [*map(len, parts)]
        came = io.read([theirs.fileno() for _, theirs in made])
        assert [came.bytes_of(at) for at in range(21)] == parts


@needs_ring
def test_a_ring_can_be_gone_around_many_times(pairs: Pairs) -> None:
    io, [(ours, theirs)] = Ring(ROOM), pairs(1)
    for number in range(3 * ring_module.ENTRIES):
        io.write([ours.fileno()], b"%d" % number, sizes(len(b"%d" % number)))
        assert io.read([theirs.fileno()]).bytes_of(0) == b"%d" % number


@needs_ring
def test_what_the_kernel_has_no_memory_for_counts_as_not_ready(pairs: Pairs) -> None:
    io, [(ours, theirs)] = Ring(ROOM), pairs(1)
    works = io._call

    def fails(*_arguments: int) -> int:
        ctypes.set_errno(errno.ENOMEM)
        return -1

    io._call = fails
    assert io.write([ours.fileno()], b"a", sizes(1)).tolist() == [-errno.EAGAIN]
    io._call = works
    assert io.write([ours.fileno()], b"b", sizes(1)).tolist() == [1]
    assert theirs.recv(10) == b"b"


@needs_ring
def test_an_interrupted_call_is_made_again(pairs: Pairs) -> None:
    io, [(ours, theirs)] = Ring(ROOM), pairs(1)
    works, calls = io._call, []

    def interrupted_once(*arguments: int) -> int:
        calls.append(arguments)
        if len(calls) == 1:
            ctypes.set_errno(errno.EINTR)
            return -1
        taken: int = works(*arguments)
        return taken

    io._call = interrupted_once
    assert io.write([ours.fileno()], b"a", sizes(1)).tolist() == [1]
    assert (len(calls), theirs.recv(10)) == (2, b"a")


@needs_ring
def test_a_ring_that_is_not_needed_any_more_is_closed() -> None:
    def open_files() -> int:
        return len(os.listdir("/proc/self/fd"))

    before = open_files()
    io = Ring(ROOM)
    assert open_files() > before
    del io
    assert open_files() == before


@needs_ring
def test_where_there_is_no_ring_system_calls_do_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(_room: int) -> Ring:
        raise OSError(errno.EPERM, "not in this container")

    assert isinstance(open_batch_io(ROOM), Ring)
    assert isinstance(open_batch_io(ROOM, ring=False), SystemCalls)
    monkeypatch.setattr("game_server.batch_io.batch_io.Ring", forbidden)
    assert isinstance(open_batch_io(ROOM), SystemCalls)
