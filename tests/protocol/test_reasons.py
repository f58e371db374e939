"""What is wrong with a message is said in words about the message, never in Python's."""

from __future__ import annotations

import builtins
import re
from typing import Any, Final

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.errors import ProtocolError
from game_server.protocol.codec import decode_client, decode_server
from tests.protocol.samples import CLIENT_SAMPLES, SERVER_SAMPLES

_CLASSES: Final = {name for name, value in [*vars(builtins).items(), *vars(msgpack).items()] if isinstance(value, type)}
_ENGLISH: Final = {"bytes", "map", "type", "property", "range", "filter", "object", "float", "set", "slice"}
"""Words of the reasons, and of the document, that are names in Python, too."""
PYTHON: Final = re.compile(
    rf"\b({'|'.join(sorted(_CLASSES - _ENGLISH))}|None|True|False|NoneType|Opcode|CloseReason|\w*codec|\w+Error|"
    r"Traceback|line \d+)\b|<|\bobject at\b"
)

EXTENSIONS: Final = [msgpack.ExtType(5, b"x"), msgpack.Timestamp(1, 0)]
scalars = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary(max_size=20)
    | st.sampled_from(EXTENSIONS)
)  # fmt: skip
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(scalars, inner), max_leaves=8)


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """Messages of which a field is anything, and of those some whose bytes are not whole, or one is another."""
    sample: list[Any] = [*draw(st.sampled_from([*CLIENT_SAMPLES.values(), *SERVER_SAMPLES.values()]))]
    sample[draw(st.integers(0, len(sample) - 1))] = draw(values)
    data: bytes = msgpack.packb(sample)
    cut = draw(st.integers(0, len(data)))
    return draw(st.sampled_from([data, data[:cut], data + data, data[:cut] + b"\xc1" + data[cut + 1 :]]))


def reason(decode: Any, data: bytes) -> str:
    try:
        decode(data)
    except ProtocolError as error:
        return error.reason
    return ""


@given(messages() | st.binary(max_size=200))
def test_no_reason_speaks_of_python(data: bytes) -> None:
    for decode in (decode_client, decode_server):
        assert not PYTHON.search(reason(decode, data))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not one whole msgpack value"),
        (b"\xc1", "not one whole msgpack value"),
        (b"\x93\x01", "not one whole msgpack value"),
        (b"\x91" * 2000, "not one whole msgpack value"),
        (b"\x91\x0b\x91\x0b", "more bytes follow the msgpack array"),
        (b"\x92\x01\xa1\xff", "a string is not UTF-8"),
        (b"\x07", "not a msgpack array with a type in front"),
        (msgpack.packb([1, 2.5, "", ""]), "hello.nickname is a string, not a float"),
        (msgpack.packb([5, msgpack.Timestamp(1, 0)]), "resync.tick is an integer, not an extension type"),
        (msgpack.packb([1, 7, "", ""]), "hello.nickname is a string, not an integer"),
    ],
)
def test_a_reason_says_what_is_wrong_with_the_message(data: bytes, said: str) -> None:
    assert reason(decode_client, data) == said


@pytest.mark.parametrize(
    "told", ["ValueError", "<Opcode.BINARY: 2>", "'utf-8' codec can't decode", "got NoneType", "int"]
)
def test_what_would_be_pythons_is_found(told: str) -> None:
    assert PYTHON.search(f"a message that is no good: {told}")
