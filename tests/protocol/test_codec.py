from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from typing import Any

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from game_server.errors import ProtocolError
from game_server.protocol import limits
from game_server.protocol.closes import MAX_REASON_BYTES, CloseCode
from game_server.protocol.codec import decode_client, decode_server, encode
from game_server.protocol.messages import (
    Chat,
    ClientMessage,
    Events,
    Hello,
    Input,
    MatchInfo,
    Notice,
    Ping,
    Pong,
    Resync,
    RosterEntry,
    ServerMessage,
    Snapshot,
    Welcome,
)
from tests.protocol.strategies import client_messages, server_messages

Decode = Callable[[bytes], ClientMessage | ServerMessage]

HELLO = [1, "Ada", "", "test"]
INPUT = [2, 904, 17, 512, 88]
CHAT = [3, "well played"]
PING = [4, 12.5]
RESYNC = [5, 901]
WELCOME = [16, 3, "Ada", ["ABC234", "Friday", "toy", 16], 30, 900, 15, [[], [], []], {}, [[3, "Ada", 0]]]
SNAPSHOT = [17, 901, 0, 0, 0, None, b"", [1, b"\x00\x00\x00"]]
EVENTS = [18, 901, [[0, 3, "Ada", 0]]]
PONG = [19, 12.5, 901.25]
NOTICE = [20, 1, "You write too fast."]

NOT_TEXT: list[Any] = [None, True, 0, 1.5, b"Ada", [], {}, msgpack.ExtType(5, b"x")]
NOT_INT: list[Any] = [None, True, False, 1.0, math.nan, math.inf, "7", b"7", [], {}, msgpack.Timestamp(1, 0)]
NOT_NUMBER: list[Any] = [
    None,
    True,
    math.nan,
    math.inf,
    -math.inf,
    "7",
    b"7",
    [1],
    {},
    -1,
    2**53 + 1,
    2**64 - 1,
    -1e300,
]
NOT_BYTES: list[Any] = [None, True, 0, "", [], {}]
NOT_LIST: list[Any] = [None, True, 0, "", b"", {}]


def refusal(decode: Decode, data: bytes) -> ProtocolError:
    with pytest.raises(ProtocolError) as caught:
        decode(data)
    assert len(caught.value.reason.encode()) <= MAX_REASON_BYTES
    assert caught.value.reason
    return caught.value


# Round trips


@given(client_messages)
def test_what_a_client_encodes_the_server_reads(message: ClientMessage) -> None:
    assert decode_client(encode(message)) == message


@given(server_messages)
def test_what_the_server_encodes_a_client_reads(message: ServerMessage) -> None:
    assert decode_server(encode(message)) == message


@given(client_messages | server_messages)
def test_a_message_is_one_array_with_its_type_in_front(message: ClientMessage | ServerMessage) -> None:
    fields = msgpack.unpackb(encode(message))
    assert type(fields) is list
    assert fields[0] == message.type


def test_integers_may_use_any_width_of_msgpack() -> None:
    assert decode_client(b"\x95\xcd\x00\x02\xcf" + bytes(7) + b"\x09\xce" + bytes(4) + b"\xd1\x00\x07\x10") == Input(
        9, 0, 7, 16
    )


def test_a_number_may_be_an_integer_or_a_float_of_either_width() -> None:
    assert decode_client(b"\x92\x04\x07") == Ping(7)
    assert decode_client(b"\x92\x04\xca\x40\xe0\x00\x00") == Ping(7.0)
    assert decode_client(b"\x92\x04\xcb\x40\x1c" + bytes(6)) == Ping(7.0)


# What is no message at all


