"""Both ways of reading and writing many sockets: the same comes of them."""

from __future__ import annotations

import errno
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.batch_io import SLACK, BatchIO, Ring, RingOrCalls, SystemCalls, open_batch_io
from tests.batch_io.sockets import ROOM, Pairs, needs_ring, sizes


@pytest.fixture(params=[pytest.param(Ring, marks=needs_ring), pytest.param(RingOrCalls, marks=needs_ring), SystemCalls])
def io(request: pytest.FixtureRequest) -> BatchIO:
    made: BatchIO = request.param(ROOM)
    return made


def test_each_socket_gets_its_part(io: BatchIO, pairs: Pairs) -> None:
    made = pairs(3)
    taken = io.write([ours.fileno() for ours, _ in made], b"abbccc", sizes(1, 2, 3))
    assert taken.tolist() == [1, 2, 3]
    assert [theirs.recv(10) for _, theirs in made] == [b"a", b"bb", b"ccc"]


def test_what_came_from_each_is_kept_apart(io: BatchIO, pairs: Pairs) -> None:
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


def test_no_bytes_a_peer_that_has_gone_and_an_error_are_distinguished(io: BatchIO, pairs: Pairs) -> None:
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
