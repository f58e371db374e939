"""What happens when the ring begins to fail, and which way is taken at all."""

from __future__ import annotations

import ctypes
import errno

import pytest

from game_server.batch_io import Ring, RingOrCalls, SystemCalls, batch_io_here, open_batch_io
from tests.batch_io.sockets import ROOM, Pairs, needs_ring, sizes


def forbid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the kernel refuse a ring from now on."""

    def forbidden(_room: int) -> Ring:
        raise OSError(errno.EPERM, "not in this container")

    monkeypatch.setattr("game_server.batch_io.batch_io.Ring", forbidden)
    monkeypatch.setattr("game_server.batch_io.batch_io.Ring", forbidden)


@pytest.fixture
def failing() -> RingOrCalls:
    """A ring that has just been forbidden."""

    def fails(*_arguments: int) -> int:
        ctypes.set_errno(errno.EPERM)
        return -1

    io = RingOrCalls(ROOM)
    assert io._ring
    io._ring._call = fails
    return io


@needs_ring
def test_when_the_ring_fails_sockets_are_read_all_the_same_from_the_next_batch_on(
    failing: RingOrCalls, pairs: Pairs
) -> None:
    made = pairs(3)
    for ours, _ in made:
        ours.send(b"a")
    fds = [theirs.fileno() for _, theirs in made]
    assert failing.read(fds).sizes.tolist() == [-errno.EAGAIN] * 3
    assert failing.read(fds).sizes.tolist() == [1] * 3


@needs_ring
def test_when_the_ring_fails_sockets_are_written_all_the_same_from_the_next_batch_on(
    failing: RingOrCalls, pairs: Pairs
) -> None:
    made = pairs(3)
    fds = [ours.fileno() for ours, _ in made]
    assert failing.write(fds, b"abc", sizes(1, 1, 1)).tolist() == [-errno.EAGAIN] * 3
    assert failing.write(fds, b"abc", sizes(1, 1, 1)).tolist() == [1] * 3
    assert [theirs.recv(10) for _, theirs in made] == [b"a", b"b", b"c"]


@needs_ring
def test_that_the_ring_fails_is_logged_once(
    failing: RingOrCalls, pairs: Pairs, caplog: pytest.LogCaptureFixture
) -> None:
    [(ours, _)] = pairs(1)
    for _ in range(3):
        failing.read([ours.fileno()])
    [record] = caplog.records
    assert record.getMessage() == (
        "io_uring fails (Operation not permitted): from now on there is a system call for each socket"
    )


@needs_ring
def test_where_there_is_no_ring_system_calls_do_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(open_batch_io(ROOM), RingOrCalls)
    assert isinstance(open_batch_io(ROOM, ring=False), SystemCalls)
    forbid(monkeypatch)
    assert isinstance(open_batch_io(ROOM), SystemCalls)


@needs_ring
def test_which_way_is_taken_is_reported_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    assert batch_io_here() == "io_uring"
    assert batch_io_here(ring=False) == "a system call for each"
    forbid(monkeypatch)
    assert batch_io_here() == "a system call for each, since io_uring cannot be used: not in this container"
