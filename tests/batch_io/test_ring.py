"""What a ring does by itself: its queues, and what goes wrong with the one call that it makes."""

from __future__ import annotations

import ctypes
import errno
import os
import socket
from collections.abc import Callable

import pytest

from game_server.batch_io import Ring
from game_server.batch_io import ring as ring_module
from tests.batch_io.sockets import ROOM, Pairs, needs_ring, sizes

pytestmark = needs_ring


def failing(code: int) -> Callable[..., int]:
    """A system call that fails with the error ``code``."""

    def fails(*_arguments: int) -> int:
        ctypes.set_errno(code)
        return -1

    return fails


def write(io: Ring, ends: list[socket.socket], data: bytes) -> list[int]:
    """A byte of ``data`` to each of ``ends``; how many bytes each took, or the error."""
    taken: list[int] = io.write([end.fileno() for end in ends], data, sizes(*[1] * len(ends))).tolist()
    return taken


def read(ends: list[socket.socket]) -> list[bytes]:
    """All that each of ``ends`` has to read."""
    found = []
    for end in ends:
        try:
            found.append(end.recv(10))
        except BlockingIOError:
            found.append(b"")
    return found


def test_a_ring_does_more_at_once_than_it_has_entries_for(pairs: Pairs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ring_module, "ENTRIES", 8)
    io, made = Ring(ROOM), pairs(21)
    parts = [bytes([number + 1]) * (number + 1) for number in range(21)]
    for _ in range(3):  # so that the queues start over in the middle
        taken = io.write([ours.fileno() for ours, _ in made], b"".join(parts), sizes(*map(len, parts)))
        assert taken.tolist() == [*map(len, parts)]
        came = io.read([theirs.fileno() for _, theirs in made])
        assert [came.bytes_of(at) for at in range(21)] == parts


def test_a_ring_can_be_gone_around_many_times(pairs: Pairs) -> None:
    io, [(ours, theirs)] = Ring(ROOM), pairs(1)
    for number in range(3 * ring_module.ENTRIES):
        io.write([ours.fileno()], b"%d" % number, sizes(len(b"%d" % number)))
        assert io.read([theirs.fileno()]).bytes_of(0) == b"%d" % number


@pytest.mark.parametrize("code", [errno.ENOMEM, errno.EAGAIN, errno.EBUSY, errno.EPERM])
def test_what_the_kernel_has_not_done_counts_as_not_ready_and_is_not_done_later(pairs: Pairs, code: int) -> None:
    io, made = Ring(ROOM), pairs(3)
    ours, theirs = [a for a, _ in made], [b for _, b in made]
    works = io._call
    io._call = failing(code)
    assert write(io, ours, b"abc") == [-errno.EAGAIN] * 3
    io._call = works
    assert write(io, ours, b"def") == [1] * 3
    assert read(theirs) == [b"d", b"e", b"f"]


def test_what_the_kernel_did_before_it_failed_is_reported_and_not_done_again(pairs: Pairs) -> None:
    io, made = Ring(ROOM), pairs(3)
    ours, theirs = [a for a, _ in made], [b for _, b in made]
    works, calls = io._call, []

    def two_and_no_more(number: int, fd: int, count: int, *rest: int) -> int:
        calls.append(count)
        taken: int = works(number, fd, 2, 2, *rest[1:]) if len(calls) == 1 else failing(errno.ENOMEM)()
        return taken

    io._call = two_and_no_more
    assert write(io, ours, b"abc") == [1, 1, -errno.EAGAIN]
    io._call = works
    assert write(io, ours, b"def") == [1] * 3
    assert read(theirs) == [b"ad", b"be", b"f"]


@pytest.mark.parametrize("code", [errno.ENOMEM, errno.EAGAIN, errno.EBUSY])
def test_a_lack_of_memory_is_no_failure(pairs: Pairs, code: int) -> None:
    io, [(ours, _)] = Ring(ROOM), pairs(1)
    io._call = failing(code)
    write(io, [ours], b"a")
    assert io.failure is None


def test_any_other_error_is_one(pairs: Pairs) -> None:
    io, [(ours, _)] = Ring(ROOM), pairs(1)
    io._call = failing(errno.EPERM)
    write(io, [ours], b"a")
    assert io.failure
    assert io.failure.errno == errno.EPERM


def test_a_batch_in_which_an_exception_came_before_the_call_is_not_done_later(pairs: Pairs) -> None:
    io, made = Ring(ROOM), pairs(3)
    ours, theirs = [a for a, _ in made], [b for _, b in made]
    works = io._call

    def interrupted(*_arguments: int) -> int:
        raise KeyboardInterrupt

    io._call = interrupted
    with pytest.raises(KeyboardInterrupt):
        write(io, ours[:1], b"-")
    io._call = works
    assert write(io, ours, b"abc") == [1] * 3
    assert read(theirs) == [b"a", b"b", b"c"]


def test_results_of_a_batch_that_raised_after_the_call_are_not_those_of_the_next(pairs: Pairs) -> None:
    io, made = Ring(ROOM), pairs(3)
    ours, theirs = [a for a, _ in made], [b for _, b in made]
    works = io._call

    def interrupted(*arguments: int) -> int:
        works(*arguments)
        raise KeyboardInterrupt

    io._call = interrupted
    with pytest.raises(KeyboardInterrupt):
        write(io, ours, b"---")
    io._call = works
    assert write(io, ours[:1], b"a") == [1]
    assert read(theirs) == [b"-a", b"-", b"-"]


def test_an_interrupted_call_is_made_again(pairs: Pairs) -> None:
    io, [(ours, theirs)] = Ring(ROOM), pairs(1)
    works, calls = io._call, []

    def interrupted_once(*arguments: int) -> int:
        calls.append(arguments)
        taken: int = failing(errno.EINTR)() if len(calls) == 1 else works(*arguments)
        return taken

    io._call = interrupted_once
    assert write(io, [ours], b"a") == [1]
    assert (len(calls), theirs.recv(10)) == (2, b"a")


def test_a_kernel_that_has_rings_but_does_not_know_the_operations_has_none_for_us(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ring_module, "_SEND", 255)
    with pytest.raises(OSError, match="does not know how to send"):
        Ring(ROOM)


def test_a_ring_that_is_not_needed_any_more_is_closed() -> None:
    def open_files() -> int:
        return len(os.listdir("/proc/self/fd"))

    before = open_files()
    io = Ring(ROOM)
    assert open_files() > before
    del io
    assert open_files() == before


def test_why_the_kernel_refuses_is_what_it_says(pairs: Pairs) -> None:
    io, [(ours, _)] = Ring(ROOM), pairs(1)
    io._fd = -1
    assert write(io, [ours], b"a") == [-errno.EAGAIN]
    assert io.failure
    assert (io.failure.errno, io.failure.strerror) == (errno.EBADF, os.strerror(errno.EBADF))
