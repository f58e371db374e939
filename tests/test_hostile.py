"""Hostile clients at a whole server: each gets its documented code, the log no traceback, and nobody else notices."""

from __future__ import annotations

import logging
import math
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import attrs
import msgpack
import pytest
import trio
from wsproto.events import CloseConnection

from game_server.errors import ProtocolError
from game_server.protocol import (
    MAX_CLIENT_MESSAGE_BYTES,
    MAX_TICK,
    Chat,
    CloseCode,
    Hello,
    Input,
    Join,
    Ping,
    Pong,
    Resync,
    Snapshot,
    decode_client,
    encode,
)
from game_server.transport.options import message_budget
from tests.live_server import Guest, OpenServer, Served, wish
from tests.protocol.test_codec import mutations
from tests.transport.clients import WebSocketClient, frame

HELLO = encode(Hello("Mallory", "test"))
JOIN = encode(Join(""))


class Witness:
    """A healthy client of the same match, which must get every tick and answers to its inputs."""

    def __init__(self, guest: Guest) -> None:
        self._guest = guest
        self.ticks: list[int] = []
        self.acks: list[int] = []

    async def watch(self) -> None:
        """Play until cancelled."""
        while True:
            snapshot = await self._guest.next(Snapshot)
            self.ticks.append(snapshot.tick)
            self.acks.append(snapshot.ack)
            await self._guest.say(Input(snapshot.tick + 3, 0, 0))

    def check(self) -> None:
        """Every tick came, once and in order, and every input since the first was used in time."""
        first = self.ticks[0]
        assert self.ticks == list(range(first, first + len(self.ticks)))
        assert self.acks[10:] == self.ticks[10:]


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the log must not hold, whatever comes."""
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR or record.exc_info]


Attack = Callable[[Served], Awaitable[None]]


@pytest.fixture
def disturb(open_server: OpenServer, nursery: trio.Nursery, caplog: pytest.LogCaptureFixture) -> Callable[..., Any]:
    """``await disturb(attack)``: run ``attack`` on a server, and hold that nobody else noticed."""

    async def disturb(attack: Attack, **match: Any) -> Served:
        caplog.set_level(logging.INFO, "game_server")
        served = await open_server(**match)
        witness = Witness(await served.join("Ada"))
        nursery.start_soon(witness.watch)
        await attack(served)
        await trio.sleep(1)
        witness.check()
        assert len(witness.ticks) >= 29
        assert errors(caplog) == []
        assert [person.nickname for person in served.match.state.roster] == ["Ada"]
        return served

    return disturb


def packed(*fields: Any) -> bytes:
    data: bytes = msgpack.packb(fields)
    return data


def spoiled(message: Any, **values: Any) -> bytes:
    """``message`` with other values in some of its fields, so that nothing else about it is wrong."""
    fields = {field.name: getattr(message, field.name) for field in attrs.fields(type(message))}
    return packed(message.type, *{**fields, **values}.values())


# The documented cases

BAD_MESSAGES = {
    "not msgpack": b"\xc1",
    "nothing": b"",
    "a value and a byte too many": packed(4, 1) + b"\0",
    "not an array": msgpack.packb("hello"),
    "an empty array": packed(),
    "a type that is no integer": packed("2", 1, 0, 0),
    "an unknown type": packed(99),
    "a message of the server's": packed(16, 1),
    "a field too few": packed(2, 1, 0, 0),
    "a field too many": packed(2, 1, 0, 0, 0, 0),
    "a string for a tick": packed(2, "1", 0, 0, 0),
    "a float for a tick": packed(2, 1.0, 0, 0, 0),
    "a boolean for a tick": packed(2, True, 0, 0, 0),
    "bytes for a text": packed(3, b"hello"),
    "a lone surrogate": b"\x92\x03\xa3\xed\xa0\x80",
    "NaN": packed(4, math.nan),
    "infinity": packed(4, math.inf),
    "minus infinity": packed(4, -math.inf),
    "a tick of 2^32": packed(2, MAX_TICK + 1, 0, 0, 0),
    "a tick of -1": packed(2, -1, 0, 0, 0),
    "17 buttons": packed(2, 1, 1 << 16, 0, 0),
    "an aim of 17 bits": packed(2, 1, 0, 1 << 16, 0),
    "farther behind than the range": packed(2, 1, 0, 0, 4096),
    "2^64 - 1": packed(5, 2**64 - 1),
    "1,000 arrays in one another": b"\x91" * 1000 + b"\xc0",
    "1,000 maps in one another": b"\x81\xa1x" * 1000 + b"\xc0",
    "an array of 2^32 - 1": b"\xdd\xff\xff\xff\xff",
    "a code of 33": packed(6, "x" * 33, "", 0),
    "a password of 65": packed(6, "", "x" * 65, 0),
    "65 seats": spoiled(wish(), max_players=65),
    "no seat": spoiled(wish(), max_players=0),
    "a token of 129": packed(10, "x" * 129),
    "an unknown deed": packed(12, 99, 0, ""),
    "an unknown choice": packed(13, 3),
    "an unknown deed of the host's": packed(14, "", 99, "", "", "", 0),
}
BAD_HELLOS = {
    "a nickname of 65": spoiled(Hello("Ada", "test"), nickname="x" * 65),
    "a nickname of 3,000": spoiled(Hello("Ada", "test"), nickname="x" * 3_000),
    "a client of 65": spoiled(Hello("Ada", "test"), client="x" * 65),
    "nil for a nickname": spoiled(Hello("Ada", "test"), nickname=None),
    "a request for a seat": JOIN,
    "an input": encode(Input(1, 0, 0)),
    "chat": encode(Chat("hello")),
    "ping": encode(Ping(1)),
    "resync": encode(Resync(1)),
}


async def test_a_bad_message_of_a_player_is_closed_with_4001(disturb: Any) -> None:
    async def attack(served: Served) -> None:
        for name, message in {**BAD_MESSAGES, "a second hello": HELLO}.items():
            code, reason = await served.refusal(HELLO, JOIN, message)
            assert (code, bool(reason)) == (CloseCode.BAD_MESSAGE, True), name

    await disturb(attack)


async def test_a_bad_message_in_place_of_hello_is_closed_with_4001(disturb: Any) -> None:
    async def attack(served: Served) -> None:
        for name, message in {**BAD_MESSAGES, **BAD_HELLOS}.items():
            code, reason = await served.refusal(message)
            assert (code, bool(reason)) == (CloseCode.BAD_MESSAGE, True), name

    await disturb(attack)


FRAMES = {
    "text": (frame(b"hello", opcode=1), 1003),
    "text that is not UTF-8": (frame(b"\xc3\x28", opcode=1), 1007),
    "over 4 KiB": (frame(bytes(MAX_CLIENT_MESSAGE_BYTES + 1)), 1009),
    "over 4 KiB in fragments": (
        frame(bytes(MAX_CLIENT_MESSAGE_BYTES), fin=False) + frame(b"\0", opcode=0),
        1009,
    ),
    "an unknown opcode": (frame(b"", opcode=3), 1002),
    "no mask": (frame(b"hello", mask=None), 1002),
    "a continuation of nothing": (frame(b"", opcode=0), 1002),
    "a ping of 126 bytes": (frame(bytes(126), opcode=9), 1002),
    "a close frame of one byte": (frame(b"\x03", opcode=8), 1002),
}


@pytest.mark.parametrize("seated", [False, True], ids=["stranger", "player"])
async def test_a_bad_frame_is_closed_with_its_code(disturb: Any, seated: bool) -> None:
    async def attack(served: Served) -> None:
        for name, (data, expected) in FRAMES.items():
            socket = (await served.join("Mallory")).socket if seated else await served.connect()
            await socket.send_raw(data)
            assert (await socket.close_code())[0] == expected, name

    await disturb(attack)


async def test_a_thousand_messages_at_once_are_closed_with_4005(disturb: Any) -> None:
    async def attack(served: Served) -> None:
        mallory = await served.join("Mallory")
        await mallory.socket.send_raw(frame(encode(Ping(1))) * 1000)
        assert (await mallory.close_code())[0] == CloseCode.FLOODING

    await disturb(attack)


async def test_a_thousand_messages_in_a_second_are_closed_with_4005(disturb: Any) -> None:
    async def attack(served: Served) -> None:
        mallory = await served.join("Mallory")

        async def flood() -> None:
            with suppress(trio.BrokenResourceError):
                for _ in range(100):
                    await mallory.socket.send_raw(frame(encode(Ping(1))) * 10)
                    await trio.sleep(0.01)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(flood)
            assert (await mallory.close_code())[0] == CloseCode.FLOODING

    await disturb(attack)


async def test_inputs_for_far_off_ticks_are_counted_and_do_nothing(disturb: Any) -> None:
    async def attack(served: Served) -> None:
        mallory = await served.join("Mallory")
        now = (await mallory.next(Snapshot)).tick
        await mallory.say(Input(0, 1, 0), Input(now, 1, 0), Input(now + 1000, 1, 0), Input(MAX_TICK, 1, 0))
        later = [await mallory.next(Snapshot) for _ in range(10)]
        assert {(snapshot.ack, snapshot.depth) for snapshot in later} == {(0, 0)}
        counts = served.match.match.inputs.counts(mallory.welcome.player)
        assert (counts.late, counts.early, counts.used) == (2, 2, 0)
        await mallory.socket.send_event(CloseConnection(code=1000))
        assert (await mallory.close_code())[0] == CloseCode.NORMAL

    await disturb(attack)


async def test_a_client_that_asks_for_keyframes_all_the_time_gets_one_a_second(disturb: Any) -> None:
    async def attack(served: Served) -> None:
        mallory = await served.join("Mallory")
        kinds = []
        for _ in range(60):
            snapshot = await mallory.next(Snapshot)
            kinds.append(snapshot.kind)
            await mallory.say(Resync(snapshot.tick))
        assert sum(kinds) == 3
        await mallory.quit()

    await disturb(attack)


# Anything at all

JUDGED = 20_000
A_PEER = message_budget(30)[0] // 4
"""Messages that one peer sends, with a join and a ping each, within what it may send at once."""
SAMPLE = 24
"""Of the messages that are refused, one in this many is sent to the server: each takes a connection of its own."""
AT_ONCE = 10
STREAMS = 400
OPEN = 0
"""In place of a code: the server waits for more."""


def verdict(message: bytes) -> tuple[int, str] | None:
    """How the codec refuses ``message``; None when it reads it."""
    try:
        hello = isinstance(decode_client(message), Hello)
    except ProtocolError as error:
        return error.code, error.reason
    return (4001, "hello is sent once, before anything else") if hello else None


async def in_turn(attacks: Sequence[Callable[[], Awaitable[None]]]) -> None:
    """Run ``attacks``, some at a time, so that ticks come between them."""
    for start in range(0, len(attacks), AT_ONCE):
        async with trio.open_nursery() as nursery:
            for attack in attacks[start : start + AT_ONCE]:
                nursery.start_soon(attack)


async def test_a_server_and_the_codec_agree_on_any_message(disturb: Any) -> None:
    judged = [(message, verdict(message)) for message in mutations(2024, JUDGED)]
    read = [message for message, refusal in judged if refusal is None]
    refused = [(message, refusal) for message, refusal in judged if refusal is not None][::SAMPLE]
    assert len(judged) == JUDGED
    assert len(read) > 200
    assert len(refused) > 700

    async def attack(served: Served) -> None:
        async def be_refused(message: bytes, expected: tuple[int, str]) -> None:
            socket = await WebSocketClient.open(await served.dial(), glued=frame(HELLO) + frame(JOIN) + frame(message))
            assert await socket.close_code() == expected

        await in_turn([partial(be_refused, *case) for case in refused])
        for start in range(0, len(read), A_PEER):
            mallory = await served.join("Mallory")
            for number, message in enumerate(read[start : start + A_PEER], 1_000_000):
                await mallory.socket.send(message)
                await mallory.say(Join(""), Ping(number))
                while (await mallory.next(Pong)).client_time != number:
                    pass
            await mallory.quit()

    await disturb(attack, max_players=AT_ONCE + 2, options={"max_matches": 1})


def damaged(rng: random.Random) -> bytes:
    """Frames as a client sends them, with some bytes changed, left out, doubled or put in."""
    said = frame(encode(Input(5, 1, 1))), frame(b"", opcode=9), frame(encode(Chat("hi")), fin=False)
    frames = [frame(HELLO), frame(JOIN), *said]
    data = bytearray(b"".join(frames[:2] + rng.choices(frames, k=rng.randrange(6))))
    for _ in range(rng.randrange(4)):
        start = rng.randrange(len(data))
        end = min(len(data), start + rng.randrange(6))
        data[start:end] = rng.choice((rng.randbytes(rng.randrange(8)), data[start:end] * 2, b""))
        data = data or bytearray(1)
    return bytes(data) if rng.random() < 0.9 else rng.randbytes(rng.randrange(300))


async def test_any_stream_of_bytes_ends_with_a_documented_code(disturb: Any) -> None:
    rng = random.Random(7)
    streams = [damaged(rng) for _ in range(STREAMS)]
    codes: Counter[int] = Counter()

    async def attack(served: Served) -> None:
        async def throw(data: bytes) -> None:
            socket = await WebSocketClient.open(await served.dial(), glued=data)
            code = OPEN
            with trio.move_on_after(0.3):
                code, _ = await socket.close_code()
            codes[code] += 1
            await socket.stream.aclose()

        await in_turn([partial(throw, data) for data in streams])

    await disturb(attack, max_players=AT_ONCE + 2, options={"seat_hold": 0.0})
    assert codes.total() == STREAMS
    assert codes.keys() <= {OPEN, *CloseCode, 1005}
    assert min(codes[OPEN], codes[1002], codes[4001]) > 8