@pytest.mark.parametrize("decode", [decode_client, decode_server])
@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(b"", "not one msgpack value", id="nothing"),
        pytest.param(b"\xc1", "not one msgpack value", id="a byte that msgpack does not use"),
        pytest.param(b"\x94\x02\x09", "not one msgpack value", id="an array cut short"),
        pytest.param(b"\x92\x04\x07\x00", "not one msgpack value", id="a byte too many"),
        pytest.param(b"\xdd\xff\xff\xff\xff", "not one msgpack value", id="an array of 2^32 - 1 elements"),
        pytest.param(b"\xdf\xff\xff\xff\xff", "not one msgpack value", id="a map of 2^32 - 1 pairs"),
        pytest.param(b"\xc6\xff\xff\xff\xff", "not one msgpack value", id="bytes that are not there"),
        pytest.param(b"\x92\x03\xa2\xc3\x28", "not one msgpack value", id="text that is not UTF-8"),
        pytest.param(b"\x92\x03\xa3\xed\xa0\x80", "not one msgpack value", id="a lone surrogate"),
        pytest.param(b"\x92\x03\xa2\xc0\x80", "not one msgpack value", id="an overlong zero"),
        pytest.param(b"\x82\x01\x02\x01\x02", "not one msgpack value", id="a map with integer keys"),
        pytest.param(b"\x07", "not a msgpack array", id="an integer"),
        pytest.param(b"\xc0", "not a msgpack array", id="nil"),
        pytest.param(b"\x80", "not a msgpack array", id="a map"),
        pytest.param(b"\xa5hello", "not a msgpack array", id="a string"),
        pytest.param(b"hello", "not one msgpack value", id="JSON-like text"),
        pytest.param(b"\x90", "not a msgpack array", id="an empty array"),
        pytest.param(b"\x91\x00", "unknown message type 0", id="type 0"),
        pytest.param(b"\x91\x7f", "unknown message type 127", id="type 127"),
        pytest.param(b"\x91\xcf" + b"\xff" * 8, "unknown message type 18446744073709551615", id="a type of 64 bits"),
        pytest.param(b"\x91\xff", "unknown message type -1", id="a negative type"),
        pytest.param(b"\x91\xc3", "message type is an integer, not a boolean", id="a boolean type"),
        pytest.param(b"\x91\xcb\x3f\xf0" + bytes(6), "message type is an integer, not float", id="type 1.0"),
        pytest.param(b"\x91\xa51____", "message type is an integer, not a string", id="a type in text"),
    ],
)
def test_what_is_no_message_is_refused_with_4001(decode: Decode, data: bytes, says: str) -> None:
    error = refusal(decode, data)
    assert error.code == CloseCode.BAD_MESSAGE
    assert error.reason.startswith(says)


@pytest.mark.parametrize("decode", [decode_client, decode_server])
@pytest.mark.parametrize("depth", [5, 100, 900, 990, 1_000, 1_010, 1_023, 1_024, 5_000, 16_000])
@pytest.mark.parametrize("opening", [b"\x91", b"\x81\xa1a", b"\x92\x03"], ids=["arrays", "maps", "in a field"])
def test_nesting_of_any_depth_is_refused_with_4001(decode: Decode, opening: bytes, depth: int) -> None:
    data = (opening * depth)[: limits.MAX_CLIENT_MESSAGE_BYTES - 2] + b"\xc0"
    assert refusal(decode, data).code == CloseCode.BAD_MESSAGE


def test_a_client_may_send_16_kib_and_not_a_byte_more() -> None:
    head = len(encode(Chat("x" * 16_000))) - 16_000
    most = "x" * (limits.MAX_CLIENT_MESSAGE_BYTES - head)
    assert decode_client(encode(Chat(most))) == Chat(most)
    error = refusal(decode_client, encode(Chat(most + "x")))
    assert (error.code, error.reason) == (CloseCode.MESSAGE_TOO_BIG, "message of 16385 bytes; at most 16384 allowed")


def test_a_server_may_send_1_mib_and_not_a_byte_more() -> None:
    assert refusal(decode_server, bytes(limits.MAX_SERVER_MESSAGE_BYTES)).code == CloseCode.BAD_MESSAGE
    assert refusal(decode_server, bytes(limits.MAX_SERVER_MESSAGE_BYTES + 1)).code == CloseCode.MESSAGE_TOO_BIG


