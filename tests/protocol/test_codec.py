from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from game_server.errors import ProtocolError
from game_server.protocol import limits
from game_server.protocol.client_messages import Chat, ClientMessage, Input, Ping
from game_server.protocol.closes import MAX_REASON_BYTES, CloseCode
from game_server.protocol.codec import decode_client, decode_server, encode
from game_server.protocol.server_messages import ServerMessage
from tests.fuzzing import examples
from tests.protocol.samples import CLIENT_SAMPLES, SERVER_SAMPLES, Decode, refusal
from tests.protocol.strategies import client_messages, server_messages

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
        pytest.param(b"", "not one whole msgpack value", id="nothing"),
        pytest.param(b"\xc1", "not one whole msgpack value", id="a byte that msgpack does not use"),
        pytest.param(b"\x94\x02\x09", "not one whole msgpack value", id="an array cut short"),
        pytest.param(b"\x92\x04\x07\x00", "more bytes follow the msgpack array", id="a byte too many"),
        pytest.param(b"\xdd\xff\xff\xff\xff", "not one whole msgpack value", id="an array of 2^32 - 1 elements"),
        pytest.param(b"\xdf\xff\xff\xff\xff", "not one whole msgpack value", id="a map of 2^32 - 1 pairs"),
        pytest.param(b"\xc6\xff\xff\xff\xff", "not one whole msgpack value", id="bytes that are not there"),
        pytest.param(b"\x92\x03\xa2\xc3\x28", "a string is not UTF-8", id="text that is not UTF-8"),
        pytest.param(b"\x92\x03\xa3\xed\xa0\x80", "a string is not UTF-8", id="a lone surrogate"),
        pytest.param(b"\x92\x03\xa2\xc0\x80", "a string is not UTF-8", id="an overlong zero"),
        pytest.param(b"\x82\x01\x02\x01\x02", "not one whole msgpack value", id="a map with integer keys"),
        pytest.param(b"\x07", "not a msgpack array", id="an integer"),
        pytest.param(b"\xc0", "not a msgpack array", id="nil"),
        pytest.param(b"\x80", "not a msgpack array", id="a map"),
        pytest.param(b"\xa5hello", "not a msgpack array", id="a string"),
        pytest.param(b"hello", "more bytes follow", id="JSON-like text"),
        pytest.param(b"\x90", "not a msgpack array", id="an empty array"),
        pytest.param(b"\x91\x00", "unknown message type 0", id="type 0"),
        pytest.param(b"\x91\x7f", "unknown message type 127", id="type 127"),
        pytest.param(b"\x91\xcf" + b"\xff" * 8, "unknown message type 18446744073709551615", id="a type of 64 bits"),
        pytest.param(b"\x91\xff", "unknown message type -1", id="a negative type"),
        pytest.param(b"\x91\xc3", "message type is an integer, not a boolean", id="a boolean type"),
        pytest.param(b"\x91\xcb\x3f\xf0" + bytes(6), "message type is an integer, not a float", id="type 1.0"),
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


def test_a_client_may_send_4_kib_and_not_a_byte_more() -> None:
    head = len(encode(Chat("x" * 4_000))) - 4_000
    most = "x" * (limits.MAX_CLIENT_MESSAGE_BYTES - head)
    assert decode_client(encode(Chat(most))) == Chat(most)
    error = refusal(decode_client, encode(Chat(most + "x")))
    assert (error.code, error.reason) == (CloseCode.MESSAGE_TOO_BIG, "message of 4097 bytes; at most 4096 allowed")


def test_a_server_may_send_1_mib_and_not_a_byte_more() -> None:
    assert refusal(decode_server, bytes(limits.MAX_SERVER_MESSAGE_BYTES)).code == CloseCode.BAD_MESSAGE
    assert refusal(decode_server, bytes(limits.MAX_SERVER_MESSAGE_BYTES + 1)).code == CloseCode.MESSAGE_TOO_BIG


def test_neither_side_reads_the_messages_of_its_own() -> None:
    assert refusal(decode_client, msgpack.packb(SERVER_SAMPLES["pong"])).reason == "unknown message type 19"
    assert refusal(decode_server, msgpack.packb(CLIENT_SAMPLES["ping"])).reason == "unknown message type 4"


# Hostile bytes

HOSTILE: list[Any] = [
    None, True, -1, 0, 1, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**53, 2**63, 2**64 - 1, -(2**63), 0.5, -0.0,
    math.nan, math.inf, -math.inf, 5e-324, "", "x" * 21, "x" * 300, "\u202e", "\0", b"", b"\xff" * 50, [], [[]],
    [[[[[]]]]], {}, {"a": {}}, msgpack.ExtType(1, b""), msgpack.Timestamp(0, 1),
]  # fmt: skip


def mutations(seed: int, count: int) -> Iterator[bytes]:
    """Random bytes, and valid messages damaged in one of many ways."""
    rng = random.Random(seed)
    valid = [*CLIENT_SAMPLES.values(), *SERVER_SAMPLES.values()]
    for _ in range(count):
        message: list[Any] = msgpack.unpackb(msgpack.packb(rng.choice(valid)))
        way = rng.randrange(7)
        if way == 0:
            yield rng.randbytes(rng.randrange(64))
            continue
        if way == 1:
            yield bytes([0x90 | rng.randrange(16), rng.randrange(30)]) + rng.randbytes(rng.randrange(32))
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


@settings(max_examples=examples(300))
@given(st.binary(max_size=64))
def test_random_bytes_are_refused_or_read_the_same_again(data: bytes) -> None:
    read_or_refused_properly(decode_client, data)
    read_or_refused_properly(decode_server, data)
