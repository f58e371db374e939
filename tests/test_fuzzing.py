"""Handshakes, frames, messages and what a lobby is asked for, by a fuzzer that is led by where they take the server."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final

import msgpack
import pytest
import trio
import wsproto.events
from wsproto.events import BytesMessage, CloseConnection
from wsproto.utilities import LocalProtocolError

from game_server.protocol import (
    Act,
    Admin,
    Browse,
    Chat,
    ClientMessage,
    CloseCode,
    Follow,
    Input,
    Join,
    Leave,
    Moderate,
    ModerateDeed,
    Ping,
    Pong,
    Resume,
    Resync,
    ServerMessage,
    Vote,
    VoteChoice,
    Watch,
    Welcome,
    decode_client,
    decode_server,
)
from tests.fuzzing import Fuzzer, examples
from tests.live_server import Guest, OpenServer, Served, wish
from tests.protocol.samples import CLIENT_SAMPLES
from tests.protocol.test_codec import read_or_refused_properly
from tests.test_hostile import errors
from tests.transport.clients import HANDSHAKE, frame, head
from tests.transport.test_hostile import check

# The fuzzer itself


def is_key(data: bytes) -> bool:
    """Whether ``data`` begins with bytes that chance alone does not bring together."""
    for at, byte in enumerate(b"key"):
        if data[at : at + 1] != bytes([byte]):
            return False
        match at:  # a line of its own for each byte that is right
            case 0:
                pass
            case 1:
                pass
    return True


def found(fuzzer: Fuzzer, tries: int) -> bool:
    for data in fuzzer.inputs(tries):
        with fuzzer.watched(data):
            if is_key(data):
                return True
    return False


def test_the_fuzzer_goes_on_from_what_led_somewhere_new() -> None:
    assert found(Fuzzer([b"...."], within=__file__), 30_000)
    assert not found(Fuzzer([b"...."], within="nowhere"), 30_000)


def test_what_an_input_raises_names_the_input() -> None:
    with pytest.raises(ZeroDivisionError) as caught, Fuzzer([]).watched(b"culprit"):
        raise ZeroDivisionError
    assert caught.value.__notes__ == ["the input was b'culprit'"]


# Bytes

HEADS: Final = (
    head("GET /ws HTTP/1.1"),
    head("GET /ws HTTP/1.0", {**HANDSHAKE, "Origin": "http://localhost"}),
    head("HEAD /index.html HTTP/1.1", {"Host": "localhost", "Range": "bytes=0-1", "If-None-Match": '"x"'}),
    head("POST /healthz HTTP/1.1", {"Host": "[::1]:80", "Content-Length": "2", "Connection": "close"}) + b"{}",
)
FRAMES: Final = (
    frame(b"input"),
    frame(b"text", opcode=1) + frame(b"", opcode=8),
    frame(b"a", fin=False) + frame(b"ping", opcode=9) + frame(b"b", opcode=0),
    frame(bytes(200)) + frame(b"", opcode=10) + frame(b"\x03\xe8bye", opcode=8),
)


def test_no_handshake_that_the_fuzzer_comes_to_disturbs_anybody() -> None:
    fuzzer = Fuzzer(HEADS)
    for data in fuzzer.inputs(examples(50)):
        with fuzzer.watched(data):
            check([data], [])


@pytest.mark.parametrize("seated", [False, True])
def test_no_frames_that_the_fuzzer_comes_to_disturb_anybody(seated: bool) -> None:
    fuzzer = Fuzzer(FRAMES)
    for data in fuzzer.inputs(examples(30)):
        with fuzzer.watched(data):
            check([], [data], seated=seated)


def test_no_message_that_the_fuzzer_comes_to_raises_anything_but_a_protocol_error() -> None:
    fuzzer = Fuzzer([msgpack.packb(sample) for sample in CLIENT_SAMPLES.values()])
    for data in fuzzer.inputs(examples(5_000)):
        with fuzzer.watched(data):
            read_or_refused_properly(decode_client, data)


# What a lobby is asked for

STEPS: Final = 20
"""Of one input, at most: nobody asks for so much that it is a flood."""


class Visitor:
    """Somebody who asks for anything, and may go without a word and come again."""

    def __init__(self, served: Served, nursery: trio.Nursery, nickname: str) -> None:
        self._served = served
        self._nursery = nursery
        self._nickname = nickname
        self._guest: Guest
        self._answered = 0.0
        self._heard = trio.Event()
        self._code: int | None = None
        self.token = ""
        self.match = ""

    async def come(self) -> None:
        self._guest = await self._served.come(self._nickname, self._nickname)
        self._code = None
        self._nursery.start_soon(self._hear, self._guest)

    async def go(self) -> None:
        await self._guest.vanish()

    async def say(self, message: ClientMessage) -> None:
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError, LocalProtocolError):
            await self._guest.say(message)

    async def check(self, number: float) -> None:
        """Hold that a ping is answered, unless the connection was closed, and not by a fault."""
        await self.say(Ping(number))
        with trio.move_on_after(5):
            while self._code is None and self._answered < number:
                self._heard = trio.Event()
                await self._heard.wait()
        if self._code is None:
            assert self._answered == number
        else:
            assert CloseCode(self._code) is not CloseCode.INTERNAL_ERROR

    async def _hear(self, guest: Guest) -> None:
        message = b""
        with suppress(trio.ClosedResourceError):
            while not isinstance(event := await guest.socket.event(within=1e6), CloseConnection):
                if isinstance(event, wsproto.events.Ping):
                    await guest.socket.send_event(event.response())
                elif isinstance(event, BytesMessage):
                    message += event.data
                    if event.message_finished:
                        self._take(decode_server(message))
                        message = b""
            if guest is self._guest:
                self._code = int(event.code)
                self._heard.set()

    def _take(self, message: ServerMessage) -> None:
        match message:
            case Pong(client_time):
                self._answered = client_time
                self._heard.set()
            case Welcome(match=match, token=token):
                self.match, self.token = match[0], token


def requested(visitors: list[Visitor], kind: int, value: int) -> ClientMessage:
    """What the bytes ``kind`` and ``value`` ask for."""
    other = visitors[value % len(visitors)]
    choices: tuple[Callable[[], ClientMessage], ...] = (
        lambda: Join("", wait=value & 1),
        lambda: Join(other.match, "x" * (value & 4), value & 1),
        lambda: Watch(other.match),
        lambda: Watch(""),
        Leave,
        lambda: Resume(other.token),
        lambda: wish(max_players=1 + value % 3, bots=value % 4, rounds=value % 2, delay=value % 2, private=value >> 7),
        lambda: wish(game="none", password="x" * (value & 4)),
        lambda: Moderate(list(ModerateDeed)[value % len(ModerateDeed)], value >> 5, "Renamed" * (value & 1)),
        lambda: Vote(list(VoteChoice)[value % len(VoteChoice)]),
        lambda: Follow(value >> 5),
        lambda: Act(value & 1, (value >> 5, "x" * (value & 15))[: 1 + (value & 1)]),
        lambda: Resync(value),
        lambda: Input(value, value, value),
        lambda: Chat("hello", ("", "Grace", "nobody")[value % 3]),
        lambda: Browse(value & 1),
        lambda: Admin("no such token", value % 7, other.match, "Ada", "x", value),
    )
    return choices[kind % len(choices)]()


async def visit(served: Served, data: bytes) -> None:
    """Let three do what ``data`` says: of each three bytes who, what, and with what."""
    async with trio.open_nursery() as nursery:
        visitors = [Visitor(served, nursery, nickname) for nickname in ("Ada", "Grace", "Vera")]
        for each in visitors:
            await each.come()
        for at in range(0, min(len(data) - 2, 3 * STEPS), 3):
            who, kind, value = data[at : at + 3]
            one = visitors[who % 3]
            match who >> 6:
                case 3 if kind & 1:
                    await one.go()
                    await one.come()
                case 2:
                    await trio.sleep(value / 250)
                case _:
                    await one.say(requested(visitors, kind, value))
                    await trio.sleep(0.04 * (who >> 6))
        for number, one in enumerate(visitors, 1):
            await one.check(number)
        for one in visitors:
            await one.say(Leave())
            await one.go()
        nursery.cancel_scope.cancel()


VISITS: Final = (
    bytes([0, 0, 0, 1, 0, 1, 2, 2, 0, 64, 8, 4, 65, 13, 0]),
    bytes([0, 6, 1, 1, 1, 0, 2, 1, 1, 128, 0, 50, 192, 1, 0, 0, 5, 0, 64, 8, 9]),
    bytes([0, 14, 1, 1, 6, 130, 64, 0, 1, 2, 3, 0, 66, 10, 0, 1, 9, 1, 0, 4, 0]),
)


async def test_nothing_that_the_fuzzer_comes_to_ask_of_a_lobby_is_a_fault(
    open_server: OpenServer, caplog: pytest.LogCaptureFixture
) -> None:
    served = await open_server(bots=1, max_players=3)
    fuzzer = Fuzzer(VISITS)
    for data in fuzzer.inputs(examples(20)):
        with fuzzer.watched(data):
            await visit(served, data)
            assert errors(caplog) == []
        caplog.clear()