def test_neither_side_reads_the_messages_of_its_own() -> None:
    assert refusal(decode_client, msgpack.packb(PONG)).reason == "unknown message type 19"
    assert refusal(decode_server, msgpack.packb(PING)).reason == "unknown message type 4"


# Arity


@pytest.mark.parametrize(
    ("decode", "message", "name"),
    [
        (decode_client, HELLO, "hello"),
        (decode_client, INPUT, "input"),
        (decode_client, CHAT, "chat"),
        (decode_client, PING, "ping"),
        (decode_client, RESYNC, "resync"),
        (decode_server, WELCOME, "welcome"),
        (decode_server, SNAPSHOT, "snapshot"),
        (decode_server, EVENTS, "events"),
        (decode_server, PONG, "pong"),
        (decode_server, NOTICE, "notice"),
    ],
)
def test_a_message_has_all_its_fields_and_no_more(decode: Decode, message: list[Any], name: str) -> None:
    decode(msgpack.packb(message))
    count = len(message) - 1
    for other in (message[:-1], [*message, 0], message[:1], message * 40):
        error = refusal(decode, msgpack.packb(other))
        assert error.code == CloseCode.BAD_MESSAGE
        assert error.reason == f"{name} has {count} fields after its type, not {len(other) - 1}"


# Types and ranges, field by field


def _put(message: list[Any], path: tuple[int, ...], value: Any) -> bytes:
    """``message`` as bytes, with ``value`` at ``path``."""
    changed: list[Any] = msgpack.unpackb(msgpack.packb(message))
    target = changed
    for index in path[:-1]:
        target = target[index]
    target[path[-1]] = value
    packed: bytes = msgpack.packb(changed)
    return packed


def _bad_int(low: int, high: int) -> list[Any]:
    return [*NOT_INT, low - 1, high + 1, -(2**63), 2**64 - 1]


def _bad_text(most: int) -> list[Any]:
    return [*NOT_TEXT, "x" * (most + 1), "\U0001f680" * (most + 1), "x" * 16_000]


