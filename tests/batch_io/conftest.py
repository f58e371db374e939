"""Pairs of sockets."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.batch_io.sockets import Pairs


@pytest.fixture
def pairs() -> Iterator[Pairs]:
    with ExitStack() as stack:

        def connected(count: int) -> list[tuple[socket.socket, socket.socket]]:
            made = [socket.socketpair() for _ in range(count)]
            for end in [end for pair in made for end in pair]:
                stack.enter_context(end).setblocking(False)
            return made

        yield connected
