"""Which sockets a tick reads: those that have bytes, or all where nearly all have."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from game_server.transport.tick_io.input_reader import _Readiness

COUNT = 20


class Sockets:
    """Pairs of sockets whose ends are watched."""

    def __init__(self, stack: ExitStack) -> None:
        self.pairs = [socket.socketpair() for _ in range(COUNT)]
        self.fds = [ours.fileno() for ours, _ in self.pairs]
        self.readiness = _Readiness()
        for ours, theirs in self.pairs:
            stack.enter_context(ours)
            stack.enter_context(theirs)
            self.readiness.add(ours.fileno())

    def send(self, count: int) -> None:
        """Have something come to the first ``count``."""
        for _, theirs in self.pairs[:count]:
            theirs.send(b"x")

    def read(self) -> list[int]:
        """Read those that are worth it, note how many had nothing, and return which were read, by number."""
        ready, empty = self.readiness.ready().tolist(), 0
        for fd in ready:
            ours = self.pairs[self.fds.index(fd)][0]
            ours.setblocking(False)
            try:
                ours.recv(9)
            except BlockingIOError:
                empty += 1
        self.readiness.note_empty(empty)
        return sorted(map(self.fds.index, ready))


@pytest.fixture
def sockets() -> Iterator[Sockets]:
    with ExitStack() as stack:
        yield Sockets(stack)


@pytest.mark.parametrize("count", [0, 1, COUNT // 2])
def test_while_few_have_bytes_these_alone_are_read(sockets: Sockets, count: int) -> None:
    for _ in range(3):
        sockets.send(count)
        assert sockets.read() == [*range(count)]


@pytest.mark.parametrize(("count", "asked"), [(17, True), (18, False), (20, False)])
def test_after_a_tick_in_which_nine_tenths_had_bytes_all_are_read(sockets: Sockets, count: int, asked: bool) -> None:
    sockets.send(count)
    assert sockets.read() == [*range(count)]
    sockets.send(count)
    assert sockets.read() == [*range(count if asked else COUNT)]


@pytest.mark.parametrize(("count", "asked"), [(17, True), (18, False)])
def test_when_more_than_a_tenth_had_nothing_it_is_asked_again_who_has(
    sockets: Sockets, count: int, asked: bool
) -> None:
    sockets.send(COUNT)
    sockets.read()
    sockets.send(count)
    assert sockets.read() == [*range(COUNT)]
    sockets.send(1)
    assert sockets.read() == [*range(1 if asked else COUNT)]


def test_one_who_comes_or_goes_is_read_with_all_or_not_at_all(sockets: Sockets) -> None:
    sockets.readiness.discard(sockets.fds[3])
    sockets.readiness.discard(sockets.fds[3])
    rest = [number for number in range(COUNT) if number != 3]
    for _ in range(2):
        sockets.send(COUNT)
        assert sockets.read() == rest
    sockets.readiness.add(sockets.fds[3])
    assert sockets.read() == [*range(COUNT)]
    sockets.readiness.discard(sockets.fds[3])
    sockets.send(COUNT)
    assert sockets.read() == rest