CASES: list[tuple[Decode, list[Any], tuple[int, ...], str, list[Any]]] = [
    (decode_client, HELLO, (1,), "hello.nickname", _bad_text(64)),
    (decode_client, HELLO, (2,), "hello.match", _bad_text(32)),
    (decode_client, HELLO, (3,), "hello.client", _bad_text(64)),
    (decode_client, INPUT, (1,), "input.tick", _bad_int(0, 2**32 - 1)),
    (decode_client, INPUT, (2,), "input.buttons", _bad_int(0, 65535)),
    (decode_client, INPUT, (3,), "input.aim", _bad_int(0, 4095)),
    (decode_client, INPUT, (4,), "input.behind", _bad_int(0, 4095)),
    (decode_client, CHAT, (1,), "chat.text", NOT_TEXT),
    (decode_client, PING, (1,), "ping.client_time", NOT_NUMBER),
    (decode_client, RESYNC, (1,), "resync.tick", _bad_int(0, 2**32 - 1)),
    (decode_server, WELCOME, (1,), "welcome.player", _bad_int(0, 65534)),
    (decode_server, WELCOME, (2,), "welcome.nickname", _bad_text(20)),
    (decode_server, WELCOME, (3,), "welcome.match", [*NOT_LIST, [], ["", "", "", 1, 1]]),
    (decode_server, WELCOME, (3, 0), "match.id", _bad_text(32)),
    (decode_server, WELCOME, (3, 1), "match.name", _bad_text(200)),
    (decode_server, WELCOME, (3, 2), "match.game", _bad_text(32)),
    (decode_server, WELCOME, (3, 3), "match.max_players", _bad_int(1, 65535)),
    (decode_server, WELCOME, (4,), "welcome.tick_rate", _bad_int(1, 240)),
    (decode_server, WELCOME, (5,), "welcome.tick", _bad_int(0, 2**32 - 1)),
    (decode_server, WELCOME, (6,), "welcome.timeout", NOT_NUMBER),
    (decode_server, WELCOME, (7,), "welcome.schema", NOT_LIST),
    (decode_server, WELCOME, (8,), "welcome.setup", [None, True, 0, "", b"", []]),
    (decode_server, WELCOME, (9,), "welcome.roster", NOT_LIST),
    (decode_server, WELCOME, (9, 0), "roster entry", [*NOT_LIST, [], [1, "", 0, 0]]),
    (decode_server, WELCOME, (9, 0, 0), "roster.player", _bad_int(0, 65534)),
    (decode_server, WELCOME, (9, 0, 1), "roster.nickname", _bad_text(20)),
    (decode_server, WELCOME, (9, 0, 2), "roster.kind", _bad_int(0, 255)),
    (decode_server, SNAPSHOT, (1,), "snapshot.tick", _bad_int(0, 2**32 - 1)),
    (decode_server, SNAPSHOT, (2,), "snapshot.kind", _bad_int(0, 1)),
    (decode_server, SNAPSHOT, (3,), "snapshot.ack", _bad_int(0, 2**32 - 1)),
    (decode_server, SNAPSHOT, (4,), "snapshot.depth", _bad_int(0, 32)),
    (decode_server, SNAPSHOT, (5,), "snapshot.hash", [v for v in _bad_int(0, 2**32 - 1) if v is not None]),
    (decode_server, SNAPSHOT, (6,), "snapshot.own", NOT_BYTES),
    (decode_server, SNAPSHOT, (7,), "snapshot.tables", [*NOT_LIST, [1], [1, b"", 2]]),
    (decode_server, SNAPSHOT, (7, 0), "snapshot table", _bad_int(0, 255)),
    (decode_server, SNAPSHOT, (7, 1), "snapshot records", NOT_BYTES),
    (decode_server, EVENTS, (1,), "events.tick", _bad_int(0, 2**32 - 1)),
    (decode_server, EVENTS, (2,), "events.events", NOT_LIST),
    (decode_server, EVENTS, (2, 0), "an event", [*NOT_LIST, [], ["0"], [True], [1.0]]),
    (decode_server, PONG, (1,), "pong.client_time", NOT_NUMBER),
    (decode_server, PONG, (2,), "pong.match_time", NOT_NUMBER),
    (decode_server, NOTICE, (1,), "notice.code", _bad_int(0, 255)),
    (decode_server, NOTICE, (2,), "notice.text", _bad_text(1024)),
]


@pytest.mark.parametrize(("decode", "message", "path", "name", "values"), CASES, ids=[case[3] for case in CASES])
def test_a_field_of_the_wrong_type_or_range_is_refused_by_its_name(
    decode: Decode, message: list[Any], path: tuple[int, ...], name: str, values: list[Any]
) -> None:
    for value in values:
        error = refusal(decode, _put(message, path, value))
        assert error.code == CloseCode.BAD_MESSAGE
        assert error.reason.startswith(name), value


@pytest.mark.parametrize(
    ("decode", "message"),
    [
        (decode_client, Hello("x" * 64, "x" * 32, "\U0001f680" * 64)),
        (decode_client, Hello("", "", "")),
        (decode_client, Input(0, 0, 0, 0)),
        (decode_client, Input(2**32 - 1, 65535, 4095, 4095)),
        (decode_client, Ping(0)),
        (decode_client, Ping(2**53)),
        (decode_client, Ping(2.0**53)),
        (decode_client, Resync(2**32 - 1)),
        (
            decode_server,
            Welcome(
                65534,
                "x" * 20,
                MatchInfo("x" * 32, "x" * 200, "x" * 32, 65535),
                240,
                2**32 - 1,
                0.5,
                [[], [], []],
                {},
                (),
            ),
        ),
        (
            decode_server,
            Welcome(
                0, "x", MatchInfo("", "", "", 1), 1, 0, 86400, [[], [], []], {"a": [b""]}, (RosterEntry(0, "x", 1),)
            ),
        ),
        (decode_server, Snapshot(2**32 - 1, 1, 2**32 - 1, 32, 2**32 - 1, bytes(100), ((0, b""), (255, b"")))),
        (decode_server, Snapshot(0, 0, 0, 0, None, b"", ())),
        (decode_server, Events(0, ())),
        (decode_server, Pong(2**53, 0.0)),
        (decode_server, Notice(255, "x" * 1024)),
    ],
)
def test_the_ends_of_every_range_are_within_it(decode: Decode, message: ClientMessage | ServerMessage) -> None:
    assert decode(encode(message)) == message


