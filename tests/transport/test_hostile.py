"""Random bytes at a live port: whatever comes, nobody else notices and the log stays clean."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st
from wsproto.events import CloseConnection

from game_server.transport import TransportOptions, serve
from tests.fuzzing import examples
from tests.transport.clients import HttpClient, WebSocketClient, frame, head
from tests.transport.port import MemoryListener, SocketListener, Ticks, echo, virtual_time

SITE = Path(__file__).parent
GOOD_HEAD = head("GET /ws HTTP/1.1")


class ErrorCatcher(logging.Handler):
    """Collects what the log must not hold: errors and tracebacks."""

    def __init__(self) -> None:
        super().__init__()
        self.caught: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.ERROR or record.exc_info:
            self.caught.append(record.getMessage())


@st.composite
def mutated(draw: st.DrawFn, good: bytes) -> bytes:
    """A good request with a few stretches replaced by others."""
    data = good
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 20)))
        data = data[:start] + draw(st.binary(max_size=8)) + data[end:]
    return data


noise = st.binary(max_size=200)
frames = st.builds(
    frame,
    st.binary(max_size=140),
    opcode=st.integers(0, 15),
    fin=st.booleans(),
    mask=st.sampled_from([None, b"mask", b"mask", b"mask"]),
)


async def attack(heads: list[bytes], tails: list[bytes], *, seated: bool = False) -> None:
    """One connection after another opens with each of ``heads``; others send ``tails`` as WebSockets."""
    listener = SocketListener() if seated else MemoryListener()
    ticks = Ticks()
    on_link = ticks.seated(echo) if seated else echo
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ticks.run)
        run = partial(serve, [listener], site=SITE, api={}, on_link=on_link, options=TransportOptions(timeout=1e6))
        await nursery.start(run)
        player = await WebSocketClient.open(await listener.dial())
        for data in heads:
            http = HttpClient(await listener.dial())
            await http.send(data)
            await http.stream.send_eof()  # type: ignore[attr-defined]
            await http.rest()
        for data in tails:
            attacker = await WebSocketClient.open(await listener.dial())
            await attacker.send_raw(data)
            await attacker.stream.send_eof()  # type: ignore[attr-defined]
            while not isinstance(event := await attacker.event(), CloseConnection):
                pass
            assert 1000 <= event.code < 5000
        await player.send(b"undisturbed")
        assert await player.message() == b"undisturbed"
        nursery.cancel_scope.cancel()
    if isinstance(listener, SocketListener):
        listener.close()


def check(heads: list[bytes], tails: list[bytes], *, seated: bool = False) -> None:
    catcher = ErrorCatcher()
    logging.getLogger().addHandler(catcher)
    try:
        virtual_time(partial(attack, heads, tails, seated=seated))
    finally:
        logging.getLogger().removeHandler(catcher)
    assert catcher.caught == []


@settings(max_examples=examples(150))
@given(st.lists(st.one_of(noise, mutated(GOOD_HEAD)), min_size=1, max_size=10))
def test_any_bytes_instead_of_a_request_disturb_nobody(heads: list[bytes]) -> None:
    check(heads, [])


@pytest.mark.parametrize("seated", [False, True])
@settings(max_examples=examples(150))
@given(tails=st.lists(st.one_of(noise, st.lists(frames, max_size=6).map(b"".join)), min_size=1, max_size=10))
def test_any_bytes_after_the_handshake_disturb_nobody(tails: list[bytes], seated: bool) -> None:
    check([], tails, seated=seated)
