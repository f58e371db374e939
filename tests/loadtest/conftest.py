from __future__ import annotations

import itertools

import pytest
import trio

from tests.loadtest.impostor import Impostor, Pretend, Script


@pytest.fixture
def impostor(nursery: trio.Nursery, jumping_clock: None) -> Pretend:  # noqa: ARG001
    """``url = await impostor(script)``: every connection is served by ``script``, then closed."""

    async def impostor(script: Script) -> str:
        numbers = itertools.count()

        async def serve_one(stream: trio.SocketStream) -> None:
            await script(Impostor(stream, next(numbers)))

        listeners = await nursery.start(trio.serve_tcp, serve_one, 0)
        return f"http://127.0.0.1:{listeners[0].socket.getsockname()[1]}"

    return impostor