# Hostile bytes

HOSTILE: list[Any] = [
    None, True, -1, 0, 1, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**53, 2**63, 2**64 - 1, -(2**63), 0.5, -0.0,
    math.nan, math.inf, -math.inf, 5e-324, "", "x" * 21, "x" * 300, "\u202e", "\0", b"", b"\xff" * 50, [], [[]],
    [[[[[]]]]], {}, {"a": {}}, msgpack.ExtType(1, b""), msgpack.Timestamp(0, 1),
]  # fmt: skip


def mutations(seed: int, count: int) -> Iterator[bytes]:
    """Random bytes, and valid messages damaged in one of many ways."""
    rng = random.Random(seed)
    valid: list[list[Any]] = [HELLO, INPUT, CHAT, PING, RESYNC, WELCOME, SNAPSHOT, EVENTS, PONG, NOTICE]
    for _ in range(count):
        message: list[Any] = msgpack.unpackb(msgpack.packb(rng.choice(valid)))
        way = rng.randrange(7)
        if way == 0:
            yield rng.randbytes(rng.randrange(64))
            continue
        if way == 1:
            yield bytes([0x90 | rng.randrange(16), rng.randrange(24)]) + rng.randbytes(rng.randrange(32))
            continue
        if way == 2:
            _damage(message, rng)
        if way == 3:
            message[rng.randrange(len(message))] = rng.choice(HOSTILE)
            message.insert(rng.randrange(len(message) + 1), rng.choice(HOSTILE))
        data = bytearray(msgpack.packb(message))
        if way == 4:
            for _ in range(rng.randrange(1, 4)):
                data[rng.randrange(len(data))] = rng.randrange(256)
        elif way == 5:
            del data[rng.randrange(len(data)) :]
        elif way == 6:
            at = rng.randrange(len(data))
            data[at:at] = rng.randbytes(rng.randrange(1, 8))
        yield bytes(data)


def _damage(message: list[Any], rng: random.Random) -> None:
    """Put something hostile anywhere into ``message``, also deep inside."""
    target = message
    while True:
        index = rng.randrange(len(target))
        inner = target[index]
        if type(inner) is list and inner and rng.random() < 0.7:
            target = inner
            continue
        target[index] = rng.choice(HOSTILE)
        return


def outcome(decode: Decode, data: bytes) -> ClientMessage | ServerMessage | ProtocolError:
    try:
        return decode(data)
    except ProtocolError as error:
        return error


def read_or_refused_properly(decode: Decode, data: bytes) -> bool:
    """Whether ``data`` was read; either way it was treated as the document says."""
    match outcome(decode, data):
        case ProtocolError(code=code, reason=reason):
            assert code == CloseCode.BAD_MESSAGE
            assert 0 < len(reason.encode()) <= MAX_REASON_BYTES
            return False
        case message:
            # As bytes: an event's fields are anything, and NaN is not equal to itself.
            assert encode(decode(encode(message))) == encode(message)
            return True


@pytest.mark.parametrize("decode", [decode_client, decode_server])
@pytest.mark.parametrize("seed", range(4))
def test_no_bytes_raise_anything_but_a_protocol_error(decode: Decode, seed: int) -> None:
    read = sum(read_or_refused_properly(decode, data) for data in mutations(seed, 4_000))
    assert 40 < read < 3_000


@settings(max_examples=300)
@given(st.binary(max_size=64))
def test_random_bytes_are_refused_or_read_the_same_again(data: bytes) -> None:
    read_or_refused_properly(decode_client, data)
    read_or_refused_properly(decode_server, data)
